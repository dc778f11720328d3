"""Security test 44 at its full size: thousands of connections, half of which never say that they are a client.

    python -m tests.security.crowd --connections 2000

Those are closed within ten seconds, the others stay, and a client that works is served all the while. Prints what it
measured; fails at the first thing that is not so.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import psutil

from tests.contract.speaking import Speaker, connected
from tests.flows.server import ServerProcess

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


async def served(bystander: Speaker, done: asyncio.Event) -> float:
    """The longest that a client who works waited for an answer, in seconds."""
    longest = 0.0
    while not done.is_set():
        began = time.monotonic()
        await bystander.ok("listSessions")
        longest = max(longest, time.monotonic() - began)
    return longest


async def crowd(url: str, server: psutil.Process, many: int) -> None:
    """Everything, against a server that has room for it."""
    async with AsyncExitStack() as stack:
        bystander = await stack.enter_async_context(connected(url))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        held, done = server.memory_info().rss, asyncio.Event()
        serving = asyncio.create_task(served(bystander, done), name="bystander")
        clients = await several(http, url, many // 2)
        for client in clients:
            await client.send_str("40")
        for client in clients:
            while not str((await client.receive()).data).startswith("40"):
                assert not client.closed
        silent: list[asyncio.Task[float]] = []
        while len(silent) < many // 2:
            some = await several(http, url, min(AT_ONCE, many // 2 - len(silent)))
            silent += [asyncio.create_task(stands(one), name="silent") for one in some]
        grown = server.memory_info().rss - held
        stood = await asyncio.gather(*silent)
        done.set()
        longest = await serving
        print(
            f"{many} connections: {grown / many / 1_024:.0f} KiB each; {many // 2} said nothing and were closed after "
            f"{min(stood):.1f} to {max(stood):.1f} s; a client who works waited for at most {longest:.2f} s"
        )
        assert max(stood) <= SHOWN_OUT
        assert not any(client.closed for client in clients), "who is a client stays"
        assert grown < many * EACH
        assert longest < 9


async def main(many: int) -> None:
    """Raise what may be open as far as it goes, and begin."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert hard == resource.RLIM_INFINITY or hard > many + 500, f"only {hard} files may be open here"
    before = set(psutil.Process().children())
    with tempfile.TemporaryDirectory(prefix="zenobia-crowd-") as folder:
        bounds = {"max_strangers": many, "max_clients": many, "max_commands_per_second": 10_000}
        server = ServerProcess(data_dir=Path(folder), **bounds)
        try:
            url = await server.url()
            (process,) = set(psutil.Process().children()) - before
            await crowd(url, process, many)
        finally:
            server.kill()


if __name__ == "__main__":
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--connections", type=int, default=2_000)
    asyncio.run(main(reading.parse_args().connections))
