"""Browsers made ready before they are wanted: opening one for a session takes a warm one from the shelf.

One driver, several browsers (processes of ours, or connections to remote ones), few contexts in each (a shared browser
process is what limits them), and every one retired after a while because Chromium does not give all memory back.
Whatever dies is replaced.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.async_api import BrowserContext, ViewportSize
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.allowed import Allowed
from zenobia.operators.arrivals import bring_from, bring_here
from zenobia.operators.base import Listener
from zenobia.operators.burdens import Burdens
from zenobia.operators.chores import Chores
from zenobia.operators.confinement import Confinement, Yard, confinement, sweep
from zenobia.operators.driver import Driver, Process
from zenobia.operators.gate import Gate
from zenobia.operators.operator import ChromiumOperator
from zenobia.operators.restoring import brought_to, storage_of
from zenobia.operators.sources import source_of
from zenobia.operators.wall import Wall
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.protocol.wire import Json

log = logging.getLogger(__name__)

CONTEXTS_PER_LIFE = 50
READY_WITHIN = 30.0
AGAIN = 5.0
"""Seconds until it is tried again to keep browsers ready, when none could be made."""

PAGE_MEMORY = 2 << 30
"""Bytes that the process of a page may hold."""

FIRST_PAGE = 0.5
"""Seconds that whoever took a browser has the machine to itself, for its first page, before the next is made ready."""

LOOK_EVERY = 0.5
OPENS_WITHIN = 8.0
INSIST_FOR = 10.0
PREFIX = "zenobia-browsers-"


@dataclass(eq=False)
class Host:
    """A browser with the operators that live in it."""

    process: Process
    burdens: Burdens | None = None
    opened: int = 0
    living: set[ChromiumOperator] = field(default_factory=set[ChromiumOperator])


class ChromiumBrowsers:
    """All browsers of this server."""

    def __init__(
        self,
        *,
        scratch: Path,
        executable: str | None = None,
        warm: int = 2,
        contexts_per_browser: int = 10,
        action_timeout: float = 30.0,
        screenshot_timeout: float = 5.0,
        viewport: tuple[int, int] = (1280, 800),
        wall: Wall | None = None,
        remote: tuple[str, ...] = (),
        page_memory: int = PAGE_MEMORY,
        held: Confinement | None = None,
    ) -> None:
        self._scratch = scratch
        self._source = source_of(executable, remote)
        self._remote = bool(remote)
        self._wall = wall or Wall()
        self._held = Confinement() if remote else held or confinement()
        self._yard: Yard | None = None
        self._warm = warm
        self._page_memory = page_memory
        self._looking: asyncio.Task[None] | None = None
        self._trouble: str | None = None
        self._contexts_per_browser = contexts_per_browser
        self._action_timeout = action_timeout
        self._screenshot_timeout = screenshot_timeout
        self._viewport: ViewportSize = {"width": viewport[0], "height": viewport[1]}
        self._gates: set[Gate] = set()
        self._folder: Path | None = None
        self._driver: Driver | None = None
        self.hosts: list[Host] = []
        self._shelf: deque[ChromiumOperator] = deque()
        self._chores = Chores("browsers")
        self._wanted = asyncio.Event()
        self._full = asyncio.Event()
        self._making = asyncio.Lock()
        self._opened = 0
        self._closed = False
        self._refilling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to fill the shelf, in the background."""
        if self._refilling is None and self._warm > 0:
            self._wanted.set()
            self._refilling = self._chores.start(self._refill(), "fill the shelf")

    async def open(
        self,
        session: str,
        listener: Listener,
        checkpoint: Json = None,
        *,
        at: str | None = None,
        allowed: Allowed | None = None,
    ) -> ChromiumOperator:
        """A fresh browser context for a session: a warm one, or one made now; to go on from a checkpoint, a new one."""
        if self._remote and allowed is not None:
            raise BrowserUnavailable(problem="what a session may reach cannot be limited in a remote browser.")
        checkpoint = brought_to(checkpoint, at)
        operator = self._taken() if checkpoint is None else None
        if operator is None:
            operator = await self._made(checkpoint, allowed)
        operator.belongs_to(session, listener, allowed)
        self._wanted.set()
        return operator

    async def close(self) -> None:
        """End every browser and the driver, and remove what they left."""
        self._closed = True
        await self._chores.stop(within=2.0)
        async with self._making:
            hosts, self.hosts = self.hosts, []
            self._shelf.clear()
            await asyncio.gather(*(operator.close() for host in hosts for operator in tuple(host.living)))
            await asyncio.gather(*(host.process.close() for host in hosts))
            for gate in self._gates:
                gate.close()
            if self._driver is not None:
                await self._driver.close()
                self._driver = None
            if self._folder is not None:
                await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
                self._folder = None
            if self._yard is not None:
                await asyncio.to_thread(self._yard.remove)
                self._yard = None

    async def warmed(self, within: float = READY_WITHIN) -> None:
        """Wait until the shelf is full."""
        async with asyncio.timeout(within):
            await self._full.wait()

    def _taken(self) -> ChromiumOperator | None:
        while self._shelf:
            operator = self._shelf.popleft()
            self._full.clear()
            if operator.usable:
                return operator
        return None

    async def _refill(self) -> None:
        while True:
            await self._wanted.wait()
            if self._shelf:
                await asyncio.sleep(FIRST_PAGE)
            self._wanted.clear()
            try:
                while len(self._shelf) < self._warm:
                    self._shelf.append(await self._made())
                self._full.set()
            except BrowserUnavailable as error:
                log.warning("No browser could be made ready: %s", error.message)
                await asyncio.sleep(AGAIN)
                self._wanted.set()

    def trouble(self) -> str | None:
        """Why none could be made the last time; only where it is tried again by itself, as some are kept ready."""
        return self._trouble if self._warm else None

    async def _made(self, checkpoint: Json = None, allowed: Allowed | None = None) -> ChromiumOperator:
        try:
            made = await self._in_time(checkpoint, allowed)
        except BrowserUnavailable as error:
            self._trouble = error.message
            raise
        self._trouble = None
        return made

    async def _in_time(self, checkpoint: Json, allowed: Allowed | None) -> ChromiumOperator:
        try:
            async with asyncio.timeout(READY_WITHIN), self._making:  # one at a time: more at once are not faster
                try:
                    return await self._new(checkpoint, allowed)
                except (PlaywrightError, TimeoutError):  # the process has just died, or does not answer
                    await asyncio.gather(*(self._answers(host) for host in self.hosts))
                    return await self._new(checkpoint, allowed)
        except (PlaywrightError, TimeoutError) as error:
            raise BrowserUnavailable(problem="it did not open a page in time.") from error

    async def _new(self, checkpoint: Json, allowed: Allowed | None) -> ChromiumOperator:
        if self._closed:
            raise BrowserUnavailable(problem="the server is shutting down.")
        host = await self._room()
        driver = self._driver
        gate, context = await self._walled(host, checkpoint, allowed)
        self._opened += 1
        host.opened += 1
        folder = self._home() / f"context-{self._opened}"
        folder.mkdir(mode=0o700)
        operator = ChromiumOperator(
            context,
            alive=lambda: host.process.alive and driver is not None and driver.alive,
            answers=lambda: self._answers(host),
            stuck=lambda: self._insist_on_closing(host, context),
            action_timeout=self._action_timeout,
            screenshot_timeout=self._screenshot_timeout,
            folder=folder,
            gate=gate,
            yard=None if self._remote else self._yard,
            bring=bring_from(host.process.browser) if host.process.address else bring_here,
            far=host.process.address is not None,
        )
        host.living.add(operator)
        context.on("close", lambda _: self._left(host, operator, gate))
        try:
            await operator.prepare(checkpoint)
        except BaseException:  # also when cancelled: a context that nobody has must not stay
            self._chores.start(operator.close(), "close what is not ready")
            raise
        return operator

    async def _walled(
        self, host: Host, checkpoint: Json, allowed: Allowed | None
    ) -> tuple[Gate | None, BrowserContext]:
        """A context, and its only way out; none of ours can be reached from a remote browser."""
        gate = None if self._remote else Gate(self._wall)
        try:
            if gate is not None:
                await gate.open()
                gate.allow(allowed)
            async with asyncio.timeout(OPENS_WITHIN):
                context = await host.process.browser.new_context(
                    viewport=self._viewport,
                    accept_downloads=True,
                    proxy=None if gate is None else {"server": gate.address},
                    storage_state=None if checkpoint is None else storage_of(checkpoint),
                )
        except BaseException:  # also when cancelled: a gate that nobody has must not stay
            if gate is not None:
                gate.close()
            raise
        if gate is not None:
            self._gates.add(gate)
        return gate, context

    async def _room(self) -> Host:
        """A living process with room for one more context."""
        driver = await self._running()
        for host in tuple(self.hosts):
            if not host.process.alive:
                self.hosts.remove(host)
                self._chores.start(host.process.close(), "bury a browser")
        most = self._contexts_per_browser
        roomy = [host for host in self.hosts if host.opened < CONTEXTS_PER_LIFE and len(host.living) < most]
        taken = [host.process for host in self.hosts]
        if roomy and not self._source.unused(taken):
            return min(roomy, key=lambda host: len(host.living))
        try:
            process = await self._source.another(driver, taken, patient=not roomy)
        except BrowserUnavailable:
            if not roomy:
                raise
            return roomy[0]
        host = Host(process, None if process.root is None else Burdens(process.root, self._page_memory))
        self.hosts.append(host)
        if self._looking is None:
            self._looking = self._chores.start(self._look(), "look after page processes")
        return host

    async def _look(self) -> None:
        """End the page processes that take more of the machine than they may."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            since, before = time.monotonic() - before, time.monotonic()
            for host in tuple(self.hosts):
                if host.burdens is None or not host.living.difference(self._shelf):
                    continue
                for process in await asyncio.to_thread(host.burdens.look, since):
                    log.warning("A page takes more memory or threads than it may; it is ended.")
                    for operator in host.living:
                        operator.window.ending()
                    with suppress(psutil.Error):
                        process.kill()

    async def _running(self) -> Driver:
        """The driver; a new one when it has died."""
        if self._driver is not None and not self._driver.alive:
            log.warning("Playwright's driver has ended; another one is started.")
            hosts, self.hosts = self.hosts, []
            for host in hosts:
                self._chores.start(host.process.close(), "bury a browser")
            self._chores.start(self._driver.close(), "bury a driver")
            self._driver = None
        if self._driver is None:
            self._source.check()  # no use in a driver without a browser
            driver = Driver(self._home(), self._held, self._yard)
            await driver.start()
            self._driver = driver
        return self._driver

    async def _answers(self, host: Host) -> bool:
        """Whether a browser answers at all. One that does not is ended, with its driver if that is why."""
        if await host.process.answers():
            return True
        log.warning("A browser does not answer; it is ended.")
        if host in self.hosts:
            self.hosts.remove(host)
        if self._driver is not None and not await self._driver.answers():
            await self._driver.end()
        await host.process.close()
        return False

    def _left(self, host: Host, operator: ChromiumOperator, gate: Gate | None) -> None:
        host.living.discard(operator)
        if gate is not None:
            gate.close()
            self._gates.discard(gate)
        if operator in self._shelf:
            self._shelf.remove(operator)
            self._wanted.set()
        if not host.living and host in self.hosts and host.opened >= CONTEXTS_PER_LIFE:
            self.hosts.remove(host)
            self._chores.start(host.process.close(), "retire a browser")

    def _insist_on_closing(self, host: Host, context: BrowserContext) -> None:
        """A context did not close in time: go on trying, and end the whole process if it cannot."""
        self._chores.start(self._insist(host, context), "close a stuck context")

    async def _insist(self, host: Host, context: BrowserContext) -> None:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(INSIST_FOR):
                await context.close()
                return
        log.warning("A browser does not close a session's context; the whole process is ended.")
        if host in self.hosts:
            self.hosts.remove(host)
        await host.process.close()

    def _home(self) -> Path:
        if self._folder is None:
            self._scratch.mkdir(parents=True, exist_ok=True)
            sweep(self._scratch, PREFIX)
            self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._scratch))
            self._yard = Yard(self._folder, self._held.user)
        return self._folder
