"""Security tests 18 and 19: what the browser's processes are, what they listen on, and what they may read."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest

from tests.security.walls.conftest import Town, town
from zenobia.operators.chromium import find_browser
from zenobia.settings import Settings

FORBIDDEN = ("--no-sandbox", "--disable-web-security", "--remote-debugging-port", "--remote-debugging-address")
AS_USER = """import os, sys
user = int(sys.argv[1])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
open(sys.argv[2], "rb").read(1)
"""


def family() -> set[psutil.Process]:
    """Everything that this process, which is the server, has started; for other tests, too."""
    return set(psutil.Process().children(recursive=True))


def browsers(processes: set[psutil.Process]) -> list[psutil.Process]:
    """Those that are of browsers."""
    found = [
        one for one in processes if "--user-data-dir=" in " ".join(one.cmdline()) or "--type=" in str(one.cmdline())
    ]
    return [one for one in found if "node" not in one.name()]


def ports(*processes: psutil.Process) -> set[int]:
    """Where processes listen."""
    found: set[int] = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # one of a page that has just been replaced
            told = process.net_connections("tcp")
            found |= {one.laddr.port for one in told if one.status == psutil.CONN_LISTEN}
    return found


def space(process: psutil.Process) -> str:
    """The user namespace of a process."""
    return str(Path(f"/proc/{process.pid}/ns/user").readlink())


def status(process: psutil.Process, what: str) -> str:
    """A line of what the system says of a process."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{what}:"))


async def with_a_page(here: Town) -> str:
    """A session that shows a page and waits for a person."""
    session = await here.api.create(f'open {here.site.url}/ then ask a person "Well?"')
    await here.api.asked(session)
    return session


@pytest.mark.timeout(60)
async def test_only_the_servers_port_and_gates_listen(tmp_path: Path) -> None:
    others_family = family()  # of servers that other tests keep
    before = ports(psutil.Process(), *others_family)
    async with town(tmp_path) as here:
        await with_a_page(here)
        ours = {here.port, here.site.port, here.canary.port}
        listening = ports(psutil.Process(), *family()) - before
        others = listening - ours
        answers: list[str] = []
        async with httpx.AsyncClient(timeout=5) as client:
            for port in others:
                try:
                    answers.append((await client.get(f"http://127.0.0.1:{port}/json/version")).text)
                except httpx.TransportError:
                    continue
            told = await client.get(f"http://127.0.0.1:{here.port}/json/version")
        held = ports(*(family() - others_family))

    assert here.port in listening
    assert answers == [], "a gate speaks no HTTP"
    assert len(others) == 1, "one gate for the one session"
    assert held == set(), "neither the driver nor the browser listens on anything"
    assert told.status_code == 404


@pytest.mark.skipif(not Settings().browser_sandbox, reason="Chromium's sandbox cannot be had here")
@pytest.mark.timeout(60)
async def test_the_browser_is_confined_and_cannot_read_what_is_stored(tmp_path: Path) -> None:
    data = tmp_path / "data"
    others_family = family()
    async with town(data) as here:
        await with_a_page(here)
        found = browsers(family() - others_family)
        words = [word for one in found for word in one.cmdline()]
        renderers = [one for one in found if "--type=renderer" in one.cmdline()]
        own = space(psutil.Process())
        seccomp = {status(one, "Seccomp") for one in renderers}
        spaces = {space(one) for one in renderers}
        users = {one.uids().real for one in found} | {one.uids().effective for one in found}
        groups = {status(one, "Groups") for one in found}
        database = next(data.glob("*.sqlite"))
        mode = data.stat().st_mode & 0o777
        tries = [
            await asyncio.to_thread(
                subprocess.run, [sys.executable, "-c", AS_USER, str(user), str(database)], capture_output=True
            )
            for user in (users if os.geteuid() == 0 else ())
        ]

    assert [word for word in words if word.startswith(FORBIDDEN)] == []
    assert "--remote-debugging-pipe" in words
    assert renderers
    assert seccomp == {"2"}
    assert own not in spaces
    assert 0 not in users
    assert mode == 0o700
    if os.geteuid() == 0:
        assert groups == {""}
        assert len(users) == 1
        assert [b"PermissionError" in one.stderr for one in tries] == [True]


@pytest.fixture
def refuses() -> Iterator[Path]:
    """A browser without a sandbox to be had, where another user finds it."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        script = Path(folder) / "chromium"
        starts = f'case "$*" in *--no-sandbox*) exec "{find_browser(None)}" "$@";; esac'
        script.write_text(f"#!/bin/sh\n{starts}\necho 'FATAL: No usable sandbox!' >&2\nexit 1\n")
        script.chmod(0o755)
        yield script


@pytest.mark.timeout(60)
async def test_without_a_sandbox_none_is_started_unless_it_is_said_in_so_many_words(
    tmp_path: Path, refuses: Path
) -> None:
    async with town(tmp_path / "one", chromium=str(refuses), browser_sandbox=True) as here:
        ended, _ = await here.ran(f"open {here.site.url}/")
    assert ended["reason"] == "browser_error"
    assert "ZENOBIA_BROWSER_SANDBOX=off" in ended["error"]["error"]

    async with town(tmp_path / "two", chromium=str(refuses), browser_sandbox=False) as here:
        ended, _ = await here.ran(f"open {here.site.url}/")
    assert ended["status"] == "completed"
