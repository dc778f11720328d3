"""`zenobia` as a process of its own, with or without a terminal."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 20.0


def environment(**more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZENOBIA_", "COLUMNS"))}
    kept |= {name: os.environ[name] for name in ("ZENOBIA_BROWSER_SANDBOX",) if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | more


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


async def start(*words: str, cwd: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "zenobia",
        *words,
        cwd=cwd,
        env=environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def told(process: asyncio.subprocess.Process, words: str) -> str:
    """The first line still to come that holds these words."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while words not in (line := (await process.stdout.readline()).decode()):
            assert line, f"it ended without saying {words}"
    return line


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def zenobia(*words: str, cwd: Path) -> Done:
    process = await start(*words, cwd=cwd)
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), err.decode())


class Terminal:
    """A command on a terminal of its own, and a person in front of it."""

    def __init__(self, process: asyncio.subprocess.Process, screen: int) -> None:
        self.process = process
        self.seen = ""
        self._screen = screen
        self._more = asyncio.Event()
        self._shown = True
        asyncio.get_running_loop().add_reader(screen, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._screen, 1 << 16)
        except OSError:  # the other end is gone
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._screen)
        self.seen += data.decode(errors="replace")
        self._more.set()

    async def until(self, words: str, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.seen.count(words) < times:
                self._more.clear()
                await self._more.wait()

    def close(self) -> None:
        """Close the window, if it is not closed yet."""
        if self._shown:
            self._shown = False
            asyncio.get_running_loop().remove_reader(self._screen)
            os.close(self._screen)

    def type(self, line: str) -> None:
        os.write(self._screen, line.encode() + b"\n")

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()


def _hears_hangups() -> None:
    """Whoever sits at this terminal, nobody said `nohup` there, though somebody may have where the tests run."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@asynccontextmanager
async def terminal(*words: str, cwd: Path) -> AsyncGenerator[Terminal]:
    screen, end = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zenobia", *words, cwd=cwd, env=environment(COLUMNS="100", LINES="40"),
        stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=_hears_hangups,
    )  # fmt: skip
    os.close(end)
    shown = Terminal(process, screen)
    try:
        yield shown
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shown.close()
