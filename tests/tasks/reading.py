"""Jobs that are about finding and bringing home: long pages, lists without an end, tables, files."""

from tests.tasks.task import Check, Ended, Task, do, done, says, sees, state_is, use
from zenobia.testing.models import Asked, Turn

SCROLL = """<h1>Lighthouses</h1><div id="l"></div><script>
let n = 0; const more = () => { for (let i = 0; i < 20 && n < 200; i++) { n++;
  const p = document.createElement("p"), b = document.createElement("button");
  p.style.height = "60px"; p.textContent = "Lighthouse " + n + " "; b.textContent = "Keep " + n;
  const mine = n; b.onclick = () => report({ kept: mine }); p.append(b); l.append(p) } };
more(); onscroll = () => { if (innerHeight + scrollY > document.body.scrollHeight - 200) more() };</script>"""
MORE = """<h1>News</h1><ul id="l"></ul><button id="b">Show more</button><script>
const all = ["Rain", "Wind", "Snow", "Fog", "Ferry sold for 7 million"]; let n = 0;
b.onclick = () => setTimeout(() => { const li = document.createElement("li"); li.textContent = all[n++]; l.append(li);
  if (n === all.length) b.remove() }, 50); b.click();</script>"""
LONG = "".join(
    f"<h2>Article {n}</h2><p>{'Of no interest. ' * 20}{'The archive opens at 10:40.' if n == 173 else ''}</p>"
    for n in range(1, 301)
)
TABLE = (
    "<table aria-label=Towns><tr><th>Town<th>People</tr>"
    + "".join(f"<tr><td>Town {n}<td>{n * 37 % 101}</tr>" for n in range(1, 61))
    + "</table>"
)
BEST = max(range(1, 61), key=lambda n: n * 37 % 101)
SORTABLE = """<table><thead><tr><th><button id="s">Price</button></thead><tbody id="b"></tbody></table><script>
let prices = [30, 12, 55, 8, 41]; const draw = () => b.innerHTML = prices.map(p => `<tr><td>${p} euros</tr>`).join("");
s.onclick = () => { prices.sort((x, y) => x - y); report({ sorted: true }); draw() }; draw();</script>"""
FILTER = """<form role="search" action="found"><label>Search <input type="search" name="q"></label><button>Search</button></form>"""
SLOW = """<p id="p">One moment …</p><script>setTimeout(() => p.textContent = "Your number is 88.", 800)</script>"""
FOLD = """<details><summary>Opening hours</summary><p>From 11 to 16.</p></details><p>Come and see us.</p>"""


def _pages(count: int) -> dict[str, str]:
    return {
        "" if n == 1 else f"p{n}": f"<h1>Page {n}</h1><p>{'The winner is Ines.' if n == 3 else 'Nothing here.'}</p>"
        + (f'<a href="p{n + 1}">Next page</a>' if n < count else "")
        for n in range(1, count + 1)
    }


def _most(asked: Asked) -> Turn:
    """Answer with the town that has the most people, as the table was read."""
    if f"Town {BEST}" not in asked.text:
        raise LookupError("the table was not read to its end")
    return done(f"Town {BEST}", data={"town": f"Town {BEST}"}, claims=[{"kind": "read", "value": f"Town {BEST}"}])


def _has_file(name: str, holds: str) -> Check:
    def check(ended: Ended) -> bool:
        return holds in ended.files.get(name, b"").decode()

    return check


def _verified(ended: Ended) -> bool:
    result = ended.session.result
    return result is not None and bool(result.claims) and all(claim.verified for claim in result.claims)


PRICES = b"item,price\nbread,4\nfish,19\n"

