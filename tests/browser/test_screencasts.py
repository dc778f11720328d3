"""Live pictures: the first at once, then whatever changes, of the tab that is current; and nothing for nobody."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from io import BytesIO

from PIL import Image, ImageStat

from zenobia.operators.base import Frame, Lens
from zenobia.operators.capture import size

from .conftest import Visit

PATIENCE = 20.0
RENAME = "document.body.style.background = 'pink'; document.title = '(1) Counter'"
BLINK = "setInterval(() => document.body.style.background = document.body.style.background ? '' : 'pink', 20)"


def mean(frame: Frame) -> tuple[float, ...]:
    """How red, green and blue a frame is."""
    return tuple(ImageStat.Stat(Image.open(BytesIO(frame.data))).mean)


async def following(frames: AsyncGenerator[Frame], fact: Callable[[Frame], bool] = lambda _: True) -> Frame:
    """The next frame of which the fact is true."""
    async with asyncio.timeout(PATIENCE):
        async for frame in frames:
            if fact(frame):
                return frame
    raise AssertionError


async def test_a_still_page_is_shown_at_once(visit: Visit) -> None:
    await visit.go("/counter")

    async with aclosing(visit.operator.frames(Lens())) as frames:
        frame = await following(frames)

    assert size(frame.data) == (1280, 800)
    assert (frame.shown.width, frame.shown.height) == (1280, 800)
    assert (frame.shown.url, frame.shown.title) == (f"{visit.site}/counter", "Counter · Saltmarsh")


async def test_it_is_no_larger_than_wanted(visit: Visit) -> None:
    await visit.go("/counter")

    async with aclosing(visit.operator.frames(Lens(quality=30, width=640, height=640))) as frames:
        frame = await following(frames)

    assert size(frame.data) == (640, 400)
    assert (frame.shown.width, frame.shown.height) == (1280, 800)


async def test_it_follows_what_changes_and_which_tab_is_current(visit: Visit) -> None:
    await visit.go("/counter")
    async with aclosing(visit.operator.frames(Lens())) as frames:
        first = await following(frames)
        await visit.do("click", target="Count")
        changed = await following(frames, lambda frame: frame.data != first.data)
        await visit.do("new tab", url=f"{visit.site}/news")
        other = await following(frames, lambda frame: frame.shown.url.endswith("/news"))

    assert changed.shown.url.endswith("/counter")
    assert [tab.current for tab in other.shown.tabs] == [False, True]
    assert visit.operator.screencasts.started == visit.operator.screencasts.ended == 2


async def test_a_title_that_the_page_changes_is_shown(visit: Visit) -> None:
    await visit.go("/counter")
    async with aclosing(visit.operator.frames(Lens())) as frames:
        await following(frames)
        await visit.operator.window.current.page.evaluate(RENAME)
        renamed = await following(frames, lambda frame: frame.shown.title != "Counter · Saltmarsh")

    assert renamed.shown.title == "(1) Counter"
    assert [tab.title for tab in renamed.shown.tabs] == ["(1) Counter"]


async def test_an_address_that_the_page_changes_is_shown_though_nothing_is_drawn(visit: Visit) -> None:
    await visit.go("/counter")
    async with aclosing(visit.operator.frames(Lens())) as frames:
        await following(frames)
        await visit.operator.window.current.page.evaluate("history.pushState({}, '', '/counter?step=2')")
        there = await following(frames, lambda frame: frame.shown.url.endswith("/counter?step=2"))

    assert [tab.url for tab in there.shown.tabs] == [f"{visit.site}/counter?step=2"]


async def test_a_dialog_is_told_though_the_page_stands_still(visit: Visit) -> None:
    await visit.go("/dialogs")
    async with aclosing(visit.operator.frames(Lens())) as frames:
        await following(frames)
        await visit.do("click", target="Show an alert")
        held = await following(frames, lambda frame: frame.shown.dialog is not None)
        await visit.do("answer dialog", accept=True)
        await following(frames, lambda frame: frame.shown.dialog is None)

    assert held.shown.dialog is not None
    assert held.shown.dialog.kind == "alert"


async def test_a_page_that_is_held_by_a_dialog_is_shown_to_who_comes_late(visit: Visit) -> None:
    await visit.go("/dialogs")
    await visit.do("click", target="Show an alert")

    async with aclosing(visit.operator.frames(Lens())) as frames:
        frame = await following(frames)

    assert size(frame.data)[0] > 0
    assert frame.shown.dialog is not None


async def test_who_was_away_is_shown_the_newest_and_the_browser_drew_no_more_than_two(visit: Visit) -> None:
    await visit.go("/counter")
    page = visit.operator.window.current.page
    async with aclosing(visit.operator.frames(Lens())) as frames:
        first = await following(frames)
        await page.evaluate(BLINK)
        await page.evaluate("new Promise(done => setTimeout(done, 400))")  # it blinked twenty times
        await page.evaluate("for (let i = 0; i < 999; i++) clearInterval(i)")
        await page.evaluate("document.body.innerHTML = '<div style=\"height: 900px; background: lime\">'")
        left: list[Frame] = []
        await following(frames, lambda frame: left.append(frame) or mean(frame)[1] > 200 > mean(frame)[0] + 100)

    assert first.data != left[-1].data
    assert len(left) <= 4


async def test_a_page_that_crashes_is_shown_again(visit: Visit) -> None:
    await visit.go("/counter")
    async with aclosing(visit.operator.frames(Lens())) as frames:
        await following(frames)
        tab = visit.operator.window.current
        crash = asyncio.ensure_future(tab.page.goto("chrome://crash"))
        frame = await following(frames, lambda frame: visit.operator.window.current is not tab)
        await asyncio.gather(crash, return_exceptions=True)

    assert size(frame.data)[0] > 0
