"""Plain HTTP has bounds as well: a client that asks for too much is told so, and asks again."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.flows.conftest import PATIENCE, Api
from zenobia.testing import scripted_server

STREAM = {"Accept": "text/event-stream"}


async def test_too_many_commands_at_once_are_refused_and_may_be_sent_again(tmp_path: Path) -> None:
    async with (
        scripted_server(tmp_path, max_commands_per_second=5) as kit,
        httpx.AsyncClient(base_url=kit.url, timeout=PATIENCE) as http,
    ):
        answers = await asyncio.gather(*(http.get("/api/sessions") for _ in range(60)))

        refused = [one for one in answers if one.status_code == 429]
        assert len(answers) - len(refused) >= 20
        assert {one.json()["code"] for one in refused} == {"rate_limited"}
        assert {one.headers["Retry-After"] for one in refused} == {"1"}
        async with asyncio.timeout(PATIENCE):
            while (await http.get("/api/sessions")).status_code == 429:
                pass
        assert (await http.get("/api/health")).status_code == 200


async def test_a_stream_too_many_is_refused_until_one_ends(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_streams_per_client=2) as kit:
        await _until_two_are_open(kit.url, "streams of events for one client")


async def test_all_clients_together_have_a_bound_too(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_streams=2) as kit:
        await _until_two_are_open(kit.url, "streams of events")


async def _until_two_are_open(url: str, what: str) -> None:
    api = Api(url)
    events = f"/api/sessions/{await api.create()}/events"
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http, AsyncExitStack() as second:
        async with http.stream("GET", events, headers=STREAM) as first:
            assert first.status_code == 200
            await second.enter_async_context(http.stream("GET", events, headers=STREAM))
            refused = await http.get(events, headers=STREAM)
            assert (refused.status_code, refused.json()["code"]) == (429, "capacity")
            assert refused.json()["details"] == {"what": what, "limit": 2}
            assert (await http.get(events)).status_code == 200
        async with asyncio.timeout(PATIENCE):  # the server learns of the end as soon as it sends something
            while await _status(http, events) == 429:
                pass
    await api.close()


async def _status(http: httpx.AsyncClient, path: str) -> int:
    async with http.stream("GET", path, headers=STREAM) as response:
        return response.status_code
