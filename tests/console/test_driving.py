"""A person takes the browser over in the console, passes the gate that no agent can, and hands it back."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect
from playwright.async_api import Route as HttpRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.contract.javascript import listening
from zenobia_demo import gate

from .conftest import DESKTOP, PHONE, House, Viewer
from .test_kind import axe


@pytest.fixture
def deals(monkeypatch: pytest.MonkeyPatch) -> list[gate.Deal]:
    """Every deal of the gate: this test is a person, and knows a cat when it sees one."""
    dealt: list[gate.Deal] = []
    make = gate.deal

    def deal() -> gate.Deal:
        dealt.append(make())
        return dealt[-1]

    monkeypatch.setattr(gate, "deal", deal)
    return dealt


async def places(house: House, path: str, width: int, height: int, *wanted: str) -> list[tuple[float, float]]:
    """Where the middle of each of these is in a window of this size, as shares of it."""
    context = await house.browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.goto(house.site + path)
    boxes = [await page.locator(one).first.bounding_box() for one in wanted]
    await context.close()
    return [((b["x"] + b["width"] / 2) / width, (b["y"] + b["height"] / 2) / height) for b in boxes if b is not None]


async def gate_session(house: House) -> str:
    """A session that stands before the gate and asks for a hand."""
    session = await house.create(
        f"open {house.site}/gate", 'ask a person "Pick the three cats and press Verify"', 'wait for "Behind the gate"'
    )
    await house.until(session, "waiting")
    return session


async def pressed(surface: Locator, at: tuple[float, float], press: Callable[[float, float], Awaitable[None]]) -> None:
    """Press the surface at a place, wherever it has been scrolled to."""
    await surface.scroll_into_view_if_needed()
    box = await surface.bounding_box()
    assert box is not None
    await press(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])


async def drive_through(
    page: Page, house: House, deal: gate.Deal, press: Callable[[float, float], Awaitable[None]]
) -> None:
    """Take over, pick the cats, press Verify, hand back."""
    await page.get_by_role("article").get_by_role("button", name="Take over").click()
    await expect(page.get_by_text("You drive.")).to_be_visible()
    surface = page.locator(".driven")
    await expect(surface).to_be_visible()
    tiles = [f"label.tile:nth-of-type({place})" for place in sorted(deal.answer)]
    for at in await places(house, "/gate", 1280, 800, *tiles, "button.full"):
        await pressed(surface, at, press)
    await expect(page.get_by_label("Address")).to_have_value(f"{house.site}/gate/inside")
    await page.get_by_role("button", name="Hand back").click()
    await page.get_by_label("Anything it should know?").fill("Three cats, and in.")
    await page.get_by_role("dialog").get_by_role("button", name="It is done").click()


async def test_a_person_passes_the_gate_of_the_demonstration_and_the_agent_finishes(
    viewer: Viewer, house: House, deals: list[gate.Deal]
) -> None:
    page = await viewer.open()
    await page.get_by_role("button", name="Pass a gate").click()
    await expect(page.get_by_role("article")).to_contain_text("Pick the three cats")
    await drive_through(page, house, deals[0], page.mouse.click)

    await expect(page.locator(".session-head .status")).to_have_text("Done")
    await expect(page.get_by_role("region", name="Result")).to_contain_text("Did all 4 steps.")
    assert (await house.until(page.url.rpartition("/")[2], "completed"))["reason"] == "done"
    await expect(page.locator(".line[data-kind=control]").last).to_contain_text("Three cats, and in.")


async def test_a_thumb_passes_it_too(viewer: Viewer, house: House, deals: list[gate.Deal]) -> None:
    session = await gate_session(house)
    page = await viewer.open(f"sessions/{session}", **PHONE)
    await drive_through(page, house, deals[0], page.touchscreen.tap)

    assert (await house.until(session, "completed"))["reason"] == "done"


async def sent_to_search(viewer: Viewer, house: House) -> Page:
    """A session that a person has taken over, and whose browser they have just sent to the search page."""
    session = await house.create()
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Take over").click()
    await page.get_by_label("Address").fill(f"{house.site}/search")
    await page.keyboard.press("Enter")
    return page


async def test_keys_paste_and_input_methods_arrive(viewer: Viewer, house: House) -> None:
    page = await sent_to_search(viewer, house)
    await expect(page.locator(".stage canvas")).to_be_visible()
    await expect(page.get_by_label("Address")).to_have_value(f"{house.site}/search")
    [field] = await places(house, "/search", 1280, 800, "input[type=search], input[name=q]")
    surface = page.locator(".driven")
    await pressed(surface, field, page.mouse.click)
    await page.keyboard.type("sea")
    typing = await page.context.new_cdp_session(page)
    composing = {"text": "ちょう", "selectionStart": 3, "selectionEnd": 3}
    await typing.send("Input.imeSetComposition", composing)  # pyright: ignore[reportUnknownMemberType]
    await typing.send("Input.insertText", {"text": "蝶"})  # pyright: ignore[reportUnknownMemberType]
    await surface.evaluate(PASTE, " gull")
    await page.keyboard.press("Enter")

    await expect(page.get_by_label("Address")).to_have_value(f"{house.site}/search?q=sea%E8%9D%B6+gull")


async def test_an_address_is_not_taken_from_whoever_types_it(viewer: Viewer, house: House) -> None:
    page = await sent_to_search(viewer, house)
    await page.get_by_label("Address").fill("half of anoth")
    await expect(page.locator(".stage")).to_contain_text("Search")

    await expect(page.get_by_label("Address")).to_have_value("half of anoth")


PASTE = """(field, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
}"""


async def test_one_drives_and_others_see_that_and_may_take_it(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    first = await viewer.open(f"sessions/{session}")
    await first.get_by_role("button", name="Take over").click()
    await expect(first.get_by_text("You drive.")).to_be_visible()
    assert await axe(first) == []
    await first.get_by_role("button", name="Private").click()
    await expect(first.get_by_text("You drive in private")).to_be_visible()

    second = await viewer.open(f"sessions/{session}")
    await expect(second.get_by_text("A person drives in private.")).to_be_visible()
    await second.get_by_role("button", name="Take it from them").click()
    await expect(second.get_by_text("You drive.")).to_be_visible()

    await expect(first.get_by_text("A person drives this browser.")).to_be_visible()  # though nobody tells it so
    await first.get_by_role("button", name="Take it back").click()
    await expect(first.get_by_text("A person drives this browser.")).to_be_visible()


QUAY = """<title>Quay</title>
<style>button, input, textarea { position: fixed; left: 0; width: 640px; height: 200px; font-size: 40px }</style>
<button style="top: 0" onclick="location.hash = 'named-' + prompt('The boat is called?', 'Nameless')">Name it</button>
<input style="top: 200px" type="file" onchange="location.hash = 'given-' + this.files[0].name">
<textarea style="top: 400px">lighthouse</textarea>"""
"""Three things below each other, on the left half of the window; the address says what came of them."""

NAME, FILE, TEXT = (0.25, 0.125), (0.25, 0.375), (0.25, 0.625)


async def test_dialogs_file_choosers_and_copies_of_the_page_reach_the_person(viewer: Viewer, house: House) -> None:
    async def quay(_request: Request) -> HTMLResponse:
        return HTMLResponse(QUAY)

    async with listening(Starlette(routes=[Route("/", quay)])) as site:
        session = await house.create(f"open {site}", 'ask a person "Anything"')
        await house.until(session, "waiting")
        page = await viewer.open(f"sessions/{session}", **DESKTOP, color_scheme="dark")
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=house.url)
        await page.get_by_role("button", name="Take over").first.click()
        surface, shown = page.locator(".driven"), page.get_by_label("Address")
        await expect(shown).to_have_value(f"{site}/")

        await pressed(surface, NAME, page.mouse.click)
        dialog = page.get_by_role("form", name="A dialog of the page")
        await expect(dialog).to_contain_text("The boat is called?")
        assert await axe(page) == []
        await expect(dialog.get_by_label("Answer")).to_have_value("Nameless")
        await dialog.get_by_label("Answer").fill("Marguerite")
        await dialog.get_by_role("button", name="OK").click()
        await expect(shown).to_have_value(f"{site}/#named-Marguerite")
        await expect(dialog).to_be_hidden()

        await pressed(surface, FILE, page.mouse.click)
        chooser = page.get_by_role("form", name="The page wants a file")
        await expect(chooser).to_be_visible()
        assert await axe(page) == []
        await chooser.get_by_label("Or from this machine").set_input_files(
            {"name": "chart.txt", "mimeType": "text/plain", "buffer": b"shoals"}
        )
        await expect(shown).to_have_value(f"{site}/#given-chart.txt")
        await expect(page.get_by_role("region", name="Files")).to_contain_text("chart.txt")

        await pressed(surface, TEXT, page.mouse.click)
        await page.keyboard.press("Control+a")
        await page.keyboard.press("Control+c")
        await page.wait_for_function("async () => await navigator.clipboard.readText() === 'lighthouse'")


async def taken_over(viewer: Viewer, house: House, site: str) -> Page:
    """The page of a session at that site, which a person drives."""
    session = await house.create(f"open {site}", 'ask a person "Anything"')
    await house.until(session, "waiting")
    page = await viewer.open(f"sessions/{session}")
    await page.get_by_role("button", name="Take over").first.click()
    await expect(page.get_by_label("Address")).to_have_value(f"{site}/")
    return page


async def test_a_file_whose_upload_broke_is_picked_again(viewer: Viewer, house: House) -> None:
    async def quay(_request: Request) -> HTMLResponse:
        return HTMLResponse(QUAY)

    async with listening(Starlette(routes=[Route("/", quay)])) as site:
        page = await taken_over(viewer, house, site)
        await pressed(page.locator(".driven"), FILE, page.mouse.click)
        chooser = page.get_by_role("form", name="The page wants a file")
        field, none = chooser.get_by_label("Or from this machine"), chooser.get_by_role("button", name="None")
        chart: FilePayload = {"name": "chart.txt", "mimeType": "text/plain", "buffer": b"shoals"}
        breaks = asyncio.Event()

        async def broken(route: HttpRoute) -> None:
            await breaks.wait()
            await route.abort()

        await page.route("**/api/files", broken, times=1)
        await field.set_input_files(chart)
        await expect(chooser.get_by_role("status")).to_have_text("Sending the files …")
        await expect(none).to_be_disabled()
        breaks.set()
        await expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
        await expect(none).to_be_enabled()
        await expect(field).to_have_value("")  # a browser says nothing of what is picked again and is there already
        await field.set_input_files(chart)
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/#given-chart.txt")


HELD = """<title>Held</title><body style="margin: 0">
<button style="width: 640px; height: 640px" onclick="onbeforeunload = (one) => one.preventDefault()">Hold</button>"""


async def test_a_page_that_asks_whether_to_leave_it_is_answered_at_once(viewer: Viewer, house: House) -> None:
    async def page_of(_request: Request) -> HTMLResponse:
        return HTMLResponse(HELD)

    async with listening(Starlette(routes=[Route("/", page_of), Route("/next", page_of)])) as site:
        page = await taken_over(viewer, house, site)
        address, dialog = page.get_by_label("Address"), page.get_by_role("form", name="A dialog of the page")
        await pressed(page.locator(".driven"), (0.25, 0.5), page.mouse.click)
        for leave in (False, True):
            await address.fill(f"{site}/next")
            await address.press("Enter")
            await expect(dialog).to_contain_text("asks whether to leave it")
            await dialog.get_by_role("button", name="OK" if leave else "Cancel").click()
            await expect(dialog).to_be_hidden(timeout=2_000)
            await expect(address).to_have_value(f"{site}/{'next' if leave else ''}", timeout=3_000)

        await page.get_by_role("button", name="Hand back").click()
        await page.get_by_role("dialog").get_by_role("button", name="Hand back").click()
        told = page.locator(".line[data-kind=control]").last
        await expect(told).to_contain_text("dismissed a question whether to leave")
        await expect(page.get_by_text("The page shows a question whether to leave.").first).to_be_visible()


async def test_a_paste_of_any_length_arrives_whole(viewer: Viewer, house: House) -> None:
    async def desk(_request: Request) -> HTMLResponse:
        return HTMLResponse(DESK)

    async with listening(Starlette(routes=[Route("/", desk)])) as site:
        page = await taken_over(viewer, house, site)
        await pressed(page.locator(".driven"), (0.25, 0.5), page.mouse.click)
        await page.evaluate(
            """() => {
              const data = new DataTransfer();
              data.setData("text/plain", "a".repeat(99_999) + "🌊" + "b".repeat(120_000) + "end");
              const pasted = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
              document.activeElement.dispatchEvent(pasted);
            }"""
        )
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/#220004-1-true")


DESK = """<title>Desk</title><body style="margin: 0"><textarea style="width: 640px; height: 640px" oninput="
  location.hash = [this.value.length, this.value.split('🌊').length - 1, this.value.endsWith('bend')].join('-')
"></textarea>"""
