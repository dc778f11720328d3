"""Several servers on one PostgreSQL: whichever one a client asks, it is the same house."""

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import socketio

from tests.flows.conftest import Api
from tests.flows.server import ServerProcess
from tests.postgres import Postgres
from zenobia.app import NeedsDatabase, working
from zenobia.operators.base import Outcome
from zenobia.protocol.events import EVENT_NAME
from zenobia.settings import Settings
from zenobia.testing import ScriptedBrowsers, scripted_server

BUY = 'open shop.example then click "Place order" (ask first)'
LEASE = 1.0


@dataclass(frozen=True, slots=True)
class Shared:
    """The settings that make servers one."""

    database: str
    blobs: Path
    folder: Path

    def settings(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "data_dir": self.folder / name,
            "database": self.database,
            "blobs": str(self.blobs),
            "lease": LEASE,
            **more,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """A server without browsers, which clients speak with, and one that runs the sessions."""

    here: Api
    there: Api
    here_url: str
    there_url: str
    browsers: ScriptedBrowsers


@pytest.fixture
def shared(postgres: Postgres, tmp_path: Path) -> Shared:
    """What servers share: a database and a place for bytes."""
    return Shared(postgres.database(), tmp_path / "blobs", tmp_path)


@pytest.fixture
async def pair(shared: Shared) -> AsyncGenerator[Pair]:
    """Both servers, neither of which is taken for dead where it is only slow."""
    async with (
        serving(shared, "here", worker=False, lease=30) as here,
        serving(shared, "there", lease=30) as there,
    ):
        apis = Api(here.url), Api(there.url)
        yield Pair(*apis, here.url, there.url, there.browsers)
        for api in apis:
            await api.close()


def serving(shared: Shared, name: str, **more: Any) -> Any:
    settings = shared.settings(name, **more)
    return scripted_server(settings.pop("data_dir"), **settings)


async def test_a_session_that_runs_elsewhere_is_followed_and_approved_here(pair: Pair) -> None:
    session = await pair.here.create(BUY)

    request = await pair.here.asked(session)
    await pair.here.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    ended = await pair.here.ended(session)

    assert ended["status"] == "completed"
    assert [action.verb for action in pair.browsers.of(session).acted] == ["open", "click"]
    assert await pair.here.events(session) == await pair.there.events(session)


async def test_a_cancel_here_stops_everything_there_before_it_answers(pair: Pair) -> None:
    pair.browsers.hold()
    session = await pair.here.create('open example.com then click "Buy"')
    await pair.browsers.acting.wait()

    answer = await pair.here.ok("POST", f"/api/sessions/{session}/cancel")

    assert answer["session"]["status"] == "cancelled"
    assert pair.browsers.of(session).closed
    assert [action.verb for action in pair.browsers.of(session).acted] == ["open"]


async def test_a_live_picture_comes_from_the_server_that_has_the_browser(pair: Pair) -> None:
    session = await pair.here.create(BUY)
    await pair.here.asked(session)

    picture = await pair.here.ok("GET", f"/api/sessions/{session}/screenshot")

    assert (picture["live"], picture["mimeType"], picture["url"]) == (True, "image/png", "shop.example")


async def test_a_browser_is_watched_and_driven_through_the_server_that_has_it(pair: Pair) -> None:
    session = await pair.here.create(BUY)
    await pair.here.asked(session)

    refused = [
        await pair.here.answer("POST", f"/api/sessions/{session}/{what}", {}) for what in ("live/start", "control/take")
    ]
    taken = await pair.there.ok("POST", f"/api/sessions/{session}/control/take", {})
    status, elsewhere = await pair.here.answer(
        "POST", f"/api/sessions/{session}/control/release", {"controlId": taken["controlId"]}
    )

    assert [(status, answer["code"]) for status, answer in refused] == [(409, "runs_elsewhere")] * 2
    assert (status, elsewhere["code"]) == (409, "runs_elsewhere")


async def test_a_kept_picture_is_read_from_where_all_servers_keep_them(pair: Pair) -> None:
    session = await pair.here.create("open example.com")
    await pair.here.ended(session)

    picture = await pair.here.ok("GET", f"/api/sessions/{session}/screenshot")

    assert picture["live"] is False


async def test_a_client_stops_being_told_when_another_connects_to_another_server(pair: Pair) -> None:
    pair.browsers.hold()
    session = await pair.here.create("open example.com")
    await pair.browsers.acting.wait()
    first, second = Listener(), Listener()
    try:
        await first.connect(pair.here_url, session)
        await pair.here.ok("POST", f"/api/sessions/{session}/pause")
        await first.until("paused")
        await second.connect(pair.there_url, session)
        await pair.here.ok("POST", f"/api/sessions/{session}/resume")
        await second.until("running")
        assert "running" not in first.told

        await first.emit("getSession", session)
        await first.until("running")  # active again, it first gets what it missed
    finally:
        await first.disconnect()
        await second.disconnect()


async def test_a_killed_server_is_noticed_and_its_sessions_go_on_elsewhere(shared: Shared) -> None:
    doomed = ServerProcess("go back", **shared.settings("doomed"))
    try:
        api = Api(await doomed.url())
        waiting, running = await api.create(BUY), await api.create("open example.com then go back")
        request = await api.asked(waiting)
        await api.until(running, lambda event: event["data"].get("step") == 2)
        await api.close()
    finally:
        doomed.kill()

    async with serving(shared, "heir") as heir:
        api = Api(heir.url)
        await api.until(running, lambda event: "does not answer" in event["message"])
        question = await api.asked(running)
        assert "Was this done?" in question["title"]
        await api.ok("POST", f"/api/human-layer/requests/{question['id']}/respond", {"response": "It was."})
        assert (await api.ended(running))["status"] == "completed"
        [left] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        assert (left["id"], left["expiresAt"]) == (request["id"], request["expiresAt"])
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(waiting)
        await api.close()

    assert ended["status"] == "completed"
    assert [action.verb for action in heir.browsers.of(waiting).acted].count("click") == 1


async def test_a_server_that_slept_through_its_lease_stands_down(shared: Shared) -> None:
    sleeper = ServerProcess(**shared.settings("sleeper"))
    try:
        old = Api(await sleeper.url())
        session = await old.create(BUY)
        request = await old.asked(session)
        sleeper.send(signal.SIGSTOP)
        async with serving(shared, "heir") as heir:
            api = Api(heir.url)
            heir.browsers.hold()
            await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
            await heir.browsers.acting.wait()
            sleeper.send(signal.SIGCONT)
            await nothing_runs_at(old)
            heir.browsers.release()

            ended = await api.ended(session)
            events = await api.events(session)
            await api.close()
        await old.close()
    finally:
        sleeper.kill()

    done = [event["data"]["phase"] for event in events if event["data"].get("step") == 2]
    assert (ended["status"], done) == ("completed", ["started", "done"])
    assert [action.verb for action in heir.browsers.of(session).acted] == ["click"]


async def test_servers_may_start_at_the_same_moment_on_an_empty_database(shared: Shared) -> None:
    servers = [ServerProcess(**shared.settings(name)) for name in ("one", "two")]
    try:
        one, two = [Api(url) for url in await asyncio.gather(*(server.url() for server in servers))]
        session = await one.create("open example.com")
        assert (await two.ended(session))["status"] == "completed"
        await one.close()
        await two.close()
    finally:
        for server in servers:
            server.kill()


async def test_a_database_that_goes_away_costs_no_session(postgres: Postgres, pair: Pair) -> None:
    waiting = await pair.here.create(BUY)
    request = await pair.here.asked(waiting)
    postgres.stop()
    try:
        status, refused = await pair.here.answer("POST", "/api/sessions", {"prompt": "open example.com"})
        health, _ = await pair.here.answer("GET", "/api/health")
    finally:
        postgres.start()

    assert (status, refused["code"], refused["retryable"], health) == (503, "storage_unavailable", True, 503)
    async with asyncio.timeout(5):
        assert (await pair.here.ended(await pair.here.create("open example.com")))["status"] == "completed"
    await pair.here.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    assert (await pair.here.ended(waiting))["status"] == "completed"


async def test_a_stream_goes_on_when_the_database_is_back(
    postgres: Postgres, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.server.events.KEEP_ALIVE", 0.05)  # so that it surely looks while there is no database
    session = await pair.here.create(BUY)
    request = await pair.here.asked(session)
    path, accept = f"/api/sessions/{session}/events", {"Accept": "text/event-stream"}
    async with asyncio.timeout(30), pair.here.http.stream("GET", path, headers=accept) as stream:
        lines = aiter(stream.aiter_lines())
        await told(lines, request["id"])
        postgres.stop()
        try:
            await told(lines, ": the store does not answer")
        finally:
            postgres.start()
        await pair.there.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        await told(lines, '"status":"completed"')


async def told(lines: AsyncIterator[str], words: str) -> None:
    """Read until a line has these words."""
    async for line in lines:
        if words in line:
            return
    raise AssertionError(words)


async def test_an_action_under_way_when_the_database_goes_away_is_recorded_once_it_is_back(
    postgres: Postgres, shared: Shared
) -> None:
    async with serving(shared, "one", lease=10) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        session = await api.create('open example.com then click "Buy"')
        await kit.browsers.acting.wait()
        postgres.stop()
        kit.browsers.release()
        postgres.start()

        ended = await api.ended(session)
        phases = [one["data"]["phase"] for one in await api.events(session) if one["eventType"] == "action"]
        await api.close()

    assert (ended["status"], phases) == ("completed", ["started", "done"] * 2)
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open", "click"]


async def test_a_worker_runs_what_a_server_without_browsers_is_asked(shared: Shared) -> None:
    browsers = ScriptedBrowsers()
    chosen = shared.settings("worker")
    async with serving(shared, "server", worker=False) as server, working(Settings(**chosen), browsers=browsers):
        api = Api(server.url)
        session = await api.create("open example.com")
        assert (await api.ended(session))["status"] == "completed"
        await api.close()

    assert [action.verb for action in browsers.of(session).acted] == ["open"]


async def test_a_worker_without_a_database_to_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeedsDatabase):
        async with working(Settings(data_dir=tmp_path)):
            raise AssertionError


class Listener:
    """A Socket.IO client that keeps which statuses it was told."""

    _client: Any  # the library ships no types

    def __init__(self) -> None:
        self.told: list[str] = []
        self._news = asyncio.Condition()
        self._client = socketio.AsyncClient(reconnection=False, request_timeout=30)
        self._client.on(EVENT_NAME, self._heard)

    async def connect(self, url: str, session: str) -> None:
        await self._client.connect(url, transports=["websocket"], wait_timeout=30)
        await self.emit("joinSession", session)

    async def emit(self, command: str, session: str) -> None:
        answer = await self._client.call(command, {"sessionId": session})
        assert answer["success"], answer

    async def disconnect(self) -> None:
        await self._client.disconnect()

    async def until(self, status: str) -> None:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: status in self.told)

    async def _heard(self, event: dict[str, Any]) -> None:
        async with self._news:
            self.told.append(event["status"])
            self._news.notify_all()


async def nothing_runs_at(api: Api) -> None:
    """Wait until the server behind `api` has let go of every session."""
    async with asyncio.timeout(5):
        while (await api.answer("GET", "/api/health"))[1]["sessionsRunning"] != 0:
            continue


async def test_no_text_of_a_page_or_an_address_is_taken_for_an_outage(pair: Pair) -> None:
    pair.browsers.answers["open"] = Outcome("Opened a\0b.", "https://a.example", "a\0b\ud800c", {"x\0": "\udfff"})
    session = await pair.here.create("open a.example")
    ended = await pair.here.ended(session)
    paths = [f"/api/sessions/{{}}/{part}" for part in ("events", "pictures/x", "screenshot")] + ["/api/files/{}"]

    answers = [await pair.here.answer("GET", path.format("%00")) for path in paths]
    answers.append(await pair.here.answer("GET", "/api/files?before=%00"))

    assert (ended["status"], ended["title"]) == ("completed", "a\ufffdb\ufffdc")
    assert [(status, answer["code"]) for status, answer in answers] == [(400, "invalid_payload")] * 5
