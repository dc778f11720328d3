const notes = document.getElementById("notes");
const status = document.getElementById("notes-status");
let busy = false;

const more = async () => {
  if (busy) return;
  busy = true;
  const answer = await (await fetch(`/long/notes.json?after=${notes.children.length}`)).json();
  for (const words of answer.notes) {
    const item = document.createElement("li");
    item.textContent = words;
    notes.append(item);
  }
  status.textContent = answer.more ? "Scroll for more." : "That is everything.";
  if (!answer.more) watch.disconnect();
  else { watch.unobserve(status); watch.observe(status); }
  busy = false;
};
const watch = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more(); });
watch.observe(status);
