"""A half of the server that is loaded later answers what came before."""

import asyncio
import threading
from contextlib import suppress

import httpx
import pytest
from starlette.responses import Response

from zenobia.server.edge import App
from zenobia.server.later import LaterApp


async def test_a_request_that_comes_early_waits_and_is_answered() -> None:
    made: list[App] = []

    def make() -> App:
        made.append(Response("here"))
        return made[-1]

    later = LaterApp(make)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(later), base_url="http://test") as client:
        early = asyncio.create_task(client.get("/"))
        await asyncio.sleep(0)
        assert not made
        await later.load()

        assert (await early).text == (await client.get("/")).text == "here"
    assert len(made) == 1


async def test_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    later = LaterApp(lambda: Response("here"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(later), base_url="http://test") as client:
        hasty, patient = (asyncio.create_task(client.get("/")) for _ in range(2))
        await asyncio.sleep(0)
        hasty.cancel()
        await asyncio.wait({hasty})
        await later.load()

        assert (await patient).text == "here"


async def test_who_waits_for_what_cannot_be_loaded_is_told_that_the_server_ends() -> None:
    def fail() -> App:
        raise LookupError

    later = LaterApp(fail)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(later), base_url="http://test") as client:
        early = asyncio.create_task(client.get("/"))
        await asyncio.sleep(0)
        with pytest.raises(LookupError):
            await later.load()

        for answer in (await early, await client.get("/")):
            assert (answer.status_code, answer.json()["code"]) == (503, "server_draining")


async def test_who_waits_when_the_server_stops_while_it_loads_is_told_so() -> None:
    go_on = threading.Event()

    def slowly() -> App:
        go_on.wait(10)
        return Response("here")

    later = LaterApp(slowly)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(later), base_url="http://test") as client:
        early, loading = asyncio.create_task(client.get("/")), asyncio.create_task(later.load())
        await asyncio.sleep(0)
        loading.cancel()
        with suppress(asyncio.CancelledError):
            await loading
        go_on.set()

        assert (await early).json()["code"] == "server_draining"
