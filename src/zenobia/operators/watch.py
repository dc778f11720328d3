"""Waits for an action while looking out for what may get in its way: a dialog, a page that hangs, a browser that ends.

A page that stops reacting is interrupted, and given a new process if that does not help: the session goes on.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from playwright.async_api import Dialog
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.addresses import BLANK
from zenobia.operators.chores import Chores
from zenobia.operators.failures import timed_out
from zenobia.operators.page import LivePage
from zenobia.operators.window import Window
from zenobia.protocol.action_errors import ActionFailed, BrowserLost, PageCrashed, PageUnresponsive, ResourceLimit

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_LOOK = 0.5
"""Seconds into an action before anyone asks whether the page still reacts."""

LOOK_EVERY = 1.0
REACTS_WITHIN = 2.2
"""Seconds that a page may be busy before it counts as hung; with what follows, that ends within five."""

STOPS_WITHIN = 0.5


class Watch:
    """Looks after one window while something is done in it."""

    def __init__(
        self, window: Window, chores: Chores, alive: Callable[[], bool], answers: Callable[[], Awaitable[bool]]
    ) -> None:
        self._window = window
        self._chores = chores
        self._alive = alive
        self._answers = answers

    async def over(
        self, deed: asyncio.Task[T], within: float, *, answering: bool = False, busy: bool = False
    ) -> T | None:
        """What `deed` gives; None when a dialog has come up that holds it. It never outlives this call.

        A page that is `busy` by what we do to it is not asked whether it reacts.

        Raises:
            ActionFailed: what `deed` raised, or what ended it.
        """
        known = list(self._window.dialogs) if answering else []
        tab = self._window.current
        until = time.monotonic() + within
        ping: asyncio.Task[bool] | None = None
        look_at = until + 1 if busy else time.monotonic() + FIRST_LOOK
        try:
            while not deed.done():
                self._still_there(tab)
                if self._held(known):
                    return None
                if time.monotonic() >= until:
                    raise timed_out(within, "the page kept it waiting.")
                if ping is None and time.monotonic() >= look_at:
                    ping = self._chores.start(self._window.current.reacts(REACTS_WITHIN), "ping")
                await self._something(deed, ping, until if ping else min(until, look_at))
                if ping is not None and ping.done():
                    if not ping.result() and not deed.done() and not self._held(known):
                        await self._stop(self._window.current)
                        self._still_there(tab)  # it may not have reacted because it took too much
                        raise PageUnresponsive
                    ping, look_at = None, time.monotonic() + LOOK_EVERY
            return self._given(deed, tab)
        finally:
            for task in (deed, ping):
                if task is not None:
                    task.cancel()

    def _held(self, known: list[Dialog]) -> bool:
        return any(dialog not in known for dialog in self._window.dialogs)

    def _still_there(self, tab: LivePage) -> None:
        if self._window.lost or not self._alive():
            self._window.lost = True
            raise BrowserLost
        if tab.crashed:
            raise ResourceLimit if tab.ended else PageCrashed

    async def _something(self, deed: asyncio.Task[T], ping: asyncio.Task[bool] | None, until: float) -> None:
        with self._window.changed.coming() as change:
            waiting: set[asyncio.Future[object]] = {task for task in (deed, ping, change) if task is not None}  # pyright: ignore[reportAssignmentType]
            left = max(0.0, until - time.monotonic())
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def _given(self, deed: asyncio.Task[T], tab: LivePage) -> T:
        try:
            return deed.result()
        except ActionFailed:
            self._still_there(tab)
            raise

    async def _stop(self, tab: LivePage) -> None:
        """Make a hung page stop; where a word to its script engine does not help, it gets a new process.

        Raises:
            BrowserLost: it is not the page: the whole browser does not answer.
        """
        log.info("A page does not react; it is stopped.")
        if await tab.interrupt(STOPS_WITHIN):
            return
        if not await self._answers():
            self._window.lost = True
            raise BrowserLost
        with suppress(PlaywrightError, TimeoutError):
            fresh = await self._window.replace(tab, tab.url)
            if not await fresh.reacts(STOPS_WITHIN) and not await fresh.interrupt(STOPS_WITHIN):
                await self._window.replace(fresh, BLANK)
