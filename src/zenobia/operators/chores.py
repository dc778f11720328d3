"""Every background task of a browser has an owner, a name and an end: whoever starts one here can stop them all."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Chores:
    """The tasks of one owner."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Begin `work`; its failure is logged if nobody waits for it."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self.owner}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def stop(self, within: float = 1.0) -> None:
        """Cancel what still runs, and wait for it, but not for ever."""
        current = asyncio.current_task()
        rest = [task for task in self._tasks if task is not current]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=within)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.debug("%s ended with %r", task.get_name(), error)
