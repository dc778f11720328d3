"""Jobs with fields: dates, lists, completions, checks, errors, wizards."""

from tests.tasks.task import Task, do, done, says, sees, state_is, together, use

CALENDAR = """<h1>Book a table</h1><label>Day <input id="day" readonly></label>
<div id="cal" role="dialog" aria-label="Calendar" hidden><button id="prev">Previous month</button>
<span id="month" role="status"></span><button id="next">Next month</button><div id="days"></div></div>
<button id="book">Book</button><script>
let year = 2026, month = 10;
const names = "January February March April May June July August September October November December".split(" ");
const draw = () => {
  document.getElementById("month").textContent = names[month] + " " + year;
  days.innerHTML = "";
  for (let d = 1; d <= new Date(year, month + 1, 0).getDate(); d++) {
    const b = document.createElement("button");
    b.textContent = d; b.setAttribute("aria-label", names[month] + " " + d);
    b.onclick = () => pick(`${year}-${String(month + 1).padStart(2, "0")}-${String(d).padStart(2, "0")}`);
    days.append(b);
  }
};
const days = document.getElementById("days"), cal = document.getElementById("cal");
let pick = (value) => { day.value = value; cal.hidden = true };
day.onclick = () => { cal.hidden = false; draw() };
next.onclick = () => { month++; if (month > 11) { month = 0; year++ } draw() };
prev.onclick = () => { month--; draw() };
book.onclick = () => report({ day: day.value });
</script>"""
RANGE = (
    CALENDAR.replace("</script>", "")
    + """let first = null;
pick = (value) => { if (!first) { first = value } else { day.value = first + " to " + value; cal.hidden = true } };
</script>"""
)
COMPLETE = """<h1>Ferries</h1><label>From <input id="from" role="combobox" aria-expanded="false" autocomplete="off"></label>
<ul id="list" role="listbox" hidden></ul><button id="go">Find</button><script>
const towns = ["Bergamo", "Bergen", "Berlin", "Bern", "Oslo", "Stavanger"], from = document.getElementById("from");
let chosen = null;
from.oninput = () => setTimeout(() => {
  chosen = null; list.innerHTML = "";
  for (const t of towns.filter(t => t.toLowerCase().startsWith(from.value.toLowerCase()))) {
    const li = document.createElement("li"); li.setAttribute("role", "option"); li.textContent = t;
    li.onclick = () => { chosen = t; from.value = t; list.hidden = true }; list.append(li);
  }
  list.hidden = false;
}, 100);
go.onclick = () => report({ from: chosen });
</script>"""
LISTBOX = """<h1>Delivery</h1><div id="box" role="combobox" tabindex="0" aria-haspopup="listbox" aria-expanded="false"
 aria-label="Delivery">Standard</div><div id="opts" role="listbox" hidden><div role="option">Standard</div>
<div role="option">Express</div><div role="option">Pick up</div></div><script>
box.onclick = () => { opts.hidden = !opts.hidden; box.setAttribute("aria-expanded", !opts.hidden) };
for (const o of opts.children) o.onclick = () => {
  box.textContent = o.textContent; opts.hidden = true; report({ delivery: o.textContent }) };
</script>"""
WIZARD = """<h1>Apply</h1><form id="one"><label>Name <input name="name" required></label><button>Continue</button></form>
<form id="two" hidden><label>Town <input name="town" required></label><button>Continue</button></form>
<form id="three" hidden action="sent" method="post"><input type="hidden" name="name"><input type="hidden" name="town">
<label><input type="checkbox" name="agree" required> I agree</label><button>Send application</button></form><script>
one.onsubmit = e => { e.preventDefault(); one.hidden = true; two.hidden = false; three.name.value = one.elements.name.value };
two.onsubmit = e => { e.preventDefault(); two.hidden = true; three.hidden = false;
  three.elements.name.value = one.elements.name.value; three.elements.town.value = two.elements.town.value };
</script>"""
STRICT = """<h1>Register</h1><form id="f" novalidate><label>Postcode <input name="code"></label><button>Register</button>
<p role="alert" id="bad"></p></form><script>
f.onsubmit = e => { e.preventDefault();
  if (!/^\\d{4} [A-Z]{2}$/.test(f.code.value)) { bad.textContent = "Write the postcode as 1234 AB"; return }
  bad.textContent = "Registered."; report({ code: f.code.value }) };
</script>"""

