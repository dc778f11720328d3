"""What a machine needs to run Zenobia, looked at one thing at a time; each finding says how to mend it."""

import asyncio
import os
import platform
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zenobia.app import agents_of
from zenobia.cli.sheets import measured
from zenobia.operators.chromium import ENOUGH_SHARED_MEMORY, find_browser
from zenobia.operators.confinement import sandbox_can_be_had
from zenobia.protocol.errors import BrowserUnavailable, ZenobiaError
from zenobia.settings import NOTHING_WRITTEN, POLICY, Settings
from zenobia.store.blobs import Blobs
from zenobia.store.opening import require_readable
from zenobia.store.places import BlobsUnusable, is_remote

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING."""
LITTLE_SPACE, TOO_LITTLE_SPACE = 2 << 30, 200 << 20
FEW_DESCRIPTORS = 1_024
LITTLE_MEMORY = 512 << 20
ANSWER_WITHIN = 20.0
"""Seconds that a program asked about itself may take."""
FONT_DIRECTORIES = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
LANGUAGES = {"Chinese, Japanese or Korean": "zh", "emoji": "und-zsye"}
"""What pages show that a bare system often cannot, by fontconfig's names."""


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what is the matter, and what to do about it."""

    what: str
    level: Level
    found: str
    mend: str = ""


Look = Callable[[Settings], Finding]


def python(_: Settings) -> Finding:
    """The interpreter."""
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", Level.OK, platform.python_version())
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", Level.FAIL, platform.python_version(), f"Use Python {wanted} or newer.")


def sqlite(_: Settings) -> Finding:
    """The database's engine."""
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        return Finding("SQLite", Level.OK, sqlite3.sqlite_version)
    mend = "Use a Python that is built with SQLite 3.35 or newer."
    return Finding("SQLite", Level.FAIL, sqlite3.sqlite_version, mend)


def browser(settings: Settings) -> Finding:
    """Which browser there is."""
    try:
        path = find_browser(settings.chromium)
    except BrowserUnavailable as error:
        mend = "Debian and Ubuntu: apt-get install chromium-headless-shell. Or name one with --chromium PATH."
        return Finding("Browser", Level.FAIL, error.message, mend)
    version = _said([str(path), "--version"])
    if version is None:
        mend = f"Run {path} --version yourself and read what it says; a missing library is the usual reason."
        return Finding("Browser", Level.FAIL, f"{path} does not tell its version.", mend)
    return Finding("Browser", Level.OK, f"{version} ({path})")


def sandbox(settings: Settings) -> Finding:
    """Whether the browser can wall itself in."""
    held = settings.confinement
    if not held.sandbox:
        mend = "A page that breaks out of its process can do what the browser's user can. Take the setting back."
        return Finding("Sandbox", Level.WARN, f"{held}, because ZENOBIA_BROWSER_SANDBOX says so", mend)
    if sandbox_can_be_had(held.user):
        return Finding("Sandbox", Level.OK, str(held))
    mend = "Allow user namespaces (in a container: a seccomp profile that does), or go without by --browser-sandbox no."
    return Finding("Sandbox", Level.FAIL, "it cannot be had, so no browser would be started", mend)


