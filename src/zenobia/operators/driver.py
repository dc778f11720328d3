"""Playwright's driver process and the browsers it starts: out of reach of our terminal, traceable, and killable.

The driver is a Node.js process. Started plainly it shares our process group, so that a Ctrl-C would end it (and every
browser) before we could say goodbye; and it inherits our environment with every secret in it. So it is started by a
small script: in a session of its own, with a few harmless variables, and with all its temporary files in our folder.
"""

import asyncio
import logging
import os
import secrets
import shlex
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import playwright
import psutil
from playwright.async_api import Browser, Dialog, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api._context_manager import PlaywrightContextManager

from zenobia.operators.chromium import flags, unwanted_flags
from zenobia.operators.confinement import Confinement, Yard
from zenobia.protocol.errors import BrowserUnavailable

log = logging.getLogger(__name__)

START_WITHIN = 20.0
DRIVER_WITHIN = 8.0
"""Seconds until a driver must answer; it takes less than one, but now and then one never does."""

CONNECT_WITHIN = 8.0
FAR_FOLDER = "/tmp/zenobia-"  # noqa: S108 - on the machine of a remote browser, which makes a folder for its downloads
STOP_WITHIN = 2.0
ANSWERS_WITHIN = 4.0
"""Seconds for a word from a browser or a driver that is asked nothing but whether it is there: on a busy machine a
living one takes its time, and to end it would cost every session in it its page."""

DRIVER_ERRORS = (PlaywrightError, OSError, ValueError, psutil.Error)
"""What a driver that does not come up shows itself as; a deadline is an OSError too."""

NODE = "PLAYWRIGHT_NODEJS_PATH"
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "DEBUG")

SCRIPT = """#!/bin/sh
echo $$ > {pid}
exec {python} -S -c {alone} {node} "$@"
"""
ALONE = """
import os, sys
os.setsid()
kept = {kept!r}
env = {{k: v for k, v in os.environ.items() if k in kept or k.startswith("PW_")}}
env.update(TMPDIR={yard!r}, HOME={folder!r})
os.execve(sys.argv[1], sys.argv[1:], env)
"""

_starting = asyncio.Lock()  # the driver's program can be named by an environment variable only


