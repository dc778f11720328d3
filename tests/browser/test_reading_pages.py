"""Pages are read as data: tables, lists, sections, fields, and the hits of a search."""

from typing import cast

import pytest

from .conftest import Visit

TABLE = """<main><h2>Fares</h2><table><tr><th>Route<th>Fare</tr>
<tr><td>Île Verte<td>4</tr><tr><td>Mainland<td>9</tr></table>
<h2>Rules</h2><p>No dogs.</p><h3>Except</h3><p>Small ones.</p><h2>End</h2><p>Bye.</p>
<ul aria-label="Piers"><li>One<li>Two</ul><dl><dt>Price</dt><dd>12 €</dd></dl>
<table><caption>Bare</caption><tr><td>a<td>b</tr></table>
<label>City <input value="Saltmarsh"></label><select aria-label="Size"><option>S<option selected>M</select></main>"""


@pytest.mark.parametrize(
    ("text", "role", "value"),
    [
        ("Fares", "table", [{"Route": "Île Verte", "Fare": "4"}, {"Route": "Mainland", "Fare": "9"}]),
        ("Bare", "table", [{"column 1": "a", "column 2": "b"}]),
        ("Rules", "heading", "No dogs.\nExcept\nSmall ones."),
        ("Piers", "list", ["One", "Two"]),
        ("Price", None, "12 €"),
        ("City", "textbox", "Saltmarsh"),
        ("Size", None, "M"),
        ("Bye.", None, "Bye."),
    ],
)
async def test_what_is_read_has_the_shape_of_what_is_there(
    visit: Visit, text: str, role: str | None, value: object
) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content(TABLE)

    assert await visit.read(text, role) == value


SPANS = """<table aria-label="Prices"><tr><th rowspan=2>Pier<th colspan=2>Fare</tr><tr><th>Adult<th>Child</tr>
<tr><td rowspan=2>North<td>4<td>2</tr><tr><td colspan=2>Closed</tr><tr><th>Sum<td><b>6</b><td></tr></table>"""


async def test_cells_that_span_several_places_stand_in_each_of_them(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content(SPANS)

    assert await visit.read("Prices", "table") == [
        {"Pier": "North", "Fare Adult": "4", "Fare Child": "2"},
        {"Pier": "North", "Fare Adult": "Closed", "Fare Child": "Closed"},
        {"Pier": "Sum", "Fare Adult": "6", "Fare Child": ""},
    ]
    assert await visit.read("Sum") == "6"


async def results(visit: Visit) -> list[dict[str, str]]:
    """The hits on the page."""
    value = (await visit.do("read results")).value
    assert isinstance(value, list)
    return cast("list[dict[str, str]]", value)


async def test_the_hits_of_the_demo_search(visit: Visit) -> None:
    await visit.go("/search?q=latest")

    hits = await results(visit)

    assert len(hits) >= 2
    for hit in hits:
        assert hit["link"].startswith(f"{visit.site}/news/")
        assert hit["title"]
        assert len(hit["snippet"]) > 20


DIVS = """<header><a href="/"><h1>Findit</h1></a><nav><a href="/images">Images</a></nav></header>
<div id="search">{hits}</div>
<div id="related"><h3>Related</h3><a href="/s?q=1">more ferries</a><a href="/s?q=2">boats</a></div>
<nav aria-label="pagination"><a href="?p=2">2</a><a href="?p=3">3</a></nav>
<footer><a href="/about">About</a></footer>"""
HEADED = (
    '<div class="g r{n}"><div><a href="https://site{n}.example/page"><h3>Title {n}</h3>'
    "<cite>site{n}.example › page</cite></a>"
    '</div><div class="VwiC"><span>3 days ago — </span>'
    "<span>Snippet number {n} says something about ferries.</span></div></div>"
)
LISTED = (
    '<li class="b_algo"><h2><a href="https://site{n}.example/page">Title {n}</a></h2><div class="b_caption">'
    "<p>Snippet number {n} says something about ferries.</p></div></li>"
)
PLAIN = (
    '<div class="result"><a class="result__a" href="https://site{n}.example/page">Title {n}</a>'
    '<a class="result__snippet" href="https://site{n}.example/page">'
    "Snippet number {n} says something about ferries.</a></div>"
)


@pytest.mark.parametrize("hit", [HEADED, LISTED, PLAIN], ids=["headed", "listed", "plain"])
async def test_hits_are_read_from_pages_of_many_shapes(visit: Visit, hit: str) -> None:
    await visit.go("/counter")
    hits = "".join(hit.format(n=number) for number in range(1, 6))
    await visit.operator.window.current.page.set_content(DIVS.format(hits=hits))

    read = await results(visit)

    assert [one["title"] for one in read] == [f"Title {number}" for number in range(1, 6)]
    assert [one["link"] for one in read] == [f"https://site{number}.example/page" for number in range(1, 6)]
    assert all(f"Snippet number {number} says" in one["snippet"] for number, one in enumerate(read, start=1))


async def test_a_page_without_hits_has_none(visit: Visit) -> None:
    await visit.go("/search?q=zzzzqqq")

    assert await results(visit) == []


async def test_a_huge_page_is_observed_within_bounds(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.set_content("<p>row</p>" * 100 + "<button>press this one</button>" * 5000)

    snapshot = await visit.snapshot()

    assert len(snapshot) <= 24_000
    assert "left out" in snapshot


async def test_text_that_nobody_can_store_is_shown_as_a_browser_shows_it(visit: Visit) -> None:
    await visit.go("/counter")
    page = visit.operator.window.current.page
    await page.set_content("<p>word</p><button onclick='change(this)'>Change</button>")
    await page.evaluate(
        "change = it => { document.title = 'a\\ud800c'; it.previousSibling.innerText += '\\0\\udfff' }; 0"
    )

    titled = await visit.do("click", target="Change")
    read = await visit.read("word")

    assert (titled.title, read) == ("a\ufffdc", "word\ufffd\ufffd")
