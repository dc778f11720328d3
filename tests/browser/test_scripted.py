"""The scripted twin does what the script says, and stops like the real one."""

import asyncio

import pytest

from zenobia.operators.addresses import address, origin
from zenobia.operators.base import Notice, Noticed, Outcome, Shot
from zenobia.operators.capture import size
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.protocol.action_errors import BlockedUrl, BrowserLost, TargetNotFound
from zenobia.protocol.actions import Action, Click, Open, Target
from zenobia.protocol.errors import BrowserUnavailable

CLICK = Click(target=Target(text="Buy"))


async def deaf(_: Notice) -> None:
    """Listen to nothing."""


async def test_actions_are_recorded_and_answered() -> None:
    browsers = ScriptedBrowsers({"click": Outcome("Clicked.")})
    operator = await browsers.open("one", deaf)

    await operator.act(Open(url="https://example.org"))

    assert (await operator.act(CLICK)).message == "Clicked."
    assert [action.verb for action in browsers.of("one").acted] == ["open", "click"]
    assert (await operator.observe()).url == "https://example.org"


async def test_a_script_can_fail_or_decide() -> None:
    def decide(action: Action) -> Outcome:
        return Outcome(f"saw {action.verb}")

    browsers = ScriptedBrowsers({"open": TargetNotFound(wanted="x", present="y"), "click": decide})
    operator = await browsers.open("one", deaf)

    with pytest.raises(TargetNotFound):
        await operator.act(Open(url="a"))
    assert (await operator.act(CLICK)).message == "saw click"


async def test_held_actions_end_when_the_browser_closes() -> None:
    browsers = ScriptedBrowsers()
    operator = await browsers.open("one", deaf)
    browsers.hold()
    acting = asyncio.ensure_future(operator.act(CLICK))
    await browsers.acting.wait()

    await browsers.close()

    with pytest.raises(BrowserLost):
        await acting


async def test_a_missing_browser_and_a_notice_can_be_scripted() -> None:
    with pytest.raises(BrowserUnavailable):
        await ScriptedBrowsers(error=BrowserUnavailable(problem="none")).open("one", deaf)
    heard: list[Notice] = []

    async def listen(notice: Notice) -> None:
        heard.append(notice)

    operator = await ScriptedBrowsers().open("one", listen)
    await operator.notice(Noticed("tab_opened", "A tab."))
    assert heard == [Noticed("tab_opened", "A tab.")]


async def test_its_picture_is_one_pixel_and_its_sight_follows_the_state() -> None:
    browsers = ScriptedBrowsers()
    operator = await browsers.open("one", deaf)
    assert size((await operator.screenshot(Shot())).data) == (1, 1)

    before = (await operator.sight(CLICK)).state
    browsers.state = "changed"

    assert (await operator.sight(CLICK)).state != before


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "https://example.org"),
        (" example.org:8443/a?b ", "https://example.org:8443/a?b"),
        ("localhost:8000/x", "http://localhost:8000/x"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:80", "http://[::1]:80"),
        ("HTTP://Example.org", "HTTP://Example.org"),
        ("//example.org", "https://example.org"),
        ("about:blank", "about:blank"),
    ],
)
def test_addresses_are_completed(typed: str, meant: str) -> None:
    assert address(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "file:///x", "JavaScript:alert(1)", "java\nscript:x", "http://", "blob:http://a/b"]
)
def test_addresses_that_lead_elsewhere_are_blocked(typed: str) -> None:
    with pytest.raises(BlockedUrl):
        address(typed)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://a.example:8443/x?y") == "https://a.example:8443"
    assert origin("about:blank") == "about:"
