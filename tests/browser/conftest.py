"""One demo site and one pool of real browsers for all tests here; every test gets a fresh browser context."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio
import uvicorn

from zenobia.operators.base import Downloaded, Notice, Noticed, Outcome
from zenobia.operators.operator import ChromiumOperator
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.wall import Wall
from zenobia.protocol.actions import ACTIONS
from zenobia.protocol.wire import Json
from zenobia.settings import Settings
from zenobia_demo import create_app

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one event loop: a browser belongs to the loop that started it."""
    for item in items:
        if HERE in item.path.parents and iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Visit:
    """A browser context, where it is, and what it has told."""

    operator: ChromiumOperator
    site: str
    notices: list[Notice] = field(default_factory=list[Notice])
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, notice: Notice) -> None:
        """Be the listener."""
        self.notices.append(notice)
        self.heard.set()

    async def do(self, verb: str, upload: Path | None = None, **facts: Json) -> Outcome:
        """Act; a target given as a string is its text."""
        for name in ("target", "onto"):
            if isinstance(facts.get(name), str):
                facts[name] = {"text": facts[name]}
        return await self.operator.act(ACTIONS.validate_python({"verb": verb, **facts}), upload=upload)

    def hurry(self) -> None:
        """Let actions end after a second, where that is what a test is about."""
        self.operator.hands.seconds = 1

    async def go(self, path: str) -> Outcome:
        """Open a page of the site."""
        return await self.do("open", url=urljoin(self.site, path))

    async def read(self, text: str, role: str | None = None) -> Json:
        """What something on the page says."""
        return (await self.do("extract", target={"text": text, "role": role}, name="it")).value

    async def snapshot(self) -> str:
        """The page as an agent sees it."""
        return (await self.operator.observe()).snapshot

    async def downloaded(self) -> Downloaded:
        """Wait for a download."""
        async with asyncio.timeout(10):
            while True:
                for notice in self.notices:
                    if isinstance(notice, Downloaded):
                        return notice
                self.heard.clear()
                await self.heard.wait()

    async def told(self, code: str) -> Noticed:
        """Wait for a notice with that code."""
        async with asyncio.timeout(10):
            while True:
                for notice in self.notices:
                    if isinstance(notice, Noticed) and notice.code == code:
                        return notice
                self.heard.clear()
                await self.heard.wait()


class Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Start, and say so."""
        await super().startup()
        self.up.set()


@contextmanager
def served(app: Any) -> Generator[str]:
    """A web site on a port of its own, for as long as the context lasts; its URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = Server(config)
    thread = threading.Thread(target=server.run, name="web site")
    thread.start()
    assert server.up.wait(10)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The demo site."""
    with served(create_app()) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChromiumBrowsers]:
    """Real browsers, a few kept warm."""
    pool = ChromiumBrowsers(
        scratch=tmp_path_factory.mktemp("browsers"),
        warm=1,
        action_timeout=4,
        screenshot_timeout=5,
        wall=Wall(["127.0.0.0/8"]),
        held=Settings().confinement,
    )
    await pool.start()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browsers: ChromiumBrowsers, site: str) -> AsyncIterator[Visit]:
    """A fresh browser context that visits the site."""
    visits: list[Visit] = []

    async def listen(notice: Notice) -> None:
        await visits[0].hear(notice)

    operator = await browsers.open("test", listen)
    visits.append(Visit(operator, site))
    yield visits[0]
    await operator.close()


Ask = Callable[[str], Awaitable[Json]]


@pytest.fixture
def ask(site: str) -> Ask:
    """What the site itself says happened."""

    async def ask(path: str) -> Json:
        async with httpx.AsyncClient(base_url=site, timeout=30) as client:
            return (await client.get(path)).json()

    return ask
