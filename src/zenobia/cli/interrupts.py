"""Ctrl-C: the first time asks politely, the second time leaves."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """What the person at the terminal wants to stop."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self.asked = asyncio.Event()
        self.heeded = False
        """Whether somebody is there to be asked politely; if not, the first time leaves already."""
        self.left = False
        self._task = task

    def happen(self) -> None:
        """Take one Ctrl-C."""
        if self.heeded and not self.asked.is_set():
            self.asked.set()
            return
        self.left = True
        self._task.cancel()


@contextmanager
def interrupts() -> Generator[Interrupts]:
    """Take Ctrl-C and SIGTERM as long as this lasts; leaving is a cancel of the task that is here now."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - it is only ever called in one
    taken = Interrupts(task)
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, taken.happen)
    try:
        yield taken
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
