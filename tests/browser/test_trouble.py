"""What pages do to a session, and that it goes on: dialogs, loops, crashes, windows, too much of anything."""

import asyncio
import time

import pytest

from zenobia.operators.base import Dialog, Shot
from zenobia.operators.cdp import tell
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.restoring import checkpoint_of
from zenobia.protocol.action_errors import ActionFailed, BrowserLost, DialogOpen, PageUnresponsive

from .conftest import Ask, Visit


@pytest.mark.parametrize(
    ("button", "kind"), [("Show an alert", "alert"), ("Ask to confirm", "confirm"), ("Ask for a name", "prompt")]
)
async def test_a_dialog_stays_until_a_person_answers_it(visit: Visit, button: str, kind: str) -> None:
    await visit.go("/dialogs")

    outcome = await visit.do("click", target=button)

    assert "stays until it is answered" in outcome.message
    assert (await visit.told("dialog_opened")).details["kind"] == kind
    for refused in (visit.do("click", target=button), visit.do("open", url=visit.site), visit.do("close tab")):
        with pytest.raises(DialogOpen):
            await refused
    seen = await visit.operator.observe()
    assert isinstance(seen.dialog, Dialog)
    assert seen.dialog.kind == kind


async def test_a_confirm_counts_only_when_it_is_accepted(visit: Visit, ask: Ask) -> None:
    before = (await ask("/dialogs/counter.json"))["count"]
    await visit.go("/dialogs")

    await visit.do("click", target="Ask to confirm")
    assert (await ask("/dialogs/counter.json"))["count"] == before
    await visit.do("answer dialog", accept=False)
    assert (await ask("/dialogs/counter.json"))["count"] == before
    await visit.do("click", target="Ask to confirm")
    await visit.do("answer dialog", accept=True)

    assert (await ask("/dialogs/counter.json"))["count"] == before + 1


async def test_a_prompt_takes_a_text(visit: Visit) -> None:
    await visit.go("/dialogs")
    await visit.do("click", target="Ask for a name")

    await visit.do("answer dialog", accept=True, text="Ada")

    assert "Ada" in await visit.snapshot()


async def test_leaving_a_page_with_unsaved_work_asks_first(visit: Visit) -> None:
    await visit.go("/dialogs")
    await visit.do("check", target="Ask before leaving this page")

    await visit.do("click", target="a link away")
    assert (await visit.told("dialog_opened")).details["kind"] == "beforeunload"
    assert (await visit.do("answer dialog", accept=False)).url == f"{visit.site}/dialogs"
    await visit.do("click", target="a link away")

    assert (await visit.do("answer dialog", accept=True)).url == f"{visit.site}/"


async def test_answering_no_dialog_is_refused(visit: Visit) -> None:
    with pytest.raises(ActionFailed):
        await visit.do("answer dialog", accept=True)


async def test_a_page_behind_a_dialog_can_still_be_seen(visit: Visit) -> None:
    await visit.go("/dialogs")
    await visit.do("click", target="Show an alert")

    picture = await visit.operator.screenshot(Shot())

    assert (picture.width, picture.height) == (1280, 800)


async def test_a_browser_with_an_open_dialog_closes_in_time(visit: Visit) -> None:
    await visit.go("/dialogs")
    await visit.do("click", target="Show an alert")
    started = time.monotonic()

    await visit.operator.close()

    assert time.monotonic() - started < 2


async def test_a_page_that_hangs_is_stopped_and_the_session_goes_on(visit: Visit) -> None:
    await visit.go("/hang")
    started = time.monotonic()

    with pytest.raises(PageUnresponsive):
        await visit.do("click", target="Hang this page")

    assert time.monotonic() - started < 5
    assert "Counter" in (await visit.go("/counter")).message


async def test_a_page_that_hangs_while_it_loads_is_stopped(visit: Visit) -> None:
    started = time.monotonic()

    with pytest.raises(PageUnresponsive):
        await visit.go("/hang?now=1")

    assert time.monotonic() - started < 5
    assert "Counter" in (await visit.go("/counter")).message


@pytest.mark.parametrize("before", ["/counter", None])
async def test_a_page_whose_server_takes_its_time_is_waited_for(visit: Visit, before: str | None) -> None:
    if before is not None:
        await visit.go(before)

    visit.operator.hands.seconds = 8
    outcome = await visit.go("/slow?seconds=4")  # longer than a page may hang

    assert "Slow" in outcome.message


