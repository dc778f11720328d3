"""Jobs that need more than a click: keys, drags, points of a picture, frames, shadow roots, dialogs, tabs."""

from tests.tasks.task import Task, do, done, drag, says, sees, state_is, together, use, visit
from zenobia.testing.models import Call, Calls

SLIDER = """<h1>Volume</h1><div id="v" role="slider" tabindex="0" aria-label="Volume" aria-valuemin="0" aria-valuemax="10"
 aria-valuenow="3" autofocus>3</div><script>v.focus(); v.onkeydown = e => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key]; if (!step) return;
  v.ariaValueNow = v.textContent = Number(v.textContent) + step; report({ volume: Number(v.textContent) }) }</script>"""
MENU = """<button id="m" aria-haspopup="menu">File</button><ul id="l" role="menu" hidden>
<li role="menuitem" tabindex="-1">New<li role="menuitem" tabindex="-1">Open<li role="menuitem" tabindex="-1">Print</ul><script>
let at = -1; const items = [...l.children];
m.onkeydown = e => { if (e.key === "ArrowDown") { l.hidden = false; at = 0; items[0].focus(); e.preventDefault() } };
l.onkeydown = e => { if (e.key === "ArrowDown") items[++at].focus();
  if (e.key === "Enter") report({ chose: items[at].textContent.trim() }); e.preventDefault() };
m.focus();</script>"""
BOARD = """<h1>Board</h1><div style="display: flex; gap: 2em"><div id="todo"><h2>To do</h2>
<div id="card" draggable="true" role="button" tabindex="0">Buy bread</div></div>
<div id="done" role="group" aria-label="Finished" style="width: 12em; min-height: 8em; border: 1px solid">Finished</div></div><script>
const finished = document.getElementById("done");
card.ondragstart = e => e.dataTransfer.setData("text", "card"); finished.ondragover = e => e.preventDefault();
finished.ondrop = e => { e.preventDefault(); finished.append(card); report({ moved: e.dataTransfer.getData("text") }) };</script>"""
SORT = """<h1>Order</h1><ul id="u" style="width: 12em; user-select: none">
<li tabindex="0" role="button">First<li tabindex="0" role="button">Second<li tabindex="0" role="button">Third</ul><script>
let held = null; u.onpointerdown = e => held = e.target.closest("li");
document.onpointerup = e => { const over = document.elementFromPoint(e.clientX, e.clientY).closest("li");
  if (held && over && over !== held) { over.after(held); report({ order: [...u.children].map(l => l.textContent.trim()).join(" ") }) } held = null };
</script>"""
CANVAS = """<canvas id="c" width="400" height="300" style="position: absolute; left: 0; top: 0"></canvas><script>
const g = c.getContext("2d"); g.fillStyle = "#ddd"; g.fillRect(0, 0, 400, 300); g.fillStyle = "red"; g.fillRect(250, 150, 60, 60);
c.onclick = e => report({ hit: e.offsetX > 250 && e.offsetX < 310 && e.offsetY > 150 && e.offsetY < 210 });</script>"""
SHADOW = """<x-box></x-box><script>customElements.define("x-box", class extends HTMLElement { connectedCallback() {
  this.attachShadow({ mode: "open" }).innerHTML = '<button id="b">Subscribe</button>';
  this.shadowRoot.getElementById("b").onclick = () => report({ subscribed: true }) } })</script>"""
DEEP = """<x-outer></x-outer><script>
customElements.define("x-inner", class extends HTMLElement { connectedCallback() {
  this.attachShadow({ mode: "open" }).innerHTML = '<label>Nickname <input></label><button>Keep</button>';
  const root = this.shadowRoot;
  root.querySelector("button").onclick = () => report({ nick: root.querySelector("input").value }) } });
customElements.define("x-outer", class extends HTMLElement { connectedCallback() {
  this.attachShadow({ mode: "open" }).innerHTML = "<section><x-inner></x-inner></section>" } })</script>"""
HOVER = """<style>#sub { display: none } #menu:hover #sub { display: block }</style><div id="menu"><button>Products</button>
<div id="sub"><button onclick="report({ chose: 'Lanterns' })">Lanterns</button></div></div>"""
MODAL = """<button onclick="d.showModal()">Settings</button><dialog id="d" aria-label="Settings"><label>Language
<select id="l"><option>English<option>Norsk</select></label><button onclick="report({ language: l.value }); d.close()">Keep</button>
</dialog>"""
TREE = """<ul role="tree"><li role="treeitem" aria-expanded="false" id="p" tabindex="0">Projects
<ul role="group" hidden id="g"><li role="treeitem" tabindex="0" id="z">Lighthouse</ul></ul><script>
p.onclick = () => { g.hidden = false; p.ariaExpanded = "true" };
z.onclick = e => { e.stopPropagation(); report({ opened: "Lighthouse" }) }</script>"""