TASKS = (
    Task(
        "a native date field",
        "On {url} set the departure to 24 December 2026 and send the form.",
        {
            "": '<form action="sent" method="post"><label>Departure <input type="date" name="on"></label>'
            "<button>Send</button></form>"
        },
        (use("type", "Departure", text="2026-12-24"), use("click", 'button "Send"'), done()),
        state_is(sent={"on": "2026-12-24"}),
    ),
    Task(
        "a date picker",
        "On {url} book a table for 14 January 2027.",
        {"": CALENDAR},
        (
            use("click", "Day"),
            use("click", "Next month"),
            use("click", "Next month"),
            use("click", "January 14"),
            use("click", 'button "Book"'),
            done(),
        ),
        state_is(day="2027-01-14"),
    ),
    Task(
        "a range of dates",
        "On {url} book from 3 to 9 December 2026.",
        {"": RANGE},
        (
            use("click", "Day"),
            use("click", "Next month"),
            together(("click", '"December 3"', {}), ("click", '"December 9"', {})),
            use("click", 'button "Book"'),
            done(),
        ),
        state_is(day="2026-12-03 to 2026-12-09"),
    ),
    Task(
        "a time field",
        "On {url} set the alarm to half past six in the morning.",
        {"": '<label>Alarm <input type="time" onchange="report({at: this.value})"></label>'},
        (use("type", "Alarm", text="06:30"), done()),
        state_is(at="06:30"),
    ),
    Task(
        "an autocomplete",
        "On {url} look for ferries from Bergen.",
        {"": COMPLETE},
        (
            use("type", '"From"', text="Ber"),
            do("wait_for", text="Bergen"),
            use("click", 'option "Bergen"'),
            use("click", 'button "Find"'),
            done(),
        ),
        state_is(**{"from": "Bergen"}),
    ),
    Task(
        "a select of the page's own",
        "On {url} choose express delivery.",
        {"": LISTBOX},
        (use("select", '"Delivery"', option="Express"), done()),
        state_is(delivery="Express"),
    ),
    Task(
        "a native select",
        "On {url} choose the size L.",
        {"": '<label>Size <select onchange="report({size: this.value})"><option>S<option>M<option>L</select></label>'},
        (use("select", '"Size"', option="L"), done()),
        state_is(size="L"),
    ),
    Task(
        "several boxes and a choice",
        "On {url} ask for olives and capers but no anchovies, on a large pizza, and send it.",
        {
            "": '<form action="sent" method="post"><label><input type="checkbox" name="olives"> Olives</label>'
            '<label><input type="checkbox" name="capers"> Capers</label>'
            '<label><input type="checkbox" name="anchovies" checked> Anchovies</label>'
            '<label><input type="radio" name="size" value="s"> Small</label>'
            '<label><input type="radio" name="size" value="l"> Large</label><button>Send</button></form>'
        },
        (
            together(
                ("check", '"Olives"', {}),
                ("check", '"Capers"', {}),
                ("check", '"Anchovies"', {"on": False}),
                ("check", '"Large"', {}),
                ("click", 'button "Send"', {}),
            ),
            done(),
        ),
        state_is(sent={"olives": "on", "capers": "on", "size": "l"}),
    ),
    Task(
        "a switch of the page's own",
        "On {url} turn notifications on.",
        {
            "": '<div id="s" role="switch" tabindex="0" aria-checked="false" aria-label="Notifications">off</div><script>'
            's.onclick = () => { s.setAttribute("aria-checked", "true"); s.textContent = "on"; report({on: true}) }</script>'
        },
        (use("check", '"Notifications"'), done()),
        state_is(on=True),
    ),
    Task(
        "radio buttons of the page's own",
        "On {url} choose to pay by invoice.",
        {
            "": '<div role="radiogroup" aria-label="How">'
            + "".join(
                f'<div role="radio" tabindex="0" aria-checked="false" onclick="this.ariaChecked=true; report({{how: \'{one}\'}})">'
                f"{one}</div>"
                for one in ("Card", "Invoice", "Cash")
            )
            + "</div>"
        },
        (use("check", 'radio "Invoice"'), done()),
        state_is(how="Invoice"),
    ),
    Task(
        "a wizard of three steps",
        "On {url} apply as Ada from Bergen, agree, and send it.",
        {"": WIZARD},
        (
            together(("type", '"Name"', {"text": "Ada"}), ("click", 'button "Continue"', {})),
            together(("type", '"Town"', {"text": "Bergen"}), ("click", 'button "Continue"', {})),
            together(("check", "I agree", {}), ("click", "Send application", {})),
            done(),
        ),
        state_is(sent={"name": "Ada", "town": "Bergen", "agree": "on"}),
    ),
    Task(
        "a field that refuses",
        "On {url} register with the postcode 1234ab, written as they want it.",
        {"": STRICT},
        (
            together(("type", '"Postcode"', {"text": "1234ab"}), ("click", 'button "Register"', {})),
            sees("1234 AB", do("press", key="Shift+Tab")),
            together(("type", '"Postcode"', {"text": "1234 AB"}), ("click", 'button "Register"', {})),
            sees("Registered.", done("Registered.", claims=[{"kind": "shows", "value": "Registered."}])),
        ),
        lambda ended: state_is(code="1234 AB")(ended) and says("registered")(ended),
    ),
    Task(
        "an editor",
        "On {url} write the note 'Bread at nine' and save it.",
        {
            "": '<div id="e" contenteditable role="textbox" aria-label="Note" style="border: 1px solid; min-height: 2em"></div>'
            '<button onclick="report({note: e.innerText.trim()})">Save</button>'
        },
        (use("type", '"Note"', text="Bread at nine"), use("click", 'button "Save"'), done()),
        state_is(note="Bread at nine"),
    ),
    Task(
        "a login",
        "Log in on {url} as ada with the password correct-horse.",
        {
            "": '<form action="sent" method="post"><label>User <input name="user"></label>'
            '<label>Password <input type="password" name="password"></label><button>Log in</button></form>'
        },
        (
            together(
                ("type", '"User"', {"text": "ada"}),
                ("type", '"Password"', {"text": "correct-horse"}),
                ("click", 'button "Log in"', {}),
            ),
            done(),
        ),
        lambda ended: (
            state_is(sent={"user": "ada", "password": "correct-horse"})(ended)
            and "correct-horse" not in str(ended.session.result)
        ),
    ),
)
