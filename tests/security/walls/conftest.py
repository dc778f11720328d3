"""A real server with real browsers, a site that attacks whoever opens it, and canaries that nobody may touch.

The site has an address of its own on loopback, 127.0.0.2, and the wall has a hole of exactly that size, so that
everything else of this machine is as far away as it is by default.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.operators.wall import Resolve, Wall
from zenobia.server.listening import Listening
from zenobia.settings import Settings

SITE = "127.0.0.2"
HOLE = f"{SITE}/32"


class Canary:
    """A TCP port and a UDP port of the same number that should hear nothing at all."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.heard: list[bytes] = []
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator["Canary"]:
        """Listen for as long as the context lasts."""
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._on_connection, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        datagrams, deaf = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (self.host, self.port))
        try:
            yield self
        finally:
            datagrams.close()
            server.close()
            await deaf.closed.wait()

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(b"tcp " + await reader.read(200))
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary) -> None:
        self._canary = canary
        self.closed = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self.closed.set()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Note it."""
        self._canary.heard.append(b"udp " + data[:200])


@dataclass
class Hostile:
    """A site that serves the pages it is given, leads elsewhere on demand, and notes what is asked of it."""

    pages: dict[str, str] = field(default_factory=dict[str, str])
    scripts: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])
    sent: list[bytes] = field(default_factory=list[bytes])
    port: int = 0
    routes: list[Route] = field(default_factory=list[Route])

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{SITE}:{self.port}"

    def app(self) -> Starlette:
        """The site."""

        async def elsewhere(request: Request) -> Response:
            return RedirectResponse(request.query_params["to"], 302)

        async def script(request: Request) -> Response:
            return Response(self.scripts[request.path_params["name"]], media_type="text/javascript")

        async def page(request: Request) -> Response:
            self.asked.append(str(request.url))
            if request.method == "POST":
                self.sent.append(await request.body())
            return HTMLResponse(self.pages.get(request.url.path, "<title>Nothing</title><p>nothing here</p>"))

        routes = [
            *self.routes,
            Route("/elsewhere", elsewhere),
            Route("/scripts/{name}", script),
            Route("/{path:path}", page, methods=["GET", "POST"]),
        ]
        return Starlette(routes=routes)


@dataclass
class Town:
    """The server, what speaks with it, and the hostile site."""

    api: Api
    port: int
    site: Hostile
    canary: Canary

    async def ran(self, prompt: str, **fields: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A session that has ended, and its events."""
        session = await self.api.create(prompt, **fields)
        ended = await self.api.ended(session)
        return ended, await self.api.events(session)


@asynccontextmanager
async def town(
    folder: Path,
    *,
    holes: Iterable[str] = (HOLE,),
    resolve: Resolve | None = None,
    site: Hostile | None = None,
    **settings: Any,
) -> AsyncGenerator[Town]:
    """Everything, running."""
    site, canary = site or Hostile(), Canary("127.0.0.1")
    chosen = Settings(host="127.0.0.1", port=0, data_dir=folder, warm_browsers=0, **settings)
    listening = Listening(site.app(), SITE, 0, largest_message=1 << 20)  # pyright: ignore[reportArgumentType]
    site.port = listening.port
    task = asyncio.create_task(listening.serve(), name="hostile site")
    async with canary.listening(), serving(chosen, wall=Wall(holes, resolve=resolve)) as server:
        api = Api(server.url)
        api.patience, api.http.timeout = 60, httpx.Timeout(30)
        try:
            yield Town(api, server.port, site, canary)
        finally:
            await api.close()
            await listening.stop()
            await task


def blocked(events: list[dict[str, Any]]) -> set[str]:
    """The hosts that a session was told it was kept from."""
    warnings = [one["data"] for one in events if one["eventType"] == "warning"]
    return {one["details"].get("host") for one in warnings if one["code"] == "blocked"}


def is_blocked(event: dict[str, Any]) -> bool:
    """Whether an event tells that the browser was kept from somewhere."""
    return event["eventType"] == "warning" and event["data"]["code"] == "blocked"


def failures(events: list[dict[str, Any]]) -> list[str]:
    """The codes with which a session's actions failed, in order."""
    data = [one["data"] for one in events if one["eventType"] == "action"]
    return [one["error"]["code"] for one in data if one.get("error")]


@pytest.fixture
def names() -> list[str]:
    """By what this machine is known to others on its network."""
    found = {socket.gethostname()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking:
        looking.connect(("192.0.2.1", 9))  # sends nothing: the system says which address it would use
        found.add(looking.getsockname()[0])
    return sorted(found)