def port(settings: Settings) -> Finding:
    """Whether the server's port is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        return _taken(settings, error)
    return Finding("Port", Level.OK, f"{settings.host}:{settings.port} is free")


def _taken(settings: Settings, error: OSError) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if _is_zenobia(where):
        return Finding("Port", Level.OK, f"A Zenobia server already answers on {where}")
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return Finding("Port", Level.FAIL, f"{where} cannot be had: {reason}", "Choose another with --port.")


def data_directory(settings: Settings) -> Finding:
    """Whether there is room, and whether we may write there."""
    where = settings.data_dir.absolute()
    there = next(path for path in (where, *where.parents) if path.exists())
    if not os.access(there, os.W_OK) or not there.is_dir():
        mend = "Choose another with --data-dir, or give this user the right to write there."
        return Finding("Data", Level.FAIL, f"{there} cannot be written", mend)
    free = shutil.disk_usage(there).free
    level = Level.FAIL if free < TOO_LITTLE_SPACE else Level.WARN if free < LITTLE_SPACE else Level.OK
    mend = "" if level is Level.OK else "Make room, or choose another disk with --data-dir."
    return Finding("Data", level, f"{measured(free)} free for {where}", mend)


def files(settings: Settings) -> Finding:
    """Whether files can be kept where they are to be kept."""
    where = settings.blobs
    if where is None:
        return Finding("Files", Level.OK, "in the data directory")
    try:
        asyncio.run(Blobs.at(where).prove())
    except BlobsUnusable as error:
        mend = "Look at ZENOBIA_BLOBS, at the store's credentials in the environment, and whether the bucket is there."
        return Finding("Files", Level.FAIL, error.message, mend)
    if not is_remote(where):
        return Finding("Files", Level.OK, f"{where} can be written")
    advice = "Let a lifecycle rule of the bucket drop uploads that were never completed: a cut connection leaves some."
    return Finding("Files", Level.OK, f"{where} can be written", advice)


def database(settings: Settings) -> Finding:
    """Whether what is kept can be read by this version."""
    url = None if settings.database is None else settings.database.get_secret_value()
    try:
        require_readable(settings.data_dir, url)
    except ZenobiaError as error:
        return Finding("Database", Level.FAIL, error.message)
    return Finding("Database", Level.OK, "in the data directory" if url is None else "can be reached")


def access(settings: Settings) -> Finding:
    """Whether others could reach the server, which then wants to know who they are."""
    if settings.private or settings.oidc is not None:
        return Finding("Access", Level.OK, "only from this machine" if settings.private else "by signing in")
    mend = "See whether there is one with `zenobia keys list`, or make it with `zenobia keys create NAME`."
    return Finding(
        "Access", Level.WARN, f"others can reach {settings.host}, where nothing is served without a key", mend
    )


def policy(settings: Settings) -> Finding:
    """Whether the policy, if one is written down, can be read."""
    try:
        written = settings.rules != NOTHING_WRITTEN
    except ZenobiaError as error:
        return Finding("Policy", Level.FAIL, error.message)
    return Finding("Policy", Level.OK, str(settings.policy or POLICY) if written else "none is written down")


def agent(settings: Settings) -> Finding:
    """Whether there is the agent that sessions get."""
    try:
        agents_of(settings)
    except ZenobiaError as error:
        return Finding("Agent", Level.FAIL, error.message, "Choose another with --default-agent.")
    return Finding("Agent", Level.OK, settings.agent)


def memory(_: Settings) -> Finding:
    """Whether browsers have room."""
    import psutil

    free = psutil.virtual_memory().available
    if free >= LITTLE_MEMORY:
        return Finding("Memory", Level.OK, f"{measured(free)} available")
    mend = "A session takes 100 to 500 MB: free some, or lower --max-sessions."
    return Finding("Memory", Level.WARN, f"only {measured(free)} available", mend)


def shared_memory(_: Settings) -> Finding:
    """Whether the browser's processes can talk the fast way."""
    name = "/dev/shm"  # noqa: S108 - only measured
    try:
        size = shutil.disk_usage(name).total
    except OSError:
        return Finding(name, Level.WARN, "there is none", "The browser uses files instead, which is slower.")
    if size >= ENOUGH_SHARED_MEMORY:
        return Finding(name, Level.OK, measured(size))
    mend = "The browser uses files instead, which is slower. In a container: --shm-size=1g."
    return Finding(name, Level.WARN, f"only {measured(size)}", mend)


def descriptors(_: Settings) -> Finding:
    """How many files and connections may be open."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FEW_DESCRIPTORS:
        return Finding("Open files", Level.OK, "no limit" if soft == resource.RLIM_INFINITY else f"up to {soft:,}")
    return Finding("Open files", Level.WARN, f"only {soft:,}", "Raise it: ulimit -n 4096.")


def fonts(_: Settings) -> Finding:
    """Whether pages can be drawn as they are meant."""
    listed = _said(["fc-list", ":", "family"])
    count = len(listed.splitlines()) if listed is not None else _font_files()
    if count == 0:
        mend = "Debian and Ubuntu: apt-get install fonts-liberation fonts-noto-core."
        return Finding("Fonts", Level.WARN, "none: pictures will show boxes instead of letters", mend)
    lacking = [name for name, language in LANGUAGES.items() if _said(["fc-list", f":lang={language}"]) == ""]
    if lacking:
        mend = "If you need them, Debian and Ubuntu: apt-get install fonts-noto-cjk fonts-noto-color-emoji."
        return Finding("Fonts", Level.WARN, f"{count}, but none for {' or '.join(lacking)}", mend)
    return Finding("Fonts", Level.OK, str(count))


LOOKS: tuple[Look, ...] = (
    python,
    sqlite,
    browser,
    sandbox,
    fonts,
    shared_memory,
    memory,
    descriptors,
    data_directory,
    database,
    files,
    policy,
    agent,
    port,
    access,
)
"""Everything that can be seen without starting a browser."""

OF_A_BROWSER_HERE: tuple[Look, ...] = (browser, sandbox, fonts, shared_memory)
"""What does not matter when all browsers are remote."""


def _said(command: list[str]) -> str | None:
    """What a program says of itself; None if it cannot."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_WITHIN, check=True)  # noqa: S603 - our own words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _font_files() -> int:
    return sum(1 for directory in FONT_DIRECTORIES for path in directory.rglob("*.[ot]t[fc]") if path.is_file())


def _is_zenobia(where: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{where}/api/health", timeout=2) as answer:
            return b'"sessionsRunning"' in answer.read(10_000)
    except (OSError, ValueError):
        return False
