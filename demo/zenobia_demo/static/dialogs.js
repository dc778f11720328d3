const say = (id, words) => { document.getElementById(id).textContent = words; };
const on = (id, act) => document.getElementById(id).addEventListener("click", act);

on("alert", () => {
  alert("The tide is coming in.");
  say("alert-status", "Alert was closed.");
});
on("confirm", async () => {
  if (!confirm("Ring the harbour bell?")) {
    say("confirm-status", "Declined: the bell stays quiet.");
    return;
  }
  const answer = await fetch("/dialogs/counter.json", { method: "POST" });
  say("confirm-status", `Accepted: rings so far ${(await answer.json()).count}.`);
});
on("prompt", () => {
  const name = prompt("What is the boat called?", "Marguerite");
  say("prompt-status", name === null ? "Prompt was dismissed." : `The boat is called “${name}”.`);
});

const unsaved = document.getElementById("unsaved");
const ask = (event) => { event.preventDefault(); };
const follow = () => {
  if (unsaved.checked) window.addEventListener("beforeunload", ask);
  else window.removeEventListener("beforeunload", ask);
};
unsaved.addEventListener("change", follow);
follow();
