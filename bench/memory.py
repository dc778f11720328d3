"""How much memory ten sessions take that sit on a page, against ten bare contexts: the whole family of processes.

Shared memory counts in proportion (PSS), so that the sum is what the machine loses. The reference is a Python process
with Playwright and the same browser, and nothing else.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
from measuring import Comparison, Finding
from processes import demo_site, install_scripts, running, scratch, socket_client, zenobia

SESSIONS = 10
SETTLED = 5.0
TARGET = 1 / 0.9
"""Sessions per gigabyte at least 0.9 of bare contexts: memory at most so many times theirs."""

RAW = """
import sys
from browsers import VIEWPORT, raw_browser
with raw_browser() as browser:
    for _ in range(int(sys.argv[2])):
        browser.new_context(viewport=VIEWPORT, accept_downloads=True).new_page().goto(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.read()
"""


def memory(blocks: int) -> Iterator[Finding]:
    """Ten sessions, each on the front page of the demonstration site."""
    install_scripts()
    ours: list[list[float]] = []
    theirs: list[list[float]] = []
    with demo_site() as site:
        for _ in range(blocks):
            ours.append([_sessions(site) / SESSIONS])
            theirs.append([_contexts(site) / SESSIONS])
    what = f"memory of a session, {SESSIONS} on a page each, with all that the server needs"
    yield Comparison(what, ours, "bare contexts, with Playwright", theirs, TARGET, "MB")


def _sessions(site: str) -> float:
    with ExitStack() as stack:
        data_dir = stack.enter_context(scratch()) / "zenobia"
        flags = ("--max-sessions", str(SESSIONS), "--warm-browsers", "0", "--allow-networks", "127.0.0.0/8")
        url, pid = stack.enter_context(zenobia(data_dir, *flags))
        client = stack.enter_context(socket_client())
        client.do("connect", group="zenobia", url=url, clients=1)
        for _ in range(SESSIONS):
            client.do("stand", group="zenobia", prompt=f"open {site}")
        time.sleep(SETTLED)
        return family(pid)


def _contexts(site: str) -> float:
    here = str(__file__).rpartition("/")[0]
    with running([sys.executable, "-c", RAW, site, str(SESSIONS)], env={**os.environ, "PYTHONPATH": here}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(SETTLED)
        return family(process.pid)


def family(pid: int) -> float:
    """Proportional memory of a process and all that it started, in megabytes."""
    everyone = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(one.memory_full_info().pss for one in everyone) / 1e6
