"""What a row of the fault matrix plays on: a site, servers, clients with one history, and a judgement at the end."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.clients import Client, a_client
from tests.chaos.oracle import ENDED, History, Plan, check, check_answers, insist
from tests.chaos.servers import Footprint, Server
from tests.chaos.site import Site

PATIENCE = 30.0
SETTLES_WITHIN = 15.0
"""Seconds until a server holds no more than before."""


@dataclass
class Scene:
    """One play of one row."""

    folder: Path
    site: Site
    chance: random.Random
    history: History = field(default_factory=History)
    servers: list[Server] = field(default_factory=list[Server])
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _plans: int = 0

    async def server(self, name: str = "server", **flags: object) -> Server:
        """A running server, with a folder of its own unless it takes another's."""
        server = self.without_start(name, **flags)
        await server.start()
        return server

    def without_start(self, name: str = "server", **flags: object) -> Server:
        """A server that is not started yet."""
        server = Server(self.folder / name, **flags)
        self.servers.append(server)
        self._stack.push_async_callback(server.away)
        return server

    async def client(self, server: Server | str, *, within: float = 15.0) -> Client:
        """A client of a server, or of whatever is at an address."""
        url = server if isinstance(server, str) else server.url
        return await self._stack.enter_async_context(a_client(url, self.history, within=within))

    async def keep(self, context: Any) -> Any:
        """What an asynchronous context gives; it is left at the end."""
        return await self._stack.enter_async_context(context)

    def plan(self, *steps: str) -> Plan:
        """What a session is to do: `count` and `count if approved` press a button of their own, `ask` asks a person."""
        self._plans += 1
        lines: list[str] = []
        counts: dict[int, str] = {}
        for step in steps:
            if step.startswith("count"):
                name = f"p{self._plans}-{len(counts) + 1}"
                lines.append(f"open {self.site.url}/count/{name}")
                lines.append('click "Count"' + (" (ask first)" if "approved" in step else ""))
                counts[len(lines)] = name
            else:
                lines.append('ask a person "Go on?"' if step == "ask" else step.format(site=self.site.url))
        return Plan(f"cmd-{self._plans}", "\n".join(lines), counts)

    async def session(self, client: Client, *steps: str) -> str:
        """Create a session that does these steps."""
        session = await client.create(self.plan(*steps))
        insist(session, "a session was refused")
        return session or ""

    async def acting(self) -> None:
        """Wait until a press has arrived at the site and has no answer."""
        await fact(lambda: self.site.acting > 0, "nothing is pressed")

    async def judge(self) -> None:
        """Let everything come to its end, and hold what was told against what is there."""
        self.site.released.set()
        for server in self.servers:
            if server.alive and server.role == "serve":
                client = await self.client(server)
                await finish(client)
                await check(client, self.site, self.history, everything=True)
                break
        check_answers(self.history)
        for server in self.servers:
            if server.alive:
                await server.stop()

    async def close(self) -> None:
        """Leave nothing behind."""
        await self._stack.aclose()


@asynccontextmanager
async def a_scene(folder: Path, site: Site, seed: int) -> AsyncGenerator[Scene]:
    """A scene for as long as the context lasts."""
    scene = Scene(folder, site, random.Random(seed))  # noqa: S311 - repeatable on purpose
    try:
        yield scene
    finally:
        await scene.close()


async def finish(client: Client, within: float = 300.0) -> None:
    """Let every session come to its end: go on, answer what is asked."""
    until = time.monotonic() + within
    await client.send_again()
    while going := await client.going():
        insist(time.monotonic() < until, f"sessions do not end: {[one['id'] for one in going]}")
        for one in going:
            if one["status"] == "paused":
                await client.send("POST", f"/api/sessions/{one['id']}/resume")
        for request in await client.requests():
            await client.settle(request)
        await asyncio.sleep(0.05)


async def fact(holds: Callable[[], bool], otherwise: str, within: float = PATIENCE) -> float:
    """Seconds until something holds."""
    began = time.monotonic()
    while not holds():
        insist(time.monotonic() - began < within, f"{otherwise} within {within:g} seconds")
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def told(client: Client, session: str, holds: Callable[[dict[str, Any]], bool], within: float) -> dict[str, Any]:
    """The first event of a session's log of which something holds, as soon as it is there."""
    began = time.monotonic()
    while True:
        for event in await client.read_on(session):
            if holds(event):
                return event
        waited = time.monotonic() - began
        insist(waited < within, f"what should be told is not, after {within:g} seconds; last: {_last(client, session)}")
        await asyncio.sleep(0.02)


def _last(client: Client, session: str) -> list[str]:
    return [event["message"] for event in client.history.events[session][-3:]]


async def asked(client: Client, session: str, within: float = PATIENCE, *, nth: int = 1) -> dict[str, Any]:
    """The nth request of a session to a person, when it comes."""
    seen = 0

    def is_it(event: dict[str, Any]) -> bool:
        nonlocal seen
        seen += event["eventType"] == "human_layer_request"
        return seen == nth

    began = time.monotonic()
    while True:
        seen = 0
        for event in await client.read_on(session):
            if is_it(event):
                request = event["data"]["request"]
                client.history.pending[request["id"]] = request["expiresAt"]
                return request
        insist(time.monotonic() - began < within, f"nobody is asked; last: {_last(client, session)}")
        await asyncio.sleep(0.02)


async def ended(client: Client, session: str, within: float = PATIENCE) -> dict[str, Any]:
    """A session as it ended."""
    await told(client, session, lambda event: event["status"] in ENDED, within)
    return await client.session(session) or {}


async def settled(server: Server, before: Footprint) -> None:
    """Insist that a server comes to hold no more than before."""
    began = time.monotonic()
    while (now := server.footprint()).exceeds(before):
        insist(time.monotonic() - began < SETTLES_WITHIN, f"it holds {now}, before it was {before}")
        await asyncio.sleep(0.05)


def warned(code: str) -> Callable[[dict[str, Any]], bool]:
    """Whether an event is that warning."""
    return lambda event: event["eventType"] == "warning" and event["data"]["code"] == code
