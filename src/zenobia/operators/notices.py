"""What a browser does by itself is told in order, one notice at a time, to whoever listens."""

import asyncio
import logging

from zenobia.operators.base import Downloaded, Listener, Notice, Noticed
from zenobia.operators.chores import Chores

log = logging.getLogger(__name__)

MOST_WAITING = 1_000
"""Notices not yet told; a page that makes more is not listened to."""


class Notices:
    """A queue of notices for one listener, who may come later than the first of them."""

    def __init__(self, chores: Chores) -> None:
        self._queue: asyncio.Queue[Notice] = asyncio.Queue(MOST_WAITING)
        self._chores = chores

    def listen(self, listener: Listener) -> None:
        """Tell `listener` from now on."""
        self._chores.start(self._tell(listener), "notices")

    def say(self, code: str, message: str, **details: str | int) -> None:
        """Queue a word for programs and a sentence for a person."""
        self.put(Noticed(code, message, dict(details)))

    def put(self, notice: Notice) -> None:
        """Queue a notice; a download that nobody can be told of is removed."""
        try:
            self._queue.put_nowait(notice)
        except asyncio.QueueFull:
            log.warning("A page makes notices faster than they are taken; one was dropped.")
            if isinstance(notice, Downloaded):
                notice.path.unlink(missing_ok=True)

    async def told(self, within: float) -> None:
        """Wait until the listener has heard everything so far."""
        try:
            async with asyncio.timeout(within):
                await self._queue.join()
        except TimeoutError:
            log.warning("A listener did not take a notice within %s seconds.", within)

    async def _tell(self, listener: Listener) -> None:
        while True:
            notice = await self._queue.get()
            try:
                await listener(notice)
            except Exception:  # the listener is not ours: one that fails must not silence what comes after
                log.exception("A listener failed on a notice.")
            finally:
                self._queue.task_done()
