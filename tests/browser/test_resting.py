"""When a page counts as at rest: not before what an action set off is there, and no later than that can be known."""

import asyncio

import pytest
from playwright.async_api import Request

from tests.browser.conftest import Visit
from zenobia.operators import page
from zenobia.operators.page import LivePage

SETS_OFF = {
    "a timer": "setTimeout(say, 15)",
    "a message": "const line = new MessageChannel(); line.port1.onmessage = say; line.port2.postMessage(0)",
    "a promise": "Promise.resolve().then(() => Promise.resolve()).then(say)",
}


@pytest.mark.parametrize("how", SETS_OFF)
async def test_what_comes_a_moment_after_an_action_is_there_when_it_is_over(visit: Visit, how: str) -> None:
    await visit.operator.window.current.page.set_content(
        f"<button onclick='later()'>Go</button><p></p><script>"
        f"const say = () => {{ document.querySelector('p').textContent = 'Arrived'; }};"
        f"const later = () => {{ {SETS_OFF[how]}; }}</script>"
    )

    await visit.do("click", target="Go")

    assert "Arrived" in await visit.snapshot()


async def test_a_page_is_at_rest_as_soon_as_its_browser_has_nothing_to_do_for_the_moment_that_would_be_waited(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment never ends here, and how long there is nothing to do is what the page says."""
    monkeypatch.setattr(page, "CALM", page.CALM.replace("still(20)", "still(1e9)"))
    monkeypatch.setattr(page, "CALM_WITHIN", 60.0)
    current = visit.operator.window.current.page
    await current.set_content("<button>Go</button>")
    await current.evaluate(
        "() => { window.left = [10, 1e8, 2e9, 2e9]; "
        "window.requestIdleCallback = told => setTimeout(told, 1, {timeRemaining: () => window.left.shift()}); }"
    )

    await visit.do("press", key="Tab")

    assert await current.evaluate("window.left") == [2e9], "it was asked until there was enough, and then no more"


async def test_a_page_that_asked_to_go_somewhere_is_waited_for_though_the_browser_has_yet_to_say_so(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = LivePage._on_request  # pyright: ignore[reportPrivateUsage]

    def late(self: LivePage, request: Request) -> None:
        asyncio.get_running_loop().call_later(0.2, told, self, request)

    monkeypatch.setattr(LivePage, "_on_request", late)
    monkeypatch.setattr(page, "LEAVES_WITHIN", 10.0)
    await visit.go("/")
    current = await visit.operator.window.open()
    await current.page.route("**/there", lambda route: route.fulfill(body="<title>There</title>", status=200))
    await current.page.goto(f"{visit.site}/about")
    await current.page.set_content("<form action=/there><input autofocus></form>")
    await current.page.focus("input")

    outcome = await visit.do("press", key="Enter")

    assert outcome.url is not None
    assert "/there" in outcome.url