@dataclass(eq=False, slots=True)
class Process:
    """One browser: the operating system's process at the root of it, or the address at which it was reached."""

    browser: Browser
    root: psutil.Process | None
    address: str | None = None
    ended: bool = False

    @property
    def alive(self) -> bool:
        """Whether it can still be spoken to."""
        return not self.ended and self.browser.is_connected() and (self.root is None or running(self.root))

    async def answers(self) -> bool:
        """Whether it says anything at all; it may live and be stuck."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                line = await self.browser.new_browser_cdp_session()
                await line.detach()
        except (PlaywrightError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """End it, politely or not; of a remote one, what is ours of it."""
        self.ended = True
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(STOP_WITHIN):
                await self.browser.close()
        if self.root is not None:
            await end_tree(self.root)


class Driver:
    """One Playwright driver."""

    def __init__(self, folder: Path, confinement: Confinement | None = None, yard: Yard | None = None) -> None:
        self._folder = folder
        self._confinement = confinement or Confinement()
        self._yard = yard or Yard(folder, None)
        self._playwright: Playwright | None = None
        self._process: psutil.Process | None = None
        self._launching = asyncio.Lock()

    @property
    def alive(self) -> bool:
        """Whether it was started and has not died."""
        return self._process is not None and running(self._process)

    async def start(self) -> None:
        """Start the driver.

        Raises:
            BrowserUnavailable: it did not come up.
        """
        async with _starting:
            try:
                await self._start()
            except DRIVER_ERRORS:
                log.warning("Playwright's driver did not answer; it is started once more.")
                await self._end_half_started()
                try:
                    await self._start()
                except DRIVER_ERRORS as error:
                    await self._end_half_started()
                    raise BrowserUnavailable(problem="Playwright's driver did not start.") from error

    async def _start(self) -> None:
        before, os.environ[NODE] = os.environ.get(NODE), str(self._script())
        try:
            async with asyncio.timeout(DRIVER_WITHIN):
                library = async_playwright()
                self._playwright = await library.start()
            _expect_its_end(library)
            self._process = psutil.Process(int(self._pid.read_text()))
        finally:
            if before is None:
                del os.environ[NODE]
            else:
                os.environ[NODE] = before

    async def _end_half_started(self) -> None:
        """End a driver that came up but does not answer."""
        with suppress(OSError, ValueError, psutil.Error):
            await end_tree(psutil.Process(int(self._pid.read_text())))

    async def launch(self, executable: Path) -> Process:
        """Start one browser with a fresh profile.

        Raises:
            BrowserUnavailable: it did not come up.
        """
        if self._playwright is None or self._process is None:
            raise BrowserUnavailable(problem="Playwright's driver is not running.")
        async with self._launching:
            before = set(children(self._process))
            try:
                browser = await self._playwright.chromium.launch(
                    executable_path=self._yard.runs(executable, self._folder),
                    downloads_path=self._yard.arriving,
                    args=flags(),
                    ignore_default_args=unwanted_flags(),
                    chromium_sandbox=self._confinement.sandbox,
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                    timeout=START_WITHIN * 1000,
                )
            except PlaywrightError as error:
                log.warning("The browser did not start: %s", error)
                raise BrowserUnavailable(problem=_why(str(error))) from error
            new = [child for child in children(self._process) if child not in before]
            return Process(browser, new[0] if new else None)

    async def connect(self, address: str) -> Process:
        """Use the browser at a CDP address: `http(s)://` or `ws(s)://`.

        Raises:
            PlaywrightError, TimeoutError: it does not answer. Their text can hold the address.
        """
        if self._playwright is None:
            raise BrowserUnavailable(problem="Playwright's driver is not running.")
        async with asyncio.timeout(CONNECT_WITHIN + 1):
            browser = await self._playwright.chromium.connect_over_cdp(
                address,
                is_local=False,
                no_defaults=True,
                artifacts_dir=f"{FAR_FOLDER}{secrets.token_hex(8)}",
                timeout=CONNECT_WITHIN * 1000,
            )
        for context in browser.contexts:  # Playwright sees every page there, and would dismiss the dialogs of others
            context.on("dialog", _leave)
        return Process(browser, None, address)

    async def answers(self) -> bool:
        """Whether it says anything at all; it may live and be stuck."""
        if self._playwright is None:
            return False
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await (await self._playwright.request.new_context()).dispose()  # asks no browser
        except (PlaywrightError, TimeoutError):
            return False
        return True

    async def end(self) -> None:
        """End the driver and whatever it started, without a word."""
        if self._process is not None:
            await end_tree(self._process)

    async def close(self) -> None:
        """End the driver and whatever it started."""
        if self._playwright is not None:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(STOP_WITHIN):
                    await self._playwright.stop()
        await self.end()

    @property
    def _pid(self) -> Path:
        return self._folder / "driver.pid"

    def _script(self) -> Path:
        node = os.environ.get(NODE) or str(Path(playwright.__file__).parent / "driver" / "node")
        alone = ALONE.format(kept=KEPT, folder=str(self._folder), yard=str(self._yard.path))
        script = self._folder / "driver"
        script.write_text(
            SCRIPT.format(
                pid=shlex.quote(str(self._pid)),
                python=shlex.quote(sys.executable),
                alone=shlex.quote(alone),
                node=shlex.quote(node),
            )
        )
        script.chmod(0o700)
        return script


def _expect_its_end(library: PlaywrightContextManager) -> None:
    """Take note of the error that the library keeps of a driver that dies: asyncio logs what nobody looks at.

    It is kept where only its own code finds it. Should a new version keep it elsewhere, a test tells.
    """
    with suppress(AttributeError):
        library._client._transport.on_error_future.add_done_callback(_look_at)  # pyright: ignore


def _look_at(future: "asyncio.Future[None]") -> None:
    if not future.cancelled():
        future.exception()


def _leave(_: Dialog) -> None:
    """Whoever owns the page answers it."""


def _why(error: str) -> str:
    if "No usable sandbox" in error:
        return (
            "its sandbox is not available to this user here. Allow user namespaces (for containers: a seccomp "
            "profile that lets Chromium make them), or say with ZENOBIA_BROWSER_SANDBOX=off that you go without."
        )
    if "PermissionError" in error:
        return "the user that it runs as (ZENOBIA_BROWSER_USER) cannot be had here, or may not run it."
    if "shared libraries" in error:
        return "a shared library that it needs is missing; install the browser from your distribution."
    return "it ended or did not answer while starting; the server's log says more."


def running(process: psutil.Process) -> bool:
    """Whether the process lives; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def children(process: psutil.Process, *, recursive: bool = False) -> list[psutil.Process]:
    """Its children; none when it is gone."""
    try:
        return process.children(recursive=recursive)
    except psutil.NoSuchProcess:
        return []


async def end_tree(root: psutil.Process) -> None:
    """Kill a process, its descendants and the group it leads, and wait until they are gone."""
    tree = [*children(root, recursive=True), root]
    reused = psutil.pid_exists(root.pid) and not root.is_running()
    with suppress(ProcessLookupError, PermissionError):
        if root.pid != os.getpgid(0) and not reused:  # a group can outlive its leader
            os.killpg(root.pid, signal.SIGKILL)
    for process in tree:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    await asyncio.to_thread(_gone, tree)


def _gone(tree: list[psutil.Process]) -> None:
    """Wait until none runs; a zombie that its parent does not bury (some containers' first process) is gone enough."""
    until = time.monotonic() + STOP_WITHIN
    while (rest := [process for process in tree if running(process)]) and time.monotonic() < until:
        psutil.wait_procs(rest, timeout=0.05)
