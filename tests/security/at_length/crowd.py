"""Test 44: thousands of connections, half of which never say that they are a client.

Those are closed within ten seconds, the others stay.
"""

import asyncio
import time

import aiohttp

from tests.security.at_length.victim import at_work, victim

SHOWN_OUT = 14.0
"""Seconds after which a connection that says nothing must be gone: ten, and what a busy machine adds."""

AT_ONCE = 100
EACH = 256 << 10
"""Bytes that one connection may cost the server."""


async def opened(http: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse:
    """A connection whose handshake is done."""
    websocket = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
    await websocket.receive()
    return websocket


async def several(http: aiohttp.ClientSession, url: str, many: int) -> list[aiohttp.ClientWebSocketResponse]:
    """So many of them, some at a time."""
    made: list[aiohttp.ClientWebSocketResponse] = []
    while len(made) < many:
        some = min(AT_ONCE, many - len(made))
        made += await asyncio.gather(*(opened(http, url) for _ in range(some)))
    return made


async def stands(silent: aiohttp.ClientWebSocketResponse) -> float:
    """How long it stands."""
    began = time.monotonic()
    while not silent.closed:
        await silent.receive()
    return time.monotonic() - began


async def crowd(many: int) -> str:
    """Everything, against a server that has room for it."""
    async with (
        victim(max_strangers=many, max_clients=many) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        held = server.held
        async with at_work(server.bystander):
            clients = await several(http, server.url, many // 2)
            for client in clients:
                await client.send_str("40")
            for client in clients:
                while not str((await client.receive()).data).startswith("40"):
                    assert not client.closed
            silent: list[asyncio.Task[float]] = []
            while len(silent) < many // 2:
                some = await several(http, server.url, min(AT_ONCE, many // 2 - len(silent)))
                silent += [asyncio.create_task(stands(one), name="silent") for one in some]
            grown = server.held - held
            stood = await asyncio.gather(*silent)
        assert max(stood) <= SHOWN_OUT
        assert not any(client.closed for client in clients), "who is a client stays"
        assert grown < many * EACH
        return (
            f"{many:,} connections, {grown / many / 1_024:.0f} KiB each; {many // 2:,} said nothing and were closed "
            f"after {min(stood):.1f} to {max(stood):.1f} s"
            f"; a client who worked waited for at most {server.bystander.longest:.2f} s"
        )
