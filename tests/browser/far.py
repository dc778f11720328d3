"""A Chromium started apart, as a machine of a fleet would: its own process, profile and temporary folder."""

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import CDPSession, async_playwright

from zenobia.operators.cdp import tell
from zenobia.operators.chromium import find_browser
from zenobia.settings import Settings

FLAGS = ("--headless=new", "--no-first-run", "--disable-background-networking", "--disable-gpu")


class Far:
    """The browser, from the outside. Its address stays the same when it is started again."""

    def __init__(self) -> None:
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="far-"))

    @property
    def address(self) -> str:
        """Where it is reached by CDP."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it with a fresh profile, and wait until it listens."""
        profile = tempfile.mkdtemp(dir=self._folder)
        unsafe = ["--no-sandbox"] if os.geteuid() == 0 or not Settings().browser_sandbox else []
        where = [f"--remote-debugging-port={self.port}", f"--user-data-dir={profile}"]
        self._process = await asyncio.create_subprocess_exec(
            find_browser(None), *FLAGS, *unsafe, *where, stderr=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(20):
            async for line in self._process.stderr:
                if b"DevTools listening on" in line:
                    self.port = int(line.split(b":")[2].split(b"/")[0])
                    return
        raise AssertionError("it did not start")

    def send(self, number: signal.Signals) -> None:
        """Send all of its processes a signal."""
        assert self._process is not None
        root = psutil.Process(self._process.pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # it ended just now, by itself
                process.send_signal(number)

    async def kill(self) -> None:
        """End it as a crash would."""
        if self._process is None or self._process.returncode is not None:
            return
        family = psutil.Process(self._process.pid).children(recursive=True)
        self.send(signal.SIGKILL)
        await self._process.wait()
        await asyncio.to_thread(psutil.wait_procs, family, timeout=5)

    async def remove(self) -> None:
        """End it for good."""
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def contexts(self) -> list[str]:
        """The contexts that somebody made in it."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(self.address, no_defaults=True)
            line: CDPSession = await browser.new_browser_cdp_session()
            answer: dict[str, Any] = await tell(line, "Target.getBrowserContexts")
            await browser.close()
        return answer["browserContextIds"]
