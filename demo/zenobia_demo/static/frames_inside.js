let presses = 0;
document.getElementById("inside-button").addEventListener("click", () => {
  presses += 1;
  const typed = document.getElementById("inside-text").value;
  document.getElementById("inside-status").textContent =
    `Pressed ${presses === 1 ? "once" : `${presses} times`}${typed ? `, with “${typed}”` : ""}.`;
});
