"""What a person's hands do on the picture is done in the page: dragging, scrolling, a new tab, a download, a swipe."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import CDPSession, Locator, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from tests.contract.javascript import listening
from zenobia.operators.cdp import tell
from zenobia.protocol.limits import Limits

from .conftest import PHONE, House, Viewer
from .test_driving import pressed
from .test_kind import too_wide

WHARF = """<title>Wharf</title>
<style>
  body { margin: 0; height: 4000px }
  body > * { position: absolute; left: 0; width: 640px; height: 200px; font-size: 40px }
</style>
<div id="crate" style="background: sienna; width: 200px" onmousedown="held = true"></div>
<a style="top: 200px" href="/pier" target="_blank">The pier</a>
<a style="top: 400px" href="/chart" download>The chart</a>
<p draggable="true" style="margin: 0; top: 600px; width: 300px"
   ondragstart="event.dataTransfer.setData('text/plain', 'rope')">Rope</p>
<div role="button" aria-label="Boat" style="top: 600px; left: 640px; background: tan"
     ondragover="event.preventDefault()"
     ondrop="event.preventDefault(); location.hash = 'given-' + event.dataTransfer.getData('text/plain')"></div>
<script>
  let held = false;
  addEventListener('mousemove', (event) => { if (held) crate.style.left = event.clientX - 50 + 'px' });
  addEventListener('mouseup', () => { if (held) location.hash = 'at-' + crate.style.left; held = false });
  addEventListener('scroll', () => { if (scrollY > 300) location.hash = 'down' });
</script>"""
"""What can be dragged, opened and loaded, below each other; the address says what came of it."""

CRATE, PIER, CHART, ROPE, BOAT = (0.05, 0.05), (0.25, 0.375), (0.25, 0.625), (0.1, 0.875), (0.75, 0.875)
AWAY = (0.5, 0.05)


@asynccontextmanager
async def wharf() -> AsyncGenerator[str]:
    """Serve it."""

    async def page(_request: Request) -> HTMLResponse:
        return HTMLResponse(WHARF)

    async def pier(_request: Request) -> HTMLResponse:
        return HTMLResponse("<title>Pier</title>The pier")

    async def chart(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("shoals", headers={"Content-Disposition": 'attachment; filename="chart.txt"'})

    async with listening(Starlette(routes=[Route("/", page), Route("/pier", pier), Route("/chart", chart)])) as site:
        yield site


async def waiting(viewer: Viewer, house: House, site: str, **device: Any) -> Page:
    """A page of the console with a session that has opened the site and waits for a person."""
    session = await house.create(f"open {site}", 'ask a person "Anything"')
    await house.until(session, "waiting")
    return await viewer.open(f"sessions/{session}", **device)


async def driven(page: Page, site: str) -> Locator:
    """Take the browser over: the picture, once it shows the page."""
    await page.get_by_role("button", name="Take over").first.click()
    await expect(page.get_by_label("Address")).to_have_value(f"{site}/")
    await expect(page.locator(".driven")).to_be_visible()
    return page.locator(".driven")


async def dragged(page: Page, surface: Locator, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at one place, go to another in steps, let go there."""
    box = await surface.bounding_box()
    assert box is not None
    (x, y), (to_x, to_y) = ((box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]) for at in (begin, end))
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(to_x, to_y, steps=8)
    await page.mouse.up()


async def test_a_mouse_drags_scrolls_opens_tabs_and_loads_files(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site)
        surface, address = await driven(page, site), page.get_by_label("Address")
        await dragged(page, surface, CRATE, AWAY)
        await expect(address).to_have_value(f"{site}/#at-590px")
        await dragged(page, surface, ROPE, BOAT)
        await expect(address).to_have_value(f"{site}/#given-rope")

        await pressed(surface, CHART, page.mouse.click)
        await expect(page.get_by_role("region", name="Files")).to_contain_text("chart.txt")
        async with page.expect_download() as saving:
            await page.get_by_role("button", name="chart.txt").click()
        assert (await (await saving.value).path()).read_text() == "shoals"

        await pressed(surface, PIER, page.mouse.click)
        tabs = page.get_by_role("list", name="Tabs of the browser")
        await expect(address).to_have_value(f"{site}/pier")
        await expect(tabs.locator("[aria-current=true]")).to_have_text("Pier")
        await tabs.get_by_role("button", name="Wharf", exact=True).click()
        await expect(address).to_have_value(f"{site}/#given-rope")
        await pressed(surface, CRATE, page.mouse.move)
        await page.mouse.wheel(0, 600)
        await expect(address).to_have_value(f"{site}/#down")
        await tabs.get_by_role("button", name="Close Pier").click()
        await expect(tabs.locator(".tab")).to_have_count(1)

        await page.get_by_role("button", name="Hand back").click()
        await page.get_by_role("dialog").get_by_role("button", name="Hand back").click()
        told = page.locator(".line[data-kind=control]").last
        await expect(told).to_contain_text('dragged to button "Boat"')


