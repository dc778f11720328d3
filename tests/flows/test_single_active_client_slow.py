"""A client that does not take what it is sent disturbs nobody, is cut, and misses nothing when it is back."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.contract.speaking import PATIENCE, Speaker, connected
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server

LONG = "x" * 90_000
MANY = 150
"""Messages so long and so many that no network buffer holds them all."""


@pytest.fixture
async def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kit]:
    """A server that does not wait long for slow clients."""
    monkeypatch.setattr("zenobia.server.sockets.SLOW", 0.5)
    monkeypatch.setattr("zenobia.server.listening.STALLED", 0.5)
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with scripted_server(tmp_path / "data", browsers) as kit:
        yield kit
        browsers.release()


@asynccontextmanager
async def reluctant(url: str, session: str) -> AsyncGenerator[ClientConnection]:
    """An observer that has joined from the beginning, and from then on reads no more than it must."""
    host, port = httpx.URL(url).host, httpx.URL(url).port
    taker = socket.socket()
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    taker.setblocking(False)
    await asyncio.get_running_loop().sock_connect(taker, (host, port))
    address = f"ws://{host}:{port}/socket.io/?EIO=4&transport=websocket"
    async with connect(address, sock=taker, max_queue=1, close_timeout=1, ping_interval=None) as websocket:
        await websocket.send('40{"role":"observer"}')
        await websocket.send(f'420["joinSession",{json.dumps({"sessionId": session, "afterSeq": 0})}]')
        yield websocket


async def say_much(active: Speaker) -> int:
    """Let the session tell more than a stalled connection holds; the seq of the last event of it."""
    for _ in range(MANY):
        await active.ok("sendMessage", {"message": LONG})
    return (await active.ok("getSession"))["session"]["lastSeq"]


async def clients(kit: Kit, wanted: int) -> None:
    """Wait until the server knows of so many clients."""
    async with httpx.AsyncClient(base_url=kit.url, timeout=PATIENCE) as http, asyncio.timeout(PATIENCE):
        while (await http.get("/api/health")).json()["clients"] != wanted:
            pass  # each look takes its time


async def test_a_slow_client_disturbs_nobody_is_cut_and_resumes(hasty: Kit) -> None:
    async with connected(hasty.url) as active:
        session = (await active.ok("createSession", {"prompt": "open example.com"}))["sessionId"]
        async with reluctant(hasty.url, session) as slow:
            await clients(hasty, 2)
            newest = await say_much(active)

            await active.told(newest)
            assert active.seqs == list(range(1, newest + 1))
            await clients(hasty, 1)
            seqs = await what_is_left(slow)
        assert seqs == list(range(1, seqs[-1] + 1))
        assert seqs[-1] < newest

        async with connected(hasty.url, role="observer") as back:
            await back.ok("joinSession", {"sessionId": session, "afterSeq": seqs[-1]})
            await back.told(newest)
            assert seqs + back.seqs == list(range(1, newest + 1))


async def what_is_left(slow: ClientConnection) -> list[int]:
    """The events that reached the client before it was cut."""
    seqs: list[int] = []
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionClosed):
            async for frame in slow:
                text = frame if isinstance(frame, str) else frame.decode()
                if text.startswith("42"):
                    seqs.append(json.loads(text[2:])[1]["seq"])
    return seqs


async def test_a_client_that_asks_and_does_not_listen_is_read_from_no_more(hasty: Kit) -> None:
    async with connected(hasty.url) as active:
        session = (await active.ok("createSession", {"prompt": "open example.com"}))["sessionId"]
        await say_much(active)
        async with reluctant(hasty.url, session) as slow:
            async with asyncio.timeout(PATIENCE):
                await asking_on(slow, session)

        await active.ok("getHumanLayerRequests")
        await clients(hasty, 1)


async def asking_on(slow: ClientConnection, session: str) -> None:
    """Ask and ask, until the connection is cut."""
    with suppress(ConnectionClosed):
        while True:
            await slow.send(f'421["getSession",{json.dumps(session)}]')
