"""The demonstration site keeps its word, page by page, so that a browser test can trust what it stands on."""

import hashlib
import re
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from email.message import Message as Headers
from html import unescape
from importlib.resources import files
from importlib.resources.abc import Traversable
from time import monotonic

import httpx
import pytest
from starlette.types import Message, Scope

from zenobia_demo import create_app
from zenobia_demo.front import CAREFUL, TOWN, TROUBLE
from zenobia_demo.news import stories
from zenobia_demo.shop import shelf

TODAY = date(2031, 5, 17)
HOME = "http://saltmarsh"
NEVER_ANSWERS_PLAINLY = {"/endless", "/redirect-loop", "/nowhere", "/slow?seconds=5"}
CHECKOUT = {"name": "Ada", "email": "ada@example.org", "address": "1 Rope Street", "delivery": "express"}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(today=lambda: TODAY))
    async with httpx.AsyncClient(transport=transport, base_url=HOME, follow_redirects=True) as client:
        yield client


def titles(page: httpx.Response) -> list[str]:
    return re.findall(r'<h2><a href="/news/[^"]+">([^<]+)</a></h2>', page.text)


def contents(folder: Traversable) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        yield entry.name, entry.read_text(encoding="utf-8")


@contextmanager
def within(seconds: float) -> Generator[None]:
    start = monotonic()
    yield
    assert monotonic() - start < seconds


ORDINARY_PAGES = [one.path for one in (*TOWN, *CAREFUL, *TROUBLE) if one.path not in NEVER_ANSWERS_PLAINLY]


@pytest.mark.parametrize(
    "path", ["/", *ORDINARY_PAGES, "/login", "/search", "/frames/inside", "/popup/window", "/hang?now=1"]
)
async def test_every_page_answers_with_a_title_and_one_main_heading(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)

    assert page.status_code == 200
    assert "<title>" in page.text
    assert page.text.count("<h1") == (0 if path == "/frames/inside" else 1)


async def test_the_front_page_links_to_every_demonstration(browser: httpx.AsyncClient) -> None:
    front = (await browser.get("/")).text

    assert all(f'href="{one.path}"' in front and one.sentence in front for one in (*TOWN, *CAREFUL, *TROUBLE))


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_page_asks_another_host_for_anything(folder: str) -> None:
    for name, text in contents(files("zenobia_demo").joinpath(folder)):
        assert not re.search(r"(?:https?:)?//[a-z]+\.", text.replace("http://www.w3.org/2000/svg", "")), name


