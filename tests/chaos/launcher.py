"""A process that has loaded what a server needs, and becomes one by a fork, as often as it is asked.

A server that is started the plain way spends most of its first seconds importing. A loop of hundreds of kills has no
use for that: everything that a server does after its imports is the same, and what recovery costs with them is measured
by the rows that start it plainly.
"""

import asyncio
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ORDER = 1 << 16
READY = b"ready"
LOADED = ("uvloop", "playwright.async_api", "zenobia.app", "zenobia.cli.serve", "zenobia.operators.pool")
"""Everything that a server comes to import."""


class Forked:
    """A server's process; what `asyncio.subprocess.Process` would say of it."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader, launcher: "Launcher") -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._launcher = launcher
        self._waiting: asyncio.Task[None] | None = None

    async def wait(self) -> int:
        """Its exit code, when it has ended."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._wait(), name=f"wait for {self.pid}")
        await asyncio.shield(self._waiting)
        return self.returncode or 0

    async def _wait(self) -> None:
        self.returncode = int(await self._launcher.ask({"wait": self.pid}))


class Launcher:
    """The process that forks, from the outside. One thing is asked of it at a time."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._one_at_a_time = asyncio.Lock()

    async def start(self, words: Sequence[str], log: Path, environment: Mapping[str, str]) -> Forked:
        """Start `zenobia` with these words."""
        reading, writing = os.pipe()
        stderr = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        order = {"start": list(words), "environment": dict(environment)}
        pid = int(await self.ask(order, [writing, stderr]))
        os.close(writing)
        os.close(stderr)
        stdout = asyncio.StreamReader()
        pipe = os.fdopen(reading, "rb")
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdout), pipe)
        return Forked(pid, stdout, self)

    async def ask(self, order: Any, files: Sequence[int] = ()) -> bytes:
        """Give an order, and wait for what comes of it."""
        async with self._one_at_a_time:
            await asyncio.to_thread(socket.send_fds, self._line, [json.dumps(order).encode()], files)
            return await asyncio.to_thread(self._line.recv, ORDER)


@asynccontextmanager
async def a_launcher() -> AsyncGenerator[Launcher]:
    """A launcher for as long as the context lasts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.chaos.launcher", str(theirs.fileno())]
    process = await asyncio.to_thread(subprocess.Popen, command, pass_fds=[theirs.fileno()])
    theirs.close()
    try:
        await asyncio.to_thread(ours.recv, ORDER)
        yield Launcher(ours)
    finally:
        ours.close()
        await asyncio.to_thread(process.wait)


def main() -> None:
    """Load, then fork whenever told to; ends when nobody gives orders any more."""
    line = socket.socket(fileno=int(sys.argv[1]))
    for module in LOADED:
        importlib.import_module(module)
    line.send(READY)
    while True:
        text, files, _, _ = socket.recv_fds(line, ORDER, 2)
        if not text:
            return
        order = json.loads(text)
        if "wait" in order:
            line.send(str(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])).encode())
        elif (pid := os.fork()) == 0:
            line.close()
            _become(order, files)
            return
        else:
            line.send(str(pid).encode())
            for one in files:
                os.close(one)


def _become(order: Any, files: list[int]) -> None:
    """Be the server."""
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["zenobia", *order["start"]]
    from zenobia.cli import main as zenobia

    zenobia()


if __name__ == "__main__":
    main()
