const byId = (id) => document.getElementById(id);
const say = (id, words) => { byId(id).textContent = words; };

// Suggestions: the list follows what is typed; arrows move, Enter or a click chooses, Escape closes.
const town = byId("town");
const towns = byId("towns");
let marked = -1;
const closeTowns = () => {
  towns.hidden = true;
  marked = -1;
  town.setAttribute("aria-expanded", "false");
  town.removeAttribute("aria-activedescendant");
};
const chooseTown = (name) => {
  town.value = name;
  say("town-status", `Town: ${name}`);
  closeTowns();
};
const markTown = (place) => {
  const options = [...towns.children];
  marked = (place + options.length) % options.length;
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === marked)));
  town.setAttribute("aria-activedescendant", options[marked].id);
};
town.addEventListener("input", async () => {
  const typed = town.value;
  const found = await (await fetch(`/widgets/towns.json?q=${encodeURIComponent(typed)}`)).json();
  if (typed !== town.value) return;
  towns.replaceChildren(...found.map((name, at) => {
    const option = document.createElement("li");
    Object.assign(option, { id: `town-${at}`, textContent: name });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.addEventListener("mousedown", (event) => event.preventDefault());
    option.addEventListener("click", () => chooseTown(name));
    return option;
  }));
  if (!found.length) { closeTowns(); return; }
  marked = -1;
  towns.hidden = false;
  town.setAttribute("aria-expanded", "true");
});
town.addEventListener("keydown", (event) => {
  if (towns.hidden) return;
  if (event.key === "ArrowDown") markTown(marked + 1);
  else if (event.key === "ArrowUp") markTown(marked < 0 ? -1 : marked - 1);
  else if (event.key === "Enter" && marked >= 0) chooseTown(towns.children[marked].textContent);
  else if (event.key === "Escape") closeTowns();
  else return;
  event.preventDefault();
});
town.addEventListener("blur", closeTowns);

// Listbox: a button that opens a list of options.
const colour = byId("colour");
const colours = byId("colours");
const options = [...colours.children];
let current = 0;
const showColours = (open) => {
  colours.hidden = !open;
  colour.setAttribute("aria-expanded", String(open));
  if (open) { markColour(current); colours.focus(); }
};
const markColour = (place) => {
  current = Math.max(0, Math.min(place, options.length - 1));
  options.forEach((option, at) => option.classList.toggle("marked", at === current));
  colours.setAttribute("aria-activedescendant", options[current].id);
};
const chooseColour = (place) => {
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
  colour.textContent = options[place].textContent;
  say("colour-status", `Colour: ${options[place].textContent}`);
  showColours(false);
  colour.focus();
};
colour.addEventListener("click", () => showColours(colours.hidden));
options.forEach((option, at) => option.addEventListener("click", () => chooseColour(at)));
colours.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") markColour(current + 1);
  else if (event.key === "ArrowUp") markColour(current - 1);
  else if (event.key === "Enter" || event.key === " ") chooseColour(current);
  else if (event.key === "Escape") { showColours(false); colour.focus(); }
  else return;
  event.preventDefault();
});
colours.addEventListener("blur", (event) => { if (event.relatedTarget !== colour) showColours(false); });

// Keys only: a number without a single button.
const passengers = byId("passengers");
passengers.addEventListener("keydown", (event) => {
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const count = Math.max(0, Math.min(20, Number(passengers.textContent) + step));
  passengers.textContent = String(count);
  passengers.setAttribute("aria-valuenow", String(count));
});

// Hover menu: CSS shows it while the pointer or the focus is on it.
document.querySelectorAll(".hover-menu [role=menuitem]").forEach((item) => {
  item.addEventListener("click", () => { say("menu-status", `Picked: ${item.textContent}`); item.blur(); });
});

// Drag and drop between two columns.
const board = byId("board");
document.querySelectorAll("[draggable]").forEach((item) => {
  item.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", item.id);
    event.dataTransfer.effectAllowed = "move";
    item.classList.add("dragged");
  });
  item.addEventListener("dragend", () => item.classList.remove("dragged"));
});
document.querySelectorAll(".drop").forEach((column) => {
  column.addEventListener("dragover", (event) => { event.preventDefault(); column.classList.add("over"); });
  column.addEventListener("dragleave", () => column.classList.remove("over"));
  column.addEventListener("drop", (event) => {
    event.preventDefault();
    column.classList.remove("over");
    const item = byId(event.dataTransfer.getData("text/plain"));
    if (item?.draggable) column.append(item);
    say("drag-status", `${board.children.length} on board.`);
  });
});

// Twins: the same two button names in every row.
byId("messages").addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (event.target.tagName !== "BUTTON") return;
  const name = row.getAttribute("aria-label");
  if (event.target.textContent === "Delete") row.remove();
  const done = event.target.textContent === "Delete" ? "Deleted" : "Replied to";
  say("message-status", `${done} “${name}”. ${byId("messages").children.length} left.`);
});
