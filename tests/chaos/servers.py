"""Servers and workers as processes of their own, started as a user would, killed as nobody should."""

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.chaos.launcher import Forked, Launcher
from tests.chaos.oracle import Violation, insist

HASTE = 5_000
"""Commands a second: the crowd speaks for many people through one address."""

STARTS_WITHIN = 180.0
STOPS_WITHIN = 10.0
GONE_WITHIN = 2.0
"""Seconds until a browser must have followed its server."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process holds."""

    descriptors: int
    children: int
    threads: int

    def exceeds(self, other: "Footprint") -> bool:
        """Whether it holds more than before, beyond what a busy moment explains."""
        return (
            self.descriptors > other.descriptors + 8
            or self.children > other.children
            or self.threads > other.threads + 8
        )


class Server:
    """One process at a time, on one data directory and one port, so that clients find it again."""

    def __init__(self, folder: Path, **flags: object) -> None:
        self.folder = folder
        self.flags = flags
        self.role = "serve"
        self.around: dict[str, str] = {}
        """Added to its environment."""
        self.prefix: list[str] = []
        """What it is started by, if not directly."""
        self.terminal: int | None = None
        """What it is started on: the open file of a terminal's end."""
        self.launcher: Launcher | None = None
        """What it is forked from, if it need not import everything anew."""
        self._process: asyncio.subprocess.Process | Forked | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> float:
        """Start it; seconds until it can serve."""
        began = time.monotonic()
        await self.begin()
        line = await self.told()
        insist(self.url in line or "is working" in line, f"it did not start: {line or self.log()}")
        return time.monotonic() - began

    async def begin(self) -> None:
        """Start it, and wait for nothing."""
        flags = {
            "data_dir": self.folder / "data",
            "max_commands_per_second": HASTE,
            "allow_networks": "127.0.0.0/8",  # where the sites are
            **self.flags,
        }
        if self.role == "serve":
            flags["port"] = self.port
        words = [word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ZENOBIA_")}
        kept |= {name: os.environ[name] for name in ("ZENOBIA_BROWSER_SANDBOX",) if name in os.environ}
        self.folder.mkdir(exist_ok=True, parents=True)
        if self.launcher is not None:
            self._process = await self.launcher.start([self.role, *words], self.folder / "log", kept | self.around)
            return
        with (self.folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.prefix, sys.executable, "-m", "zenobia", self.role, *words,
                stdin=self.terminal or asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log,
                env=kept | self.around,
            )  # fmt: skip

    async def told(self) -> str:
        """The next line it prints; nothing when it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            return (await asyncio.wait_for(self._process.stdout.readline(), STARTS_WITHIN)).decode()
        except TimeoutError:
            used = psutil.Process(self.pid).cpu_times()
            raise Violation(f"it says nothing after {STARTS_WITHIN:g} seconds; {used}; {self.log()}") from None

    async def ended(self, within: float) -> int:
        """Its exit code, when it ends by itself."""
        assert self._process is not None
        try:
            return await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            insist(False, f"it did not end within {within:g} seconds")
            raise

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    async def kill(self) -> float:
        """End it outright; seconds until its browsers have followed, which must be few."""
        family = self.family()
        self.send(signal.SIGKILL)
        began = time.monotonic()
        await self.ended(STOPS_WITHIN)
        await gone(family, GONE_WITHIN)
        return time.monotonic() - began

    async def stop(self) -> float:
        """End it in order; seconds that took."""
        family = self.family()
        began = time.monotonic()
        self.send(signal.SIGTERM)
        insist(await self.ended(STOPS_WITHIN) == 0, "SIGTERM did not end in exit code 0")
        took = time.monotonic() - began
        await gone(family, GONE_WITHIN)
        insist(not (self.folder / "data" / "scratch").exists(), "it left temporary files")
        return took

    async def away(self) -> None:
        """Let nothing of it be left, however a test ended."""
        if self.alive:
            family = self.family()
            self.send(signal.SIGKILL)
            await self.ended(STOPS_WITHIN)
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()

    def family(self) -> list[psutil.Process]:
        """Everything it has started and that lives."""
        return psutil.Process(self.pid).children(recursive=True)

    def browsers(self) -> list[psutil.Process]:
        """The browsers among them: those browser processes that no other one started."""
        return [one for one in self.family() if "chrom" in _words(one) and "--type=" not in _words(one)]

    def renderers(self) -> list[psutil.Process]:
        """The processes in which pages live."""
        return [one for one in self.family() if "--type=renderer" in _words(one)]

    def driver(self) -> psutil.Process:
        """Playwright's driver."""
        return next(one for one in self.family() if "run-driver" in _words(one))

    def footprint(self) -> Footprint:
        """What it holds now."""
        process = psutil.Process(self.pid)
        return Footprint(process.num_fds(), len(self.family()), process.num_threads())

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text()[-2_000:]

    async def ready(self, within: float = STARTS_WITHIN) -> float:
        """Seconds until it says that it is well."""
        began = time.monotonic()
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            while True:
                insist(time.monotonic() - began < within, f"it is not well after {within:g} seconds")
                try:
                    if (await http.get("/api/health")).status_code == 200:
                        return time.monotonic() - began
                except httpx.TransportError:
                    pass  # it is not there yet
                await asyncio.sleep(0.05)


class Worker(Server):
    """A process that runs sessions and cannot be asked anything."""

    def __init__(self, folder: Path, **flags: object) -> None:
        super().__init__(folder, **flags)
        self.role = "worker"


async def gone(processes: list[psutil.Process], within: float) -> None:
    """Insist that each of them ends in time; a zombie that nobody buries has ended."""
    until = time.monotonic() + within
    while left := [one for one in processes if _runs(one)]:
        insist(time.monotonic() < until, f"still there after {within:g} seconds: {left}")
        await asyncio.sleep(0.02)


def _words(process: psutil.Process) -> str:
    """What it was started with; nothing if it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        return trying.getsockname()[1]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
