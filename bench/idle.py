"""What the server costs while nothing happens, and how long one waits for it."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from measuring import Amount, Finding
from processes import ROOT, scratch, zenobia

MOST_MEMORY = 150
READY_WITHIN = 2
HELP_WITHIN = 0.5
SETTLED = 3.0
"""Seconds after which nothing of the start is still going on."""


def idle(blocks: int) -> Iterator[Finding]:
    """Memory without browsers, time to ready and to an answer over plain HTTP, and time to the help text."""
    with scratch() as folder:
        data_dir = folder / "zenobia"
        _start(data_dir)  # files are read from the disk, and the database is made
        starts = [_start(data_dir) for _ in range(blocks)]
        with zenobia(data_dir, "--warm-browsers", "0") as (_, pid):
            time.sleep(SETTLED)
            resident, shared = _memory(pid)
    yield Amount("server without browsers: resident memory", [resident], "MB", MOST_MEMORY)
    yield Amount("server without browsers: its proportional share (PSS)", [shared], "MB", MOST_MEMORY)
    yield Amount("from start to ready, warm", [ready for ready, _ in starts], "s", READY_WITHIN)
    yield Amount("from start to an answered GET, warm", [answered for _, answered in starts], "s", READY_WITHIN)
    yield Amount("zenobia --help, warm", [_help() for _ in range(blocks + 1)][1:], "s", HELP_WITHIN)


def _start(data_dir: Path) -> tuple[float, float]:
    """Seconds from a start to the line that says that it serves, and to the answer to a request sent at that moment."""
    began = time.monotonic()
    with zenobia(data_dir, "--warm-browsers", "0") as (url, _):
        ready = time.monotonic()
        urllib.request.urlopen(f"{url}/api/health").close()
        return ready - began, time.monotonic() - began


def _memory(pid: int) -> tuple[float, float]:
    """Resident and proportional memory of a process and all that it started, in megabytes."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    used = [one.memory_full_info() for one in family]
    return sum(one.rss for one in used) / 1e6, sum(getattr(one, "pss", one.rss) for one in used) / 1e6


def _help() -> float:
    began = time.monotonic()
    subprocess.run([Path(sys.executable).parent / "zenobia", "--help"], cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began
