"""Whatever sessions, pages, people and files say is shown as text: nothing of it runs, and nothing calls outside."""

import asyncio
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
from .hostile import hostile

OUTSIDE = "beacon.invalid"
"""A host that nobody has: that somebody asks for it is what would be wrong."""

TEXTS = hostile(OUTSIDE)
NEVER = (
    "img[src*=beacon], script[src*=beacon], iframe, object, embed, base, #root script, #root style, a[href^=javascript]"
)


PAST_EVERY_LINE = """async (box, never) => {
    const read = { 'message-user': [], 'message-agent': [], found: 0 };
    box.scrollTop = box.scrollHeight;
    for (let turn = 0; turn < 1000; turn++) {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        for (const { dataset, children } of box.querySelectorAll('.line'))
            read[dataset.kind]?.push(children[1].textContent);
        read.found += document.querySelectorAll(never).length;
        if (box.scrollTop <= 0) break;
        box.scrollBy(0, -box.clientHeight / 2);
    }
    return read;
}"""
"""Reads what people and agent said, line by line, as only those in sight are in the page."""

FILES = 100
"""A session has no more."""


def plain(text: str) -> str:
    """It without the spaces at which a playbook, or a page, may break it, and without what no text may hold."""
    return "".join("".join(part for part in text if part.isprintable()).split())


def named(text: str) -> str:
    """As a name that a file may have."""
    return "".join(part for part in text if part.isprintable()).translate({ord("/"): "_", ord("\\"): "_"})


def quoted(text: str) -> str:
    """As a playbook quotes it."""
    return '"' + " ".join(text.replace('"', '""').split()) + '"'


def watched(page: Page) -> list[str]:
    """Every address outside that the page asks for, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if OUTSIDE in request.url else None)
    return asked


async def one_of_everything(house: House) -> str:
    """A session in which agent, people and files say each text, and every field holds one; it asks and waits."""
    text = TEXTS[14]
    says = [f"say {quoted(one)}" for one in TEXTS]
    session = await house.create(f"# {text}", *says, f"ask a person {quoted(text)}")
    await house.until(session, "waiting")

    async def say(number: int, one: str) -> None:
        files: list[str] = []
        if number < FILES:
            files.append(f"file-{number}")
            name = named(one + TEXTS[number + FILES])
            kept = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Content-Type": "text/html"}
            put = await house.http.put(f"/api/files/{files[0]}", content=b"<script>1</script>", headers=kept)
            put.raise_for_status()
        said = {"message": one, "fileIds": files}
        (await house.http.post(f"/api/sessions/{session}/messages", json=said)).raise_for_status()

    await asyncio.gather(*(say(number, one) for number, one in enumerate(TEXTS)))
    return session


async def test_there_are_as_many_texts_as_the_standard_asks_for() -> None:
    assert len(set(TEXTS)) >= 200


async def test_nothing_that_a_session_says_runs(viewer: Viewer, house: House) -> None:
    session = await one_of_everything(house)
    page = await viewer.open(f"sessions/{session}", viewport={"width": 1280, "height": 4000})
    asked = watched(page)
    await expect(page.get_by_role("article")).to_be_visible()
    assert await page.locator(NEVER).count() == 0
    read = await page.get_by_role("log").evaluate(PAST_EVERY_LINE, NEVER)
    for author, by in (("You", "user"), ("Agent", "agent")):
        shown = {plain(one.removeprefix(author)) for one in read[f"message-{by}"]}
        assert [one for one in TEXTS if plain(one) not in shown] == [], by
    assert read["found"] == 0
    names = [plain(one) for one in await page.locator(".file .name").all_text_contents()]
    assert [one for one in TEXTS if not any(plain(named(one)) in name for name in names)] == []

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
    """Its words, title and buttons, in what is found, done and refused."""
    pressed = TEXTS[-6:]

    async def page_of_texts(_request: Request) -> HTMLResponse:
        shown = "".join(f"<li>{one.replace('&', '&amp;').replace('<', '&lt;')}</li>" for one in TEXTS)
        buttons = "".join(f"<button>{escape(one)}</button>" for one in pressed)
        title = TEXTS[13].replace("&", "&amp;").replace("<", "&lt;")
        return HTMLResponse(f"<title>{title}</title>{buttons}<ul aria-label=Words>{shown}</ul>")

    async with listening(Starlette(routes=[Route("/", page_of_texts)])) as site:
        session = await house.create(f"open {site}/", 'extract the "Words" list as words', "screenshot")
        await house.until(session, "completed")
        page = await viewer.open(f"sessions/{session}")
        asked = watched(page)

        await expect(page.get_by_role("region", name="Result")).to_contain_text("onerror")
        assert await page.locator(NEVER).count() == 0

        clicked = await house.create(f"open {site}/", *(f"click the {quoted(one)} button" for one in pressed))
        await house.until(clicked, "completed")
        await page.goto(f"{house.url}/#/sessions/{clicked}")
        for one in pressed:
            await expect(page.get_by_role("log").get_by_text(" ".join(one.split())[:50]).first).to_be_visible()
        assert await page.locator(NEVER).count() == 0

        lost = await house.create(f"obey {pressed[0]}")
        failed = await house.until(lost, "failed")
        await page.goto(f"{house.url}/#/sessions/{lost}")
        await expect(page.get_by_role("region", name="Result")).to_contain_text(failed["error"]["error"])
        assert pressed[0] in failed["error"]["error"]
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
