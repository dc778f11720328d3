"""A server in a process of its own, and a bystander who works on it while it is attacked."""

import asyncio
import resource
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.contract.speaking import Speaker, connected
from tests.flows.server import ServerProcess

PATIENCE = 15.0
"""Seconds until a fact that does not come is a failure."""


PAUSE = 0.05
"""Seconds between two things that the bystander does: a session has room for ten thousand events."""


class Bystander:
    """A client with a session of its own, which works all the while."""

    def __init__(self, speaker: Speaker, session: str) -> None:
        self.longest = 0.0
        """Seconds that it waited for an answer, at most."""
        self._speaker = speaker
        self._session = session
        self._said = 0

    async def works(self) -> None:
        """Do one thing: say something in the session, and look."""
        began = time.monotonic()
        await self._speaker.ok("sendMessage", {"message": f"still here {self._said}"})
        await self._speaker.ok("listSessions")
        self.longest = max(self.longest, time.monotonic() - began)
        self._said += 1

    async def works_until(self, done: asyncio.Event) -> None:
        """Work on and on."""
        while not done.is_set():
            await self.works()
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), PAUSE)

    async def require_undisturbed(self) -> None:
        """Make sure that all that it said was told, in order and without a hole."""
        mine = "still here {}".format
        await self._speaker.until(lambda one: one["data"].get("text") == mine(self._said - 1))
        told = [one for one in self._speaker.events if one["sessionId"] == self._session]
        assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
        said = [one["data"]["text"] for one in told if one["data"].get("author") == "user"]
        assert said == [mine(number) for number in range(self._said)]


@dataclass
class Victim:
    """The server."""

    url: str
    process: psutil.Process
    bystander: Bystander

    @property
    def held(self) -> int:
        """Bytes of memory that it holds."""
        return self.process.memory_info().rss

    async def number(self, name: str) -> float:
        """One of its metrics."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as http:
            told = (await http.get("/metrics")).text
        return float(next(line for line in told.splitlines() if line.startswith(f"{name} ")).split()[1])


@asynccontextmanager
async def victim(**settings: Any) -> AsyncGenerator[Victim]:
    """It, for as long as the context lasts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before = set(psutil.Process().children())
    with tempfile.TemporaryDirectory(prefix="zenobia-at-length-") as folder:
        server = ServerProcess(data_dir=Path(folder), **({"max_commands_per_second": 100_000} | settings))
        try:
            url = await server.url()
            (process,) = set(psutil.Process().children()) - before
            async with connected(url) as speaker:
                session = (await speaker.ok("createSession", {"sessionType": "manual"}))["sessionId"]
                await speaker.until(lambda event: event["status"] == "waiting")
                yield Victim(url, process, Bystander(speaker, session))
        finally:
            server.kill()


@asynccontextmanager
async def at_work(bystander: Bystander) -> AsyncGenerator[None]:
    """The bystander works as long as the context lasts, and was not disturbed."""
    done = asyncio.Event()
    working = asyncio.create_task(bystander.works_until(done), name="bystander")
    try:
        yield
    finally:
        done.set()
        await working
    await bystander.works()  # which makes it the active client again
    await bystander.require_undisturbed()
