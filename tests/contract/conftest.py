"""A real server in a thread of its own, so that clients that block (schemathesis, raw sockets) can speak with it."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from zenobia.app import serving
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.settings import Settings

T = TypeVar("T")


@dataclass
class Running:
    """The server: where it listens, where its data lies, and a way onto its event loop."""

    settings: Settings
    browsers: ScriptedBrowsers
    url: str = ""
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _up: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        """Its data directory."""
        return self.settings.data_dir

    def kept(self) -> list[Path]:
        """Every file that it keeps, or has begun to keep."""
        blobs = self.folder / "blobs"
        return [path for path in blobs.rglob("*") if path.is_file() and path.name != "lock"]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def main(self) -> None:
        """Serve until stopped."""
        asyncio.run(self._serve())

    def wait(self) -> None:
        """Wait until it serves."""
        assert self._up.wait(30)

    def stop(self) -> None:
        """Serve no more."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.browsers.release)
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with serving(self.settings, browsers=self.browsers) as listening:
            self.url = listening.url
            await listening.complete.wait()  # two threads that make routes undo each other's filters of warnings
            self._up.set()
            await self._stop.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all of these tests: what they do must not depend on what others did."""
    yield from _served(tmp_path_factory, ScriptedBrowsers(), session_timeout=2)


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One on which no session gets on by itself: what is answered depends on what was asked, and on no clock."""
    browsers = ScriptedBrowsers()
    browsers.hold()
    yield from _served(tmp_path_factory, browsers, session_timeout=600)


def _served(
    folders: pytest.TempPathFactory, browsers: ScriptedBrowsers, *, session_timeout: float
) -> Iterator[Running]:
    """A server until it is needed no more."""
    running = Running(
        Settings(
            port=0,
            data_dir=folders.mktemp("server") / "data",
            max_sessions=1_000,
            max_queued=100_000,
            session_timeout=session_timeout,
            max_commands_per_second=10_000,
        ),
        browsers,
    )
    thread = threading.Thread(target=running.main, name="server")
    thread.start()
    running.wait()
    yield running
    running.stop()
    thread.join(30)
    assert not thread.is_alive()


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    """A client of the server."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client
