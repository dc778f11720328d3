class HarbourGreeting extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `
      <link rel="stylesheet" href="/static/site.css">
      <div class="fields">
        <label>Name in the shadow <input></label>
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
