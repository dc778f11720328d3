"""Who browsers run as, and the little of the disk that they share with us.

Chromium's sandbox refuses to work for root, and a browser that runs as root could read whatever the server can. So
where the server is root, browsers get a user of their own, who owns nothing but profiles, and a yard outside of the
data directory, where what comes in and goes out is handed over. Elsewhere they run as the server does.
"""

import asyncio
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

OWN_USER = 65_530
"""A number that no system gives to anybody: below `nobody`, above what systemd and distributions hand out."""

PREFIX = "zenobia-yard-"
PROFILE = "--user-data-dir="

DROPPED = """
import os, sys
profile = next(word.partition("=")[2] for word in sys.argv if word.startswith({profile!r}))
os.chown(profile, {user}, {user})
os.setgroups([])
os.setresgid({user}, {user}, {user})
os.setresuid({user}, {user}, {user})
os.environ.update(HOME=profile, TMPDIR=profile)
os.chdir(profile)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Run in the place of a browser: becomes its user, then the browser. Everything below it inherits that."""

TRIED = """
import ctypes, os, sys
user = int(sys.argv[1])
if user:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
CLONE_NEWUSER = 0x10000000
sys.exit(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0)
"""
ANSWERS_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Confinement:
    """How browsers are held: in Chromium's sandbox or not, and as another user if `user` is given."""

    sandbox: bool = True
    user: int | None = None

    def __str__(self) -> str:
        held = "on" if self.sandbox else "off"
        return held if self.user is None else f"{held}, browsers run as user {self.user}"


def confinement(*, sandbox: bool = True, user: int = OWN_USER) -> Confinement:
    """How the browsers of this process are held: only root can, and must, give them another user."""
    root = os.name == "posix" and os.geteuid() == 0
    return Confinement(sandbox, user if root else None)


def sandbox_can_be_had(user: int | None) -> bool:
    """Whether that user can make the namespaces of Chromium's sandbox here: tried, in a process of its own."""
    try:
        command = [sys.executable, "-S", "-c", TRIED, str(user or 0)]
        done = subprocess.run(command, timeout=ANSWERS_WITHIN, capture_output=True, check=False)  # noqa: S603 - our own
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


class Yard:
    """Where the browser and we find each other's files: `home` itself unless browsers have a user of their own."""

    def __init__(self, home: Path, user: int | None) -> None:
        self._user = user
        self.path = home if user is None else _outside()
        if user is not None:
            arriving = self.path / "arriving"
            arriving.mkdir(mode=0o700)
            os.chown(arriving, user, user)

    @property
    def arriving(self) -> Path | None:
        """Where downloads arrive, if not in a folder of Playwright's."""
        return None if self._user is None else self.path / "arriving"

    def runs(self, executable: Path, home: Path) -> Path:
        """The program to start in place of a browser: itself, or one in `home` that first becomes its user."""
        if self._user is None:
            return executable
        code = DROPPED.format(profile=PROFILE, user=self._user)
        script = home / "browser"
        words = (quote(sys.executable), "-S", "-c", quote(code), quote(str(executable)))
        script.write_text(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n')
        script.chmod(0o700)
        return script

    async def hand(self, file: Path, place: str) -> Path:
        """A file as the browser can read it: a copy of its own, under the same name, until `take_back(place)`."""
        if self._user is None:
            return file
        return await asyncio.to_thread(self._copied, file, self.path / place)

    async def take_back(self, place: str) -> None:
        """Remove what was handed over to that place."""
        if self._user is not None:
            await asyncio.to_thread(shutil.rmtree, self.path / place, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _copied(self, file: Path, folder: Path) -> Path:
        user = self._user or 0
        folder.mkdir(mode=0o711, exist_ok=True)  # ours: nobody else can put a link where we are about to write
        folder.chmod(0o711)
        copy = Path(tempfile.mkdtemp(dir=folder)) / file.name
        copy.parent.chmod(0o711)
        shutil.copyfile(file, copy)
        copy.chmod(0o400)
        os.chown(copy, user, user)
        return copy


def sweep(folder: Path, prefix: str) -> None:
    """Remove what a server that was killed left behind: folders of ours with its process's number in their name."""
    import psutil  # takes a while to import, and the settings need this module

    for left in folder.glob(f"{prefix}*"):
        pid = left.name.removeprefix(prefix).partition("-")[0]
        with suppress(OSError):
            if pid.isdecimal() and not psutil.pid_exists(int(pid)) and left.stat().st_uid == os.geteuid():
                shutil.rmtree(left)


def _outside() -> Path:
    """A new folder that others can pass through, in the first place for temporary files that lets them."""
    for base in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - a folder of our own in it
        if all(stat.S_IMODE(part.stat().st_mode) & stat.S_IXOTH for part in (base, *base.parents)):
            sweep(base, PREFIX)
            folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
            folder.chmod(0o711)
            return folder
    raise OSError("there is no folder for temporary files that other users can enter")