async def swipe(finger: CDPSession, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Put a finger down at one place, and lift it at another."""
    for step in range(10):
        at = {axis: begin[n] + (end[n] - begin[n]) * step / 9 for n, axis in enumerate("xy")}
        kind = "touchMove" if step else "touchStart"
        await tell(finger, "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
    await tell(finger, "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def test_a_finger_swipes(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site, **PHONE)
        surface = await driven(page, site)
        finger = await page.context.new_cdp_session(page)
        box = await surface.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9
        await swipe(finger, (x, y), (x, y - box["height"] * 0.8))

        await expect(page.get_by_label("Address")).to_have_value(f"{site}/#down")


GLIDES = "() => { const view = document.querySelector('.view'); view.onscrollend = () => { window.rests = true } }"
RESTS = "() => window.rests"
"""What was given a push goes on for a while, and what is meant for the page meanwhile is not."""


async def test_a_thumb_has_all_of_a_picture_that_was_too_small_for_it(viewer: Viewer, house: House) -> None:
    """Enlarged, the picture goes sideways under a finger; taps, and what goes up and down, are for the page."""
    async with wharf() as site:
        page = await waiting(viewer, house, site, **PHONE)
        surface = await driven(page, site)
        fits = await surface.bounding_box()
        await page.get_by_role("button", name="Larger").click()
        await page.wait_for_function("() => document.querySelector('.view').scrollLeft > 100")
        large, view = await surface.bounding_box(), await page.locator(".view").bounding_box()
        assert fits is not None
        assert large is not None
        assert view is not None
        assert large["width"] > 1.8 * fits["width"]
        assert large["x"] < fits["x"] - fits["width"] / 4, "its middle is in sight"
        assert large["height"] <= view["height"] + 1, "all of its height is"
        assert not await too_wide(page)
        finger = await page.context.new_cdp_session(page)
        await page.evaluate(GLIDES)
        await swipe(finger, (fits["x"] + 50, large["y"] + 60), (fits["x"] + 250, large["y"] + 70))
        before = fits["x"] - large["x"]
        await page.wait_for_function(f"() => document.querySelector('.view').scrollLeft < {before - 100}")
        await page.wait_for_function(RESTS)
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/")

        await pressed(surface, (0.2, 0.28), page.touchscreen.tap)
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/pier")
        await page.get_by_role("list", name="Tabs of the browser").get_by_role("button", name="Wharf", exact=True).tap()
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/")
        middle = fits["x"] + fits["width"] / 2
        await swipe(finger, (middle, large["y"] + large["height"] * 0.9), (middle + 20, large["y"] + 20))
        await expect(page.get_by_label("Address")).to_have_value(f"{site}/#down")

        await page.get_by_role("button", name="Larger").click()
        await page.wait_for_function(f"() => document.querySelector('.driven').clientWidth === {round(fits['width'])}")


async def test_the_buttons_at_a_mouses_side_press_nothing(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site)
        surface, address = await driven(page, site), page.get_by_label("Address")
        hand = await page.context.new_cdp_session(page)
        box = await surface.bounding_box()
        assert box is not None
        for button in ("back", "forward"):
            for kind in ("mousePressed", "mouseReleased"):
                at = {"x": box["x"] + PIER[0] * box["width"], "y": box["y"] + PIER[1] * box["height"]}
                await tell(hand, "Input.dispatchMouseEvent", {"type": kind, "button": button, "clickCount": 1, **at})
        await dragged(page, surface, CRATE, AWAY)  # after which what was pressed before would have been done
        await expect(address).to_have_value(f"{site}/#at-590px")
        await expect(page.get_by_role("list", name="Tabs of the browser").locator(".tab")).to_have_count(1)


async def test_who_only_watches_has_handed_back_first(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site)
        await driven(page, site)
        await page.get_by_role("button", name="Only watch").click()
        await expect(page.get_by_text("You only watch.")).to_be_visible()
        await expect(page.get_by_text("You drive.")).to_have_count(0)
        await expect(page.locator(".line[data-kind=control]").last).to_be_visible()


async def test_a_note_for_the_agent_stays_until_the_browser_is_handed_back(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site)
        await driven(page, site)
        await page.get_by_role("button", name="Hand back").click()
        note = page.get_by_label("Anything it should know?")
        await note.fill("The crate is")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Hand back").click()
        await expect(note).to_have_value("The crate is")
        await note.fill("The crate is empty.")
        await page.get_by_role("dialog").get_by_role("button", name="Hand back").click()
        await expect(page.locator(".line[data-kind=control]").last).to_contain_text("The crate is empty.")
        await page.get_by_role("button", name="Take over").first.click()
        await expect(page.locator(".driven")).to_be_visible()
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_driver_who_is_there_stays_after_loading_the_page_again(viewer: Viewer, house: House) -> None:
    async with wharf() as site:
        page = await waiting(viewer, house, site)
        await driven(page, site)
        held = await page.evaluate(
            "Object.entries(sessionStorage).find(([name]) => name.startsWith('zenobia.drive.'))[1]"
        )
        assert json.loads(held)["timeout"] == Limits().driver
        await page.reload()
        await expect(page.locator(".driven")).to_be_visible()