async def test_a_link_whose_server_takes_its_time_is_waited_for(visit: Visit) -> None:
    await visit.go("/")

    visit.operator.hands.seconds = 8
    outcome = await visit.do("click", target="Slow")  # it takes five seconds

    assert "/slow" in (outcome.url or "")


async def test_a_page_that_hangs_again_and_again_gets_a_new_process(visit: Visit) -> None:
    await visit.go("/counter")
    page = visit.operator.window.current.page
    await page.evaluate("setInterval(() => { const until = Date.now() + 60000; while (Date.now() < until); }, 0)")

    with pytest.raises(PageUnresponsive):
        await visit.do("click", target="Count")

    assert await visit.read("Count so far")


async def test_a_picture_of_a_page_that_hangs_is_what_it_last_showed(visit: Visit) -> None:
    await visit.go("/hang")
    hanging = asyncio.ensure_future(visit.do("click", target="Hang this page"))
    await visit.operator.window.current.moved.next(time.monotonic() + 0.3)

    picture = await visit.operator.screenshot(Shot(format="jpeg"))

    assert picture.width == 1280
    with pytest.raises(PageUnresponsive):
        await hanging


async def test_closing_while_a_page_hangs_is_quick(visit: Visit) -> None:
    await visit.go("/hang")
    hanging = asyncio.ensure_future(visit.do("click", target="Hang this page"))
    await visit.operator.window.current.moved.next(time.monotonic() + 0.3)
    started = time.monotonic()

    await visit.operator.close()

    assert time.monotonic() - started < 2
    with pytest.raises(BrowserLost):
        await hanging
    with pytest.raises(BrowserLost):
        await visit.go("/counter")


async def test_a_page_that_was_closed_is_not_brought_back_by_who_would_replace_it(visit: Visit) -> None:
    await visit.go("/counter")
    window = visit.operator.window
    gone = window.current
    await visit.do("close tab")
    fresh = await window.replace(gone, f"{visit.site}/counter")

    assert fresh in window.tabs
    assert fresh.page.url == "about:blank"


async def test_a_page_that_crashes_is_opened_again(visit: Visit) -> None:
    await visit.go("/counter")
    cdp = await visit.operator.window.current.attach()
    crashing = asyncio.ensure_future(tell(cdp, "Page.crash"))

    await visit.told("page_crashed")
    await visit.operator.window.whole(time.monotonic() + 5)

    assert await visit.read("Count so far")
    crashing.cancel()


@pytest.mark.parametrize("button", ["Open in a new tab", "Open a window"])
async def test_a_new_window_becomes_the_current_tab(visit: Visit, button: str) -> None:
    await visit.go("/popup")

    outcome = await visit.do("click", target=button)

    assert outcome.url is not None
    assert outcome.url.startswith(f"{visit.site}/popup/window")
    await visit.told("tab_opened")
    assert [tab.current for tab in (await visit.operator.observe()).tabs] == [False, True]


async def test_a_session_has_at_most_eight_tabs(visit: Visit) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.evaluate("for (let i = 0; i < 12; i++) open('about:blank')")

    await visit.told("too_many_tabs")

    assert len((await visit.operator.observe()).tabs) <= 8


async def test_what_a_browser_held_that_is_gone_before_anybody_noticed_is_lost_and_no_fault_of_ours(
    visit: Visit,
) -> None:
    window = visit.operator.window
    await window.context.close()

    with pytest.raises(BrowserLost):
        await checkpoint_of(window)


async def test_permissions_are_denied(visit: Visit) -> None:
    await visit.go("/counter")

    state = await visit.operator.window.current.page.evaluate(
        "Promise.all(['geolocation', 'notifications', 'camera'].map(name => "
        "navigator.permissions.query({name}).then(status => status.state)))"
    )

    assert state == ["denied"] * 3


async def test_sessions_share_nothing(visit: Visit, browsers: ChromiumBrowsers, site: str) -> None:
    await visit.go("/counter")
    await visit.operator.window.current.page.evaluate("document.cookie = 'mine=1'; localStorage.mine = 1")
    other = Visit(await browsers.open("other", visit.hear), site)
    try:
        await other.go("/counter")
        kept = await other.operator.window.current.page.evaluate("[document.cookie, localStorage.length]")
    finally:
        await other.operator.close()

    assert kept == ["", 0]


async def test_a_download_that_is_too_large_is_broken_off(visit: Visit) -> None:
    await visit.go("/downloads")
    visit.operator.window.downloads.most_bytes = 10

    with pytest.raises(ActionFailed):
        await visit.do("download", target="report")

    await visit.told("download_failed")
