"""What the processes of pages take of the machine: one that takes too much is ended, one that goes on and on gives way.

A page can start threads and fill memory without end, and nothing in the browser stops it before the machine does. Each
session has page processes of its own, so that ending one harms no other session.
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass

import psutil

MOST_THREADS = max(100, 4 * (os.cpu_count() or 1))
"""Threads of one page process: a worker is one, and a page that is no attack has a few dozen."""

BUSY = 1.2
"""Processors that a page process keeps busy when it counts as greedy: more than its main thread alone could."""

GREEDY_AFTER = 2
"""Looks in a row at which it must have been; from then on it has the processors that nobody else wants."""

FOR_GOOD_AFTER = 10
"""Such looks where the system does not let us take that back: the page has to mean it."""

CALM_AFTER = 10
"""Looks in a row at which it was not, after which it is like any other page again."""

SPARE = 0.2
"""Processors that nobody used when a page that gives way could have had more than it took."""

ZYGOTE = "--type=zygote"
"""What a page process is called for a moment, before it becomes one."""


@dataclass(slots=True)
class _Page:
    process: psutil.Process
    seconds: float | None = None
    greedy: int = 0
    calm: int = 0
    gives_way: bool = False


class Burdens:
    """The page processes of one browser, as they were at the last look; `memory` is in bytes for each of them."""

    def __init__(self, root: psutil.Process, memory: int) -> None:
        self._root = root
        self._memory = memory
        self._comes_back = can_come_back()
        self._pages: dict[int, _Page] = {}
        self._others: set[int] = set()
        self._idle = psutil.cpu_times().idle
        self._spare = False

    def look(self, since: float) -> list[psutil.Process]:
        """Those that take more than they may; `since` is how many seconds ago the last look was. Reads /proc."""
        try:
            living = {one.pid: one for one in self._root.children(recursive=True)}
        except psutil.Error:
            return []
        idle, before = psutil.cpu_times().idle, self._idle
        self._idle, self._spare = idle, (idle - before) / since > SPARE
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
        greedy = page.seconds is not None and (seconds - page.seconds) / since > BUSY
        page.seconds = seconds
        if greedy:
            page.greedy, page.calm = page.greedy + 1, 0
        elif self._spare or not page.gives_way:  # else it may just have been given no more
            page.greedy, page.calm = 0, page.calm + 1
        if not page.gives_way and page.greedy >= (GREEDY_AFTER if self._comes_back else FOR_GOOD_AFTER):
            page.gives_way = True
            _schedule(page.process, os.SCHED_IDLE)
        elif page.gives_way and page.calm >= CALM_AFTER and self._comes_back:
            page.gives_way = False
            _schedule(page.process, os.SCHED_OTHER)


def can_come_back() -> bool:
    """Whether the system lets us take a priority back that we took away: tried on a thread that ends with it."""
    tried: list[bool] = []

    def back_and_forth() -> None:
        with suppress(OSError):
            for policy in (os.SCHED_IDLE, os.SCHED_OTHER):
                os.sched_setscheduler(0, policy, os.sched_param(0))
            tried.append(True)

    thread = threading.Thread(target=back_and_forth, name="priorities")
    thread.start()
    thread.join()
    return bool(tried)


def _schedule(process: psutil.Process, policy: int) -> None:
    for thread in process.threads():  # those to come take after the one that makes them
        with suppress(OSError):
            os.sched_setscheduler(thread.id, policy, os.sched_param(0))