TASKS = (
    Task("a list without an end", "On {url} keep lighthouse 57.", {"": SCROLL},
         (do("scroll", to="down"), do("scroll", to="down"), do("scroll", to="down"), do("scroll", to="Keep 57"),
          use("click", '"Keep 57"'), done()), state_is(kept=57)),
    Task("a list that shows more", "For how much was the ferry sold, by {url}?", {"": MORE},
         (*[use("click", '"Show more"')] * 2, do("wait_for", text="Snow"), use("click", '"Show more"'),
          do("wait_for", text="Fog"), use("click", '"Show more"'), do("wait_for", text="Ferry sold"),
          sees("7 million", done("For 7 million.", claims=[{"kind": "shows", "value": "Ferry sold for 7 million"}]))),
         lambda ended: says("7 million")(ended) and _verified(ended)),
    Task("a very long page", "When does the archive open, by {url}?", {"": LONG},
         (do("scroll", to="The archive opens"), sees("10:40", done("At 10:40."))), says("10:40")),
    Task("a long table", "Which town on {url} has the most people?", {"": TABLE},
         (do("extract", target="Towns", name="towns"), _most),
         lambda ended: says(f"Town {BEST}")(ended) and _verified(ended)),
    Task("pages to turn", "Who won, by the pages that begin at {url}?", _pages(4),
         (use("click", "Next page"), use("click", "Next page"), sees("Ines", done("Ines won."))), says("Ines")),
    Task("a table to sort", "Sort the prices on {url} and tell the lowest.", {"": SORTABLE},
         (use("click", '"Price"'), sees("8 euros", done("8 euros"))),
         lambda ended: state_is(sorted=True)(ended) and says("8")(ended)),
    Task("a search", "Search {url} for rye and tell what it costs.",
         {"": FILTER, "found": "<h1>1 result</h1><p>Rye bread, 4.20 euros</p>"},
         (use("type", '"Search"', text="rye", submit=True), sees("4.20", done("4.20 euros"))), says("4.20")),
    Task("a page that takes its time", "What is your number, by {url}?", {"": SLOW},
         (do("wait_for", text="Your number is"), sees("88", done("88"))), says("88")),
    Task("what is folded away", "When is it open, by {url}?", {"": FOLD},
         (use("click", "Opening hours"), sees("11 to 16", done("From 11 to 16."))), says("11", "16")),
    Task("a download", "Download the list from {url}.", {"": '<a href="file/list.csv">The list</a>'},
         (use("download", "The list"), done("Here it is.", claims=[{"kind": "file", "value": "list.csv"}])),
         lambda ended: _has_file("list.csv", "fish")(ended) and _verified(ended), downloads={"list.csv": PRICES}),
    Task("a download that is read", "What does fish cost, by the list on {url}?",
         {"": '<a href="file/list.csv">The list</a>'},
         (use("download", "The list"), do("read_file", file="list.csv"), done("19")), says("19"),
         downloads={"list.csv": PRICES}),
    Task("an upload", "Give notes.txt to the form on {url} and send it.",
         {"": '<form action="sent" method="post" enctype="multipart/form-data"><label>File <input type="file" name="f"></label>'
          "<button>Send</button></form>"},
         (use("upload", "File", file="notes.txt"), use("click", 'button "Send"'), done()),
         state_is(sent={"f": "my notes"}), files={"notes.txt": b"my notes"}),
    Task("a file to fill a form from", "Register on {url} the person in who.txt.",
         {"": '<form action="sent" method="post"><label>Name <input name="name"></label><button>Send</button></form>'},
         (do("read_file", file="who.txt"), use("type", '"Name"', text="Ines Mar"), use("click", 'button "Send"'), done()),
         state_is(sent={"name": "Ines Mar"}), files={"who.txt": b"Ines Mar"}),
    Task("a file to be written", "Write the headings of {url} to headings.txt, one a line.",
         {"": "<h1>Bread</h1><h2>Rye</h2><h2>Wheat</h2>"},
         (do("write_file", name="headings.txt", text="Bread\nRye\nWheat"),
          done("Written.", claims=[{"kind": "file", "value": "headings.txt"}])),
         lambda ended: _has_file("headings.txt", "Bread\nRye\nWheat")(ended) and _verified(ended)),
    Task("there and back", "What do the first and the second page of {url} say?",
         {"": '<p>Alpha</p><a href="second">On</a>', "second": "<p>Beta</p>"},
         (use("click", '"On"'), sees("Beta", do("go_back")), sees("Alpha", done("Alpha and Beta"))), says("alpha", "beta")),
)  # fmt: skip
