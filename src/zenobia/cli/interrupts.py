"""Ctrl-C: the first time asks politely, the second time leaves. A terminal that is closed asks politely, too."""

import asyncio
import os
import signal
from collections.abc import Generator, Iterable
from contextlib import contextmanager

SIGNALS: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)


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


def show_nothing_more(streams: Iterable[int] = (1, 2)) -> None:
    """Let what is still said go nowhere: written where nobody looks any more, it would fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream)
    os.close(nowhere)


@contextmanager
def interrupts() -> Generator[Interrupts]:
    """Take Ctrl-C, SIGTERM and a hang-up as long as this lasts; leaving is a cancel of the task that is here now."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - it is only ever called in one
    taken = Interrupts(task)
    loop = asyncio.get_running_loop()
    screens = [stream for stream in (1, 2) if os.isatty(stream)]

    def hang_up() -> None:
        show_nothing_more(screens)
        taken.happen()

    answers = dict.fromkeys(SIGNALS, taken.happen)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else started by nohup, to outlive its terminal
        answers[signal.SIGHUP] = hang_up
    for number, answer in answers.items():
        loop.add_signal_handler(number, answer)
    try:
        yield taken
    finally:
        for number in answers:
            loop.remove_signal_handler(number)
