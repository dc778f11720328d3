"""What the processes of pages take of the machine: one that takes too much is ended, one that goes on and on gives way.

A page can start threads and fill memory without end, and nothing in the browser stops it before the machine does. Each
session has page processes of its own, so that ending one harms no other session.
"""

import os
from contextlib import suppress
from dataclasses import dataclass

import psutil

MOST_THREADS = max(100, 4 * (os.cpu_count() or 1))
"""Threads of one page process: a worker is one, and a page that is no attack has a few dozen."""

BUSY = 1.2
"""Processors that a page process keeps busy when it counts as greedy: more than its main thread alone could."""

GREEDY_AFTER = 10
"""Looks in a row at which it must have been; from then on it has the processors that nobody else wants."""

ZYGOTE = "--type=zygote"
"""What a page process is called for a moment, before it becomes one."""


@dataclass(slots=True)
class _Page:
    process: psutil.Process
    seconds: float = 0.0
    greedy: int = 0


class Burdens:
    """The page processes of one browser, as they were at the last look; `memory` is in bytes for each of them."""

    def __init__(self, root: psutil.Process, memory: int) -> None:
        self._root = root
        self._memory = memory
        self._pages: dict[int, _Page] = {}
        self._others: set[int] = set()

    def look(self, since: float) -> list[psutil.Process]:
        """Those that take more than they may; `since` is how many seconds ago the last look was. Reads /proc."""
        try:
            living = {one.pid: one for one in self._root.children(recursive=True)}
        except psutil.Error:
            return []
        self._others &= living.keys()
        self._pages = {pid: page for pid, page in self._pages.items() if pid in living}
        for pid in living.keys() - self._pages.keys() - self._others:
            self._meet(living[pid])
        return [page.process for page in self._pages.values() if self._too_much(page, since)]

    def _meet(self, process: psutil.Process) -> None:
        try:
            words = process.cmdline()
        except psutil.Error:
            return
        if "--type=renderer" in words:
            self._pages[process.pid] = _Page(process)
        elif any(word.startswith("--type=") and word != ZYGOTE for word in words):
            self._others.add(process.pid)

    def _too_much(self, page: _Page, since: float) -> bool:
        try:
            with page.process.oneshot():
                self._give_way(page, since)
                return page.process.memory_info().rss > self._memory or page.process.num_threads() > MOST_THREADS
        except psutil.Error:
            return False  # it has just ended

    def _give_way(self, page: _Page, since: float) -> None:
        times = page.process.cpu_times()
        seconds = times.user + times.system
        greedy = page.seconds > 0 and (seconds - page.seconds) / since > BUSY
        page.seconds, page.greedy = seconds, page.greedy + 1 if greedy else 0
        if page.greedy == GREEDY_AFTER:
            for thread in page.process.threads():  # those to come take after the one that makes them
                with suppress(OSError):
                    os.sched_setscheduler(thread.id, os.SCHED_IDLE, os.sched_param(0))