@pytest.mark.parametrize(
    "path", ["/nowhere", "/news/nothing", "/shop/nothing", "/shop/orders/7", "/static/nothing.css"]
)
async def test_an_unknown_address_is_a_page_that_says_so(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(path)

    assert page.status_code == 404
    assert "Page not found" in page.text


async def test_the_newest_story_is_from_today(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/news")

    assert "17 May 2031" in page.text
    assert titles(page)[0] == stories()[0].title


async def test_every_story_has_a_page(browser: httpx.AsyncClient) -> None:
    assert len(stories()) == 12
    for story in stories():
        assert story.paragraphs[-1][:20] in unescape((await browser.get(f"/news/{story.slug}")).text)


@pytest.mark.parametrize("query", ["recent news", "latest", "today", "Recent NEWS!", "what is new this week"])
async def test_asking_for_recent_news_finds_the_newest_stories(browser: httpx.AsyncClient, query: str) -> None:
    assert titles(await browser.get("/search", params={"q": query})) == [story.title for story in stories()]


async def test_a_search_puts_the_best_match_first(browser: httpx.AsyncClient) -> None:
    assert titles(await browser.get("/search", params={"q": "recent news about oysters"})) == [
        "Oysters are back in the bay"
    ]


async def test_a_search_without_matches_says_so_and_shows_the_query_as_text(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/search", params={"q": "<b>zeppelin</b>"})

    assert titles(page) == []
    assert "Nothing found for “&lt;b&gt;zeppelin&lt;/b&gt;”" in page.text


async def test_one_checkout_creates_one_order(browser: httpx.AsyncClient) -> None:
    await browser.post("/shop/cart/add", data={"product": "enamel-mug"})
    cart = await browser.post("/shop/cart/add", data={"product": "enamel-mug"})
    assert "€25.00" in cart.text

    placed = await browser.post("/shop/checkout", data=CHECKOUT)

    assert "Order #1 placed" in placed.text
    assert "€34.90" in placed.text
    book = (await browser.get("/shop/orders.json")).json()
    assert [(order["number"], order["totalCents"], order["name"]) for order in book["orders"]] == [(1, 3490, "Ada")]
    assert book["attempts"] == 1


async def test_a_repeated_checkout_is_counted_though_the_cart_is_empty(browser: httpx.AsyncClient) -> None:
    await browser.post("/shop/cart/add", data={"product": "tide-clock"})
    await browser.post("/shop/checkout", data=CHECKOUT)

    again = await browser.post("/shop/checkout", data=CHECKOUT)

    assert again.status_code == 409
    book = (await browser.get("/shop/orders.json")).json()
    assert (len(book["orders"]), book["attempts"]) == (1, 2)


async def test_an_incomplete_checkout_names_what_is_missing_and_keeps_the_rest(browser: httpx.AsyncClient) -> None:
    await browser.post("/shop/cart/add", data={"product": "tide-clock"})

    page = await browser.post("/shop/checkout", data={**CHECKOUT, "email": " "})

    assert page.status_code == 422
    assert "Please fill in: email." in page.text
    assert "1 Rope Street" in page.text
    assert (await browser.get("/shop/orders.json")).json()["orders"] == []


async def test_a_product_can_leave_the_cart_again(browser: httpx.AsyncClient) -> None:
    await browser.post("/shop/cart/add", data={"product": "tide-clock", "quantity": "3"})

    assert "Your cart is empty" in (await browser.post("/shop/cart/remove", data={"product": "tide-clock"})).text


async def test_another_browser_sees_neither_the_cart_nor_the_order() -> None:
    transport = httpx.ASGITransport(create_app())
    async with (
        httpx.AsyncClient(transport=transport, base_url=HOME, follow_redirects=True) as mine,
        httpx.AsyncClient(transport=transport, base_url=HOME, follow_redirects=True) as theirs,
    ):
        await mine.post("/shop/cart/add", data={"product": "tide-clock"})
        assert "Your cart is empty" in (await theirs.get("/shop/cart")).text
        await mine.post("/shop/checkout", data=CHECKOUT)
        assert (await theirs.get("/shop/orders/1")).status_code == 404


async def test_two_apps_share_nothing(browser: httpx.AsyncClient) -> None:
    await browser.post("/counter")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url=HOME) as other:
        assert (await other.get("/counter.json")).json() == {"count": 0}
    assert (await browser.get("/counter.json")).json() == {"count": 1}


async def test_every_product_has_a_page(browser: httpx.AsyncClient) -> None:
    for product in shelf().values():
        assert product.details in (await browser.get(f"/shop/{product.slug}")).text


async def test_ada_gets_in_and_out(browser: httpx.AsyncClient) -> None:
    inside = await browser.post("/login", data={"username": "ada", "password": "lovelace"})
    assert (inside.url.path, "Welcome back, Ada" in inside.text) == ("/account", True)

    await browser.post("/logout")

    assert (await browser.get("/account")).url.path == "/login"


@pytest.mark.parametrize(("username", "password"), [("ada", "byron"), ("ada", ""), ("charles", ""), ("", "")])
async def test_a_wrong_password_is_refused(browser: httpx.AsyncClient, username: str, password: str) -> None:
    page = await browser.post("/login", data={"username": username, "password": password})

    assert page.status_code == 403
    assert "That username or password is not right." in page.text
    assert (await browser.get("/account")).url.path == "/login"


async def test_the_travel_request_echoes_all_that_arrived(browser: httpx.AsyncClient) -> None:
    document = "tide table é".encode() * 100_000
    sent = {"name": "Ada", "email": "ada@example.org", "country": "Norway", "departure": "2031-06-01", "budget": "300",
            "class": "Cabin", "extras": ["Bicycle", "Dog"], "notes": "Two lines,\nplease."}  # fmt: skip

    page = await browser.post("/form", data=sent, files={"document": ("tábla 1.txt", document)})

    digest = hashlib.sha256(document).hexdigest()
    assert all(text in page.text for text in ("Request #1 received", "Bicycle, Dog", "tábla 1.txt", digest))
    (received,) = (await browser.get("/form/submissions.json")).json()
    assert received.pop("file") == {"name": "tábla 1.txt", "size": len(document), "sha256": digest}
    assert received == {"number": 1, **sent}


async def test_a_travel_request_without_a_file_says_that_none_came(browser: httpx.AsyncClient) -> None:
    page = await browser.post("/form", data={"name": "Ada"}, files={"document": ("", b"")})

    assert "None attached" in page.text
    assert (await browser.get("/form/submissions.json")).json()[0]["file"] is None


@pytest.mark.parametrize(
    ("path", "name", "start"),
    [
        ("/downloads/report.csv", "Ferry report été Świnoujście.csv", b"\xef\xbb\xbfdate,route"),
        ("/downloads/notice.pdf", "Notice to residents (Überfahrt).pdf", b"%PDF-1.4"),
    ],
)
async def test_a_download_keeps_its_awkward_name(
    browser: httpx.AsyncClient, path: str, name: str, start: bytes
) -> None:
    answer = await browser.get(path)

    headers = Headers()
    headers["Content-Disposition"] = answer.headers["Content-Disposition"].partition("; filename*")[0]
    extended = answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2]
    assert str(httpx.URL(f"{HOME}/{extended}").path) == f"/{name}"
    assert (headers.get_filename() or "").isascii()
    assert answer.content.startswith(start)


async def test_every_offset_in_the_notice_leads_to_its_object(browser: httpx.AsyncClient) -> None:
    notice = (await browser.get("/downloads/notice.pdf")).content

    start = int(notice.rsplit(b"startxref\n", 1)[1].split()[0])
    assert notice[start:].startswith(b"xref\n0 6\n")
    offsets = [int(row.split()[0]) for row in notice[start:].split(b"\n")[3:8]]
    assert all(notice[offset:].startswith(b"%d 0 obj" % number) for number, offset in enumerate(offsets, start=1))


async def cats(browser: httpx.AsyncClient, page: str) -> dict[str, str | list[str]]:
    """What a person who looks at the pictures would send."""
    pictures = re.findall(r"/gate/tiles/[\w-]+/\d\.svg", page)
    seen = [str(place) for place, at in enumerate(pictures, 1) if "whiskers" in (await browser.get(at)).text]
    return {"deal": pictures[0].split("/")[3], "tile": seen}


async def test_the_gate_opens_for_whoever_sees_the_cats(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/gate/inside")).url.path == "/gate"
    answer = await cats(browser, (await browser.get("/gate")).text)

    inside = await browser.post("/gate", data=answer)

    assert inside.url.path == "/gate/inside"
    assert "marmalade" in inside.text


async def test_pressing_blindly_at_the_gate_gets_new_pictures(browser: httpx.AsyncClient) -> None:
    answer = await cats(browser, (await browser.get("/gate")).text)
    everything = {**answer, "tile": [str(place) for place in range(1, 10)]}

    refused = await browser.post("/gate", data=everything)

    assert "Not quite" in refused.text
    assert (await browser.post("/gate", data=answer)).status_code == 403, "an old deal is spent"
    assert (await browser.get("/gate/inside")).url.path == "/gate"


async def test_the_gate_page_never_says_which_pictures_are_cats(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/gate")).text

    tiles = re.findall(r'<label class="tile">(.*?)</label>', page, re.DOTALL)
    nameless = [re.sub(r"/gate/tiles/[\w-]+/", "", tile) for tile in tiles]
    assert len({re.sub(r"\d(?=\.svg|\")", "", tile) for tile in nameless}) == 1, "the nine differ in their numbers only"


async def test_an_accepted_confirm_is_counted(browser: httpx.AsyncClient) -> None:
    await browser.post("/dialogs/counter.json")

    assert (await browser.get("/dialogs/counter.json")).json() == {"count": 1}


async def test_a_reload_after_counting_counts_nothing(browser: httpx.AsyncClient) -> None:
    page = await browser.post("/counter")
    await browser.get(page.url)

    assert (await browser.get("/counter.json")).json() == {"count": 1}


async def test_suggestions_begin_with_what_was_typed(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/widgets/towns.json?q=br")).json() == ["Bremen", "Brest"]
    assert (await browser.get("/widgets/towns.json?q=")).json() == []


async def test_the_log_book_has_an_end(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/long/notes.json?after=50")).json()["more"] is False
    assert (await browser.get("/long/notes.json?after=60")).json()["notes"] == []


async def test_a_slow_page_arrives_when_it_said(browser: httpx.AsyncClient) -> None:
    with within(0.5):
        assert "0.05 seconds" in (await browser.get("/slow?seconds=0.05")).text
    assert (await browser.get("/slow?seconds=soon")).status_code == 400


async def test_a_redirect_loop_never_arrives(browser: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.TooManyRedirects):
        await browser.get("/redirect-loop")


def scope(path: str, query: bytes = b"") -> Scope:
    return {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query,
            "headers": [], "http_version": "1.1", "scheme": "http", "server": ("saltmarsh", 80)}  # fmt: skip


@pytest.mark.parametrize(("path", "query"), [("/slow", b"seconds=60"), ("/endless", b"")])
async def test_trouble_ends_when_the_client_leaves(path: str, query: bytes) -> None:
    arrivals: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return arrivals.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    with within(0.5):
        await create_app()(scope(path, query), receive, send)


async def test_the_site_says_that_it_is_well(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/healthz")).text == "ok"
