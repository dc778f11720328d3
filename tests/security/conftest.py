"""A server that two parties share, each with keys of its own, spoken to over the network as a stranger would."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.flows.server import ServerProcess
from tests.keys import Wanted, make_keys
from zenobia.protocol.access import Scope
from zenobia.testing import ScriptedBrowsers, scripted_server

PATIENCE = 15.0
"""Seconds until a fact that does not come is a failure."""


@dataclass
class House:
    """A running server, where it keeps things, and its keys; `ours` and `other` may do all in their workspace."""

    url: str
    data_dir: Path
    ours: str
    other: str
    looking: str
    acting: str
    approving: str
    browsers: ScriptedBrowsers

    def http(self, key: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client of the server that shows this key."""
        shown = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(base_url=self.url, headers=shown | headers, timeout=PATIENCE)


@pytest.fixture
def settings() -> dict[str, Any]:
    """The settings of `house`, for a test to change; those that ask without end are not slowed down."""
    return {}


@pytest.fixture
async def house(tmp_path: Path, settings: dict[str, Any]) -> AsyncGenerator[House]:
    """A server with keys."""
    data_dir, browsers = tmp_path / "data", ScriptedBrowsers()
    keys = await make_keys(
        data_dir,
        Wanted(workspace="ours"),
        Wanted("eve", "other"),
        Wanted("screen", "ours", (Scope.OBSERVE,)),
        Wanted("robot", "ours", (Scope.OPERATE,)),
        Wanted("boss", "ours", (Scope.APPROVE,)),
    )
    async with scripted_server(data_dir, browsers, **({"max_commands_per_second": 10_000} | settings)) as kit:
        yield House(kit.url, data_dir, *keys, browsers=browsers)


@pytest.fixture
async def open_house(tmp_path: Path, settings: dict[str, Any]) -> AsyncGenerator[House]:
    """A server without keys, which whoever is on the machine may use."""
    data_dir, browsers = tmp_path / "data", ScriptedBrowsers()
    async with scripted_server(data_dir, browsers, **settings) as kit:
        yield House(kit.url, data_dir, "", "", "", "", "", browsers)


class Shared:
    """A server in a process of its own, so that what it holds can be weighed."""

    def __init__(self, process: psutil.Process, url: str) -> None:
        self.process = process
        self.url = url

    async def tasks(self) -> float:
        """What goes on at once in it."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as http:
            told = (await http.get("/metrics")).text
        return float(next(line for line in told.splitlines() if line.startswith("zenobia_tasks ")).split()[1])


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncGenerator[Shared]:
    """It, without keys."""
    before = set(psutil.Process().children())
    server = ServerProcess(data_dir=tmp_path / "data", max_queued=50, max_commands_per_second=10_000)
    try:
        url = await server.url()
        (process,) = set(psutil.Process().children()) - before
        yield Shared(process, url)
    finally:
        server.kill()
