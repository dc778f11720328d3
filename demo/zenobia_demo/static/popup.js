const on = (id, act) => document.getElementById(id)?.addEventListener("click", act);

on("open-window", () => window.open("/popup/window", "_blank", "width=520,height=520"));
on("greet-opener", () => window.opener?.postMessage("Hello from the second page.", location.origin));
on("close-window", () => window.close());
window.addEventListener("message", (event) => {
  const status = document.getElementById("popup-status");
  if (status && event.origin === location.origin) status.textContent = `It said: “${event.data}”`;
});
