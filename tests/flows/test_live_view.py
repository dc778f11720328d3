"""Live view: the first picture at once, the newest one to each viewer that is ready, and nothing drawn for nobody."""

import asyncio
from pathlib import Path

import pytest

from tests.flows.conftest import Api
from tests.flows.viewing import Viewer, viewer
from zenobia.operators.base import Lens
from zenobia.operators.scripted import DOT, ScriptedOperator
from zenobia.sessions import live
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server


async def open_session(api: Api) -> str:
    """A session with a browser, which waits for what to do."""
    session = await api.create(sessionType="manual")
    await api.until(session, lambda event: event["status"] == "waiting")
    return session


async def unwatched(operator: ScriptedOperator) -> None:
    """Wait until nobody looks at the browser any more."""
    async with asyncio.timeout(1):
        await operator.unwatched.wait()


async def test_who_begins_to_watch_is_shown_the_browser_at_once(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    async with viewer(kit.url) as one:
        await one.ok("startLiveView", sessionId=session)
        frame = await one.frame()

    assert frame["picture"] == DOT
    assert (frame["sessionId"], frame["number"], frame["mimeType"]) == (session, 1, "image/jpeg")
    assert (frame["window"]["width"], frame["window"]["url"]) == (100, "about:blank")
    assert frame["window"]["tabs"] == [{"number": 1, "title": "", "url": "about:blank", "current": True}]


async def test_a_page_is_drawn_once_for_all_and_for_nobody_not_at_all(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    operator = kit.browsers.of(session)
    async with viewer(kit.url) as one, viewer(kit.url, role="observer") as other:
        assert (operator.lenses, operator.watched) == ([], 0)
        await one.ok("startLiveView", sessionId=session)
        await one.frame()
        await other.ok("startLiveView", sessionId=session)
        late = await other.frame()
        operator.show()
        await one.frame(lambda frame: frame["number"] == 2)
        await other.frame(lambda frame: frame["number"] == 2)
        assert (late["number"], len(operator.lenses), operator.watched) == (1, 1, 1)

        await one.ok("stopLiveView", sessionId=session)
        assert operator.watched == 1
        await other.close()
        await unwatched(operator)

    assert len(operator.lenses) == 1


async def test_a_viewer_that_takes_nothing_gets_one_frame_and_nobody_notices(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    operator = kit.browsers.of(session)
    async with viewer(kit.url, stuck=True) as stuck, viewer(kit.url) as quick:
        await stuck.ok("startLiveView", sessionId=session)
        await stuck.frame()
        await quick.ok("startLiveView", sessionId=session)
        for number in range(2, 12):
            operator.show()
            await quick.frame(lambda frame, number=number: frame["number"] == number)
        await stuck.ok("getSession", sessionId=session)  # answered behind whatever was sent before

        assert [frame["number"] for frame in stuck.frames] == [1]
        assert len(quick.frames) == 11


class Clock:
    """Time that passes when the test says so."""

    now = 100.0

    def monotonic(self) -> float:
        """Now."""
        return self.now


async def look(one: Viewer, operator: ScriptedOperator, clock: Clock, *, times: int, seconds: float) -> None:
    """Take so many pictures, each after so many seconds, of a browser that always shows another."""
    for _ in range(times):
        seen = len(one.frames)
        clock.now += seconds
        one.take()
        operator.show()
        await one.frame(lambda _, seen=seen: len(one.frames) > seen)


async def test_pictures_are_smaller_as_long_as_a_viewer_does_not_keep_up(
    kit: Kit, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(live, "time", clock)
    monkeypatch.setattr(live, "BETWEEN", 0)
    monkeypatch.setattr(live, "STEADY", 1.0)
    session = await open_session(api)
    operator = kit.browsers.of(session)
    async with viewer(kit.url, stuck=True) as one:
        await one.ok("startLiveView", sessionId=session, quality=60, maxWidth=1000, maxHeight=800)
        await one.frame()
        await look(one, operator, clock, times=8, seconds=2 * live.SLOW)
        smaller = list(operator.lenses)
        await look(one, operator, clock, times=90, seconds=live.FAST / 2)

    assert smaller == [Lens(60, 1000, 800), Lens(45, 1000, 800), Lens(36, 750, 600), Lens(27, 500, 400)]
    assert operator.lenses[len(smaller) :] == smaller[-2::-1]


async def test_events_come_to_who_takes_no_frame(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    async with viewer(kit.url, stuck=True) as stuck:
        await stuck.ok("joinSession", sessionId=session)
        await stuck.ok("startLiveView")
        await stuck.frame()

        await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "open example.com"})

        await stuck.event(lambda event: event["eventType"] == "action" and event["data"]["phase"] == "done")


async def test_who_is_not_the_active_client_goes_on_watching(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    async with viewer(kit.url) as one:
        await one.ok("startLiveView", sessionId=session)
        await one.frame()
        async with viewer(kit.url):
            kit.browsers.of(session).show()

            assert (await one.frame(lambda frame: frame["number"] == 2))["sessionId"] == session


async def test_a_view_opened_before_there_is_a_browser_shows_it_when_it_comes(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", ScriptedBrowsers(), max_sessions=1) as kit:
        api = Api(kit.url)
        first = await open_session(api)
        second = await api.create(sessionType="manual")
        async with viewer(kit.url) as one:
            await one.ok("startLiveView", sessionId=second)
            await api.ok("POST", f"/api/sessions/{first}/cancel")

            assert (await one.frame())["sessionId"] == second
        await api.close()


async def test_a_view_follows_the_browser_that_takes_the_place_of_a_lost_one(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    lost = kit.browsers.of(session)
    async with viewer(kit.url) as one:
        await one.ok("startLiveView", sessionId=session)
        await one.frame()
        await lost.close()
        await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "open example.com"})

        await one.frame(lambda frame: frame["window"]["url"] == "example.com")


async def test_an_ended_session_is_not_watched(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    async with viewer(kit.url) as one:
        await one.ok("startLiveView", sessionId=session)
        await one.frame()
        await api.ok("POST", f"/api/sessions/{session}/cancel")
        await unwatched(kit.browsers.of(session))

        await one.refused("session_ended", "startLiveView", sessionId=session)
        await one.refused("unknown_session", "startLiveView", sessionId="ses_nowhere")
        await one.refused("no_current_session", "startLiveView")
        await one.ok("stopLiveView", sessionId=session)


async def test_one_client_watches_so_many_sessions_and_no_more(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", ScriptedBrowsers(), max_sessions=1) as kit:
        api = Api(kit.url)
        sessions = [await api.create(sessionType="manual") for _ in range(33)]
        async with viewer(kit.url) as one:
            for session in sessions[:32]:
                await one.ok("startLiveView", sessionId=session)
            await one.refused("capacity", "startLiveView", sessionId=sessions[32])
            await one.ok("stopLiveView", sessionId=sessions[0])
            await one.ok("startLiveView", sessionId=sessions[32])
        await api.close()
