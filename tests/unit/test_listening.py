"""The end of the web server underneath: nobody's request is left half ended when the port is closed."""

import asyncio

import httpx
import pytest

from zenobia.server import listening
from zenobia.server.edge import Receive, Scope, Send


async def test_a_request_that_is_cut_off_ends_what_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's process, say, that it must still see gone: the loop may be closed right after the port."""
    monkeypatch.setattr(listening, "CLOSE_WITHIN", 1)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(lambda: None)
            await asyncio.to_thread(lambda: None)
            ended.set()

    server = listening.Listening(app, "127.0.0.1", 0, largest_message=1_000)
    serving = asyncio.create_task(server.serve(), name="listening")
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        asking = asyncio.create_task(http.get("/"), name="request")
        await begun.wait()
        await server.stop()
        assert ended.is_set()
        assert (await asking).status_code == 500
        await serving
