"""Fifty clients at once: every answer comes, in order, and every session runs and ends in its turn."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from tests.contract.speaking import connected
from tests.flows.conftest import Api
from zenobia.testing import scripted_server

CLIENTS = 50
CREATORS = 20
SLOTS = 4


async def test_a_crowd_is_answered_and_all_its_sessions_end(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", max_sessions=SLOTS) as kit, AsyncExitStack() as open_clients:
        api = Api(kit.url)
        open_clients.push_async_callback(api.close)
        crowd = [await open_clients.enter_async_context(connected(kit.url)) for _ in range(CLIENTS)]
        kit.browsers.hold()

        created = await asyncio.gather(
            *(client.ok("createSession", {"prompt": "open example.com"}) for client in crowd[:CREATORS])
        )
        others = await asyncio.gather(*(client.ok("listSessions") for client in crowd[CREATORS:]))

        assert [client.order for client in crowd] == [[1]] * CLIENTS
        assert {len(answer["sessions"]) for answer in others} == {CREATORS}
        ids = [session["id"] for session in reversed(others[0]["sessions"])]
        assert set(ids) == {answer["sessionId"] for answer in created}
        for session in ids[:SLOTS]:
            await api.until(session, lambda event: event["eventType"] == "action")
        statuses = [(await api.session(session))["status"] for session in ids]
        assert (statuses.count("running"), statuses.count("queued")) == (SLOTS, CREATORS - SLOTS)
        kit.browsers.release()
        ended = await asyncio.gather(*(api.ended(session) for session in ids))
        assert {session["status"] for session in ended} == {"completed"}
        starts = [session["startedAt"] for session in ended]
        assert starts == sorted(starts)


async def test_every_client_of_a_crowd_may_look_when_it_likes(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data") as kit, AsyncExitStack() as open_clients:
        crowd = [await open_clients.enter_async_context(connected(kit.url)) for _ in range(CLIENTS)]

        calls = [[await client.call("getHumanLayerRequests") for _ in range(20)] for client in crowd]
        await asyncio.gather(*(client.answer(mine[-1]) for client, mine in zip(crowd, calls, strict=True)))

        assert [client.order for client in crowd] == calls
