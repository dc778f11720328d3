"""Kind to everybody: screen readers, thumbs, right-to-left writing, long words, and a great many of everything."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from .conftest import DESKTOP, PHONE, House, Viewer

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

SCREENS = {"start": "", "sessions": "sessions", "inbox": "inbox"}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 6
ARABIC = "افتح الصفحة الأولى من الجريدة"


async def axe(page: Page) -> list[str]:
    """What axe finds wrong, in its words."""
    await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


async def too_wide(page: Page) -> bool:
    return await page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_screen_is_clean_and_fits(
    viewer: Viewer, house: House, lantern: list[str], device: dict[str, Any], scheme: str
) -> None:
    done = await house.create(f"open {house.site}/news", "screenshot")
    asked = await house.create(*lantern)
    await house.until(done, "completed")
    await house.until(asked, "waiting")
    page = await viewer.open(**device, color_scheme=scheme)
    problems: list[str] = []
    for at in ("", "sessions", "inbox", f"sessions/{asked}", f"sessions/{done}"):
        await page.goto(f"{house.url}/#/{at}")
        await expect(page.locator("main:not([aria-busy=true]) h1").first).to_be_visible()
        if "inbox" in at or asked in at:
            await expect(page.get_by_role("article")).to_be_visible()
        problems += [f"{at}: {one}" for one in await axe(page)]
        assert not await too_wide(page)

    assert problems == []


async def test_long_words_and_right_to_left_writing_fit(viewer: Viewer, house: House) -> None:
    session = await house.create()
    await house.until(session, "waiting")
    for text in (LONG, ARABIC):
        await house.http.post(f"/api/sessions/{session}/messages", json={"message": text})
    page = await viewer.open(f"sessions/{session}", **PHONE)

    said = page.locator(".line[data-kind=message-user] p")
    await expect(said.filter(has_text=ARABIC)).to_have_attribute("dir", "auto")
    assert not await too_wide(page)


async def test_a_thousand_sessions_do_not_stutter(viewer: Viewer, house: House) -> None:
    page = await viewer.open("sessions")
    await page.route("**/api/sessions?*", lambda route: route.fulfill(json=_sessions(1000)))
    await page.reload()
    await expect(page.locator(".session-row").first).to_be_visible()
    await expect_no_stutter(page, page.locator(".sessions .scroller"))


async def expect_no_stutter(page: Page, scroller: Locator) -> None:
    """Few rows are in the page wherever one scrolls, and frames take about as long as where there is next to none."""
    await page.evaluate(SHORT)
    short = await page.locator("#short").evaluate(SCROLL)
    await page.evaluate("document.getElementById('short').remove()")
    long = await scroller.evaluate(SCROLL)

    assert long["rows"] < 80
    assert long["frame"] <= 4 * short["frame"], (
        f"half of the frames took {long['frame']} ms, and {short['frame']} elsewhere"
    )


SHORT = """() => {
  const box = Object.assign(document.createElement('div'), { id: 'short' });
  Object.assign(box.style, { position: 'fixed', inset: 0, overflow: 'auto' });
  for (let line = 0; line < 50; line++) box.append(Object.assign(document.createElement('p'), { textContent: line }));
  document.body.append(box);
}"""
"""Something to scroll that costs nothing: how quick the machine is now."""

SCROLL = """async (box) => {
  const frames = [];
  let rows = 0, last = performance.now(), way = box.scrollTop > 0 ? -400 : 400;
  for (let step = 0; step < 60; step++) {
    const before = box.scrollTop;
    box.scrollTop += way;
    if (box.scrollTop === before) way = -way;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    rows = Math.max(rows, box.querySelectorAll('.row, .session-row').length);
    last = now;
  }
  return { frame: frames.sort((a, b) => a - b)[30], rows };
}"""
"""Scroll far: how long the middle one of the frames takes, in milliseconds, and the most rows that are in the page."""


def _sessions(count: int) -> dict[str, Any]:
    one: dict[str, Any] = {
        "type": "playbook", "prompt": "A session", "status": "completed", "reason": "done", "error": None,
        "result": None,
        "createdAt": 1_800_000_000_000, "startedAt": None, "endedAt": None, "files": [], "pendingRequests": [],
        "url": "https://example.com", "title": None, "queuePosition": None, "lastSeq": 9,
        "usage": {"steps": 1, "inputTokens": 0, "outputTokens": 0, "cost": 0},
    }  # fmt: skip
    return {"success": True, "more": False, "sessions": [one | {"id": f"ses_{n:06}"} for n in range(count)]}


async def test_keys_do_everything_in_the_inbox(viewer: Viewer, house: House, lantern: list[str]) -> None:
    sessions = [await house.create(f'ask a person "Number {n}"') for n in (1, 2)]
    for one in sessions:
        await house.until(one, "waiting")
    page = await viewer.open("inbox")
    await expect(page.locator(".item")).to_have_count(2)
    await expect(page).to_have_title("(2) Zenobia")
    await page.keyboard.press("j")
    await expect(page.get_by_role("article")).to_contain_text("Number 2")
    await page.keyboard.press("k")
    await expect(page.get_by_role("article")).to_contain_text("Number 1")
    await page.keyboard.press("d")
    await page.keyboard.type("not today")
    await page.keyboard.press("Enter")
    await expect(page.locator(".item")).to_have_count(1)
    async with asyncio.timeout(10):
        while (await house.session(sessions[1]))["status"] == "waiting":
            await page.keyboard.press("a")

    assert (await house.until(sessions[0], "failed"))["reason"] == "denied"
    assert (await house.until(sessions[1], "completed"))["reason"] == "done"
