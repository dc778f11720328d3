class HarbourGreeting extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `
      <link rel="stylesheet" href="/static/site.css">
      <div class="fields">
        <label for="name">Name in the shadow</label>
        <input id="name">
        <button type="button">Greet from the shadow</button>
        <p role="status">Nobody greeted yet.</p>
      </div>`;
    root.querySelector("button").addEventListener("click", () => {
      const name = root.querySelector("input").value.trim() || "stranger";
      root.querySelector("[role=status]").textContent = `Ahoy, ${name}!`;
    });
  }
}
customElements.define("harbour-greeting", HarbourGreeting);