TASKS = (
    Task("a slider by keys", "On {url} set the volume to 6.", {"": SLIDER},
         (Calls(*[Call("press", key="ArrowRight")] * 3), done()), state_is(volume=6)),
    Task("a menu by keys only", "On {url} choose Print from the File menu, which heeds keys only.", {"": MENU},
         (Calls(*[Call("press", key="ArrowDown")] * 3, Call("press", key="Enter")), done()), state_is(chose="Print")),
    Task("drag and drop", "On {url} drag 'Buy bread' to Finished.", {"": BOARD},
         (drag('"Buy bread"', "Finished"), done()), state_is(moved="card")),
    Task("a list sorted by pointer", "On {url} drag First behind Third.", {"": SORT},
         (drag('"First"', "Third"), done()), state_is(order="Second Third First")),
    Task("a canvas", "On {url} click the red square.", {"": CANVAS},
         (do("click_at", x=280, y=180), done()), state_is(hit=True)),
    Task("a form in a frame", "On {url} give feedback: 'Good'.",
         {"": '<h1>Shop</h1><iframe src="inner" title="Feedback" width="500" height="200"></iframe>',
          "inner": '<form action="sent" method="post"><label>Feedback <input name="words"></label><button>Send</button></form>'},
         (together(("type", 'textbox "Feedback"', {"text": "Good"}), ("click", 'button "Send"', {})), done()),
         state_is(sent={"words": "Good"})),
    Task("a frame in a frame", "On {url} press the button Deep.",
         {"": '<iframe src="middle" width="500" height="300"></iframe>',
          "middle": '<iframe src="deep" width="400" height="200"></iframe>',
          "deep": '<button onclick="report({ deep: true })">Deep</button>'},
         (do("wait_for", text="Deep"), use("click", 'button "Deep"'), done()), state_is(deep=True)),
    Task("a shadow root", "On {url} subscribe.", {"": SHADOW}, (use("click", "Subscribe"), done()), state_is(subscribed=True)),
    Task("a shadow root in a shadow root", "On {url} set the nickname to Zen and keep it.", {"": DEEP},
         (together(("type", '"Nickname"', {"text": "Zen"}), ("click", 'button "Keep"', {})), done()), state_is(nick="Zen")),
    Task("a menu under the pointer", "On {url} choose Lanterns under Products.", {"": HOVER},
         (use("hover", '"Products"'), use("click", '"Lanterns"'), done()), state_is(chose="Lanterns")),
    Task("a modal dialog", "On {url} set the language to Norsk in the settings.", {"": MODAL},
         (use("click", '"Settings"'), together(("select", '"Language', {"option": "Norsk"}), ("click", '"Keep"', {})), done()),
         state_is(language="Norsk")),
    Task("a tree", "On {url} open the project Lighthouse.", {"": TREE},
         (use("click", "Projects"), use("click", "Lighthouse"), done()), state_is(opened="Lighthouse")),
    Task("an alert", "On {url} press Greet and tell what it says.",
         {"": "<button onclick=\"alert('Good morning'); report({ greeted: true })\">Greet</button>"},
         (use("click", "Greet"), sees("Good morning", do("answer_dialog", accept=True)), done("It says: Good morning")),
         lambda ended: state_is(greeted=True)(ended) and says("good morning")(ended)),
    Task("a question of the page", "On {url} press Leave, but stay when it asks.",
         {"": "<button onclick=\"report({ left: confirm('Leave for good?') })\">Leave</button>"},
         (use("click", '"Leave"'), do("answer_dialog", accept=False), done()), state_is(left=False)),
    Task("a prompt of the page", "On {url} press Name and say Ada.",
         {"": "<button onclick=\"report({ name: prompt('Your name?') })\">Name</button>"},
         (use("click", '"Name"'), do("answer_dialog", accept=True, text="Ada"), done()), state_is(name="Ada")),
    Task("a link that opens a tab", "Follow the link on {url} and say the code it shows.",
         {"": '<a href="other" target="_blank">The code</a>', "other": "<p>The code is 7341.</p>"},
         (use("click", "The code"), do("switch_tab", tab=2), sees("7341", done("The code is 7341."))), says("7341")),
    Task("two tabs side by side", "Which is cheaper, the lamp on {url}one or the one on {url}two?",
         {"one": "<h1>Lamp</h1><p>39 euros</p>", "two": "<h1>Lamp</h1><p>35 euros</p>"},
         (visit("two", new_tab=True), do("switch_tab", tab=1),
          sees("39 euros", do("close_tab")), sees("35 euros", done("The second, at 35 euros."))), says("35")),
    Task("a banner in the way", "On {url} press Read on.",
         {"": '<button onclick="report({ read: true })">Read on</button><div id="b" style="position: fixed; inset: 0; '
          'background: #fff"><p>We value cookies.</p><button onclick="b.remove()">Reject all</button></div>'},
         (use("click", "Reject all"), use("click", "Read on"), done()), state_is(read=True)),
)  # fmt: skip
