"""Whatever sessions, pages, people and files say is shown as text: nothing of it runs, and nothing calls outside."""

import json
from html import escape
from urllib.parse import quote

from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.chrome import readable
from tests.contract.javascript import listening

from .conftest import House, Viewer
from .hostile import HOSTILE, hostile

OUTSIDE = "beacon.invalid"
"""A host that nobody has: that somebody asks for it is what would be wrong."""

TEXTS = hostile(OUTSIDE)
NEVER = (
    "img[src*=beacon], script[src*=beacon], iframe, object, embed, base, #root script, #root style, a[href^=javascript]"
)


def quoted(text: str) -> str:
    """As a playbook quotes it."""
    return '"' + " ".join(text.replace('"', '""').split()) + '"'


def watched(page: Page) -> list[str]:
    """Every address outside that the page asks for, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if OUTSIDE in request.url else None)
    return asked


async def one_of_everything(house: House) -> str:
    """A session in which every field that somebody else fills holds something hostile; it asks and waits."""
    text = TEXTS[14]
    session = await house.create(f"# {text}", f"ask a person {quoted(text)}")
    await house.until(session, "waiting")
    for one in TEXTS:
        name = "".join(part for part in one if part.isprintable()).replace("/", "_")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Content-Type": "text/html"}
        fid = f"file-{TEXTS.index(one)}"
        await house.http.put(f"/api/files/{fid}", content=b"<script>1</script>", headers=headers)
        await house.http.post(f"/api/sessions/{session}/messages", json={"message": one, "fileIds": [fid]})
    return session


async def test_the_corpus_is_large() -> None:
    assert len(set(HOSTILE)) >= 60


async def test_nothing_that_a_session_says_runs(viewer: Viewer, house: House) -> None:
    session = await one_of_everything(house)
    page = await viewer.open(f"sessions/{session}")
    asked = watched(page)
    await expect(page.get_by_role("article")).to_be_visible()
    assert await page.locator(NEVER).count() == 0
    scroller = page.get_by_role("log")
    seen = 0
    for _ in range(60):  # past every line, as only those in sight are in the page
        await scroller.evaluate("(box) => box.scrollBy(0, -box.clientHeight / 2)")
        await page.evaluate("() => new Promise(requestAnimationFrame)")
        seen = max(seen, await page.locator(".line[data-kind=message-user]").count())
        assert await page.locator(NEVER).count() == 0
    assert seen > 3

    await page.get_by_role("link", name="Inbox").click()
    await page.get_by_role("button", name="Deny").click()
    await page.get_by_label("Why not?").fill(TEXTS[13])
    await page.get_by_role("button", name="Deny").click()
    await page.goto(f"{house.url}/#/sessions")
    await expect(page.locator(".session-row").first).to_contain_text("<img")
    await page.goto(f"{house.url}/#/")
    await expect(page.locator(".session-row").first).to_contain_text("<img")

    await page.goto(f"{house.url}/#/sessions/{session}")
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="As a page").click()
    kept = await viewer.contexts[0].new_page()
    called = watched(kept)
    with readable() as folder:
        await (await saving.value).save_as(folder / "kept.html")
        await kept.goto((folder / "kept.html").as_uri())

    assert await kept.locator("li").count() > len(TEXTS)
    assert await kept.locator("script, iframe, object, embed, base, img:not([src^='data:image/'])").count() == 0
    text = await kept.locator("body").inner_text()
    assert "</title><script>" in text
    assert "javascript:" in text
    assert asked == called == []


async def test_nothing_that_a_page_says_runs(viewer: Viewer, house: House) -> None:
    async def page_of_texts(_request: Request) -> HTMLResponse:
        shown = "".join(f"<li>{one.replace('&', '&amp;').replace('<', '&lt;')}</li>" for one in TEXTS)
        title = TEXTS[13].replace("&", "&amp;").replace("<", "&lt;")
        return HTMLResponse(f"<title>{title}</title><ul aria-label=Words>{shown}</ul>")

    async with listening(Starlette(routes=[Route("/", page_of_texts)])) as site:
        session = await house.create(f"open {site}/", 'extract the "Words" list as words', "screenshot")
        await house.until(session, "completed")
        page = await viewer.open(f"sessions/{session}")
        asked = watched(page)

        await expect(page.get_by_role("region", name="Result")).to_contain_text("onerror")
        assert await page.locator(NEVER).count() == 0
        assert asked == []


async def test_nothing_runs_that_is_around_a_page_while_a_person_drives_it(viewer: Viewer, house: House) -> None:
    """Its title, tabs and address, a dialog of it, what is to be pressed on it, and what people say of it."""
    name, title, said = TEXTS[13], TEXTS[5], TEXTS[14]

    async def trap(_request: Request) -> HTMLResponse:
        return HTMLResponse(TRAP.format(title=escape(title), name=escape(name), said=escape(json.dumps(said))))

    async with listening(Starlette(routes=[Route("/", trap)])) as site:
        session = await house.create(f"open {site}/?q={quote(name)}", f"click the {quoted(name)} button (ask first)")
        await house.until(session, "waiting")
        page = await viewer.open(f"sessions/{session}")
        asked = watched(page)
        await expect(page.get_by_role("article")).to_contain_text(name)
        await page.get_by_role("button", name="Take over").first.click()
        await expect(page.get_by_role("list", name="Tabs of the browser")).to_contain_text(title)
        box = await page.locator(".driven").bounding_box()
        assert box is not None
        await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        dialog = page.get_by_role("form", name="A dialog of the page")
        await expect(dialog).to_contain_text(said)
        assert await page.locator(NEVER).count() == 0
        await dialog.get_by_role("button", name="OK").click()
        await page.get_by_role("button", name="Hand back").click()
        await page.get_by_label("Anything it should know?").fill(said)
        await page.get_by_role("dialog").locator("button[type=submit]").click()
        await expect(page.locator(".line[data-kind=control]").last).to_contain_text(said)

        await page.get_by_role("article").get_by_role("button", name="Deny").click()
        await page.get_by_label("Why not?").fill(said)
        await page.get_by_role("article").get_by_role("button", name="Deny").click()
        await expect(page.locator(".session-head .status")).to_have_text("Failed")
        await expect(page.get_by_role("log")).to_contain_text(said)
        assert await page.locator(NEVER).count() == 0
        await page.goto(f"{house.url}/#/inbox")
        await page.get_by_role("button", name="History").click()
        await expect(page.locator(".history")).to_contain_text(said)
        assert await page.locator(NEVER).count() == 0
        assert asked == []


TRAP = """<title>{title}</title><button aria-label="{name}" style="position: fixed; inset: 0; width: 100%"
onclick="confirm({said})">Press</button>"""
"""A page that is one button."""
