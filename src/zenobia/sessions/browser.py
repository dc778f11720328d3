"""One session's browser: opened when the session is claimed, kept recoverable, replaced when it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import TypeVar

from zenobia.operators.allowed import allowed_of
from zenobia.operators.base import Browsers, Listener, Operator, Picture, Shot
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.events import WarningData
from zenobia.sessions.discretion import DiscreetOperator, SessionSecrets, discreet_listener, whole
from zenobia.sessions.owned import Owned

T = TypeVar("T")

CHECKPOINT = 2.0
"""Seconds that a browser gets to say where it is."""


class SessionBrowser:
    """The browser that a session has now, whichever process it lives in."""

    def __init__(
        self,
        browsers: Browsers,
        owned: Owned,
        listener: Listener,
        secrets: SessionSecrets,
        refill: Callable[[Operator], Awaitable[bool]],
    ) -> None:
        self._browsers = browsers
        self._refill = refill
        self._empty = False
        """Whether what its page held is still to be filled in again."""
        self._owned = owned
        self._listener = discreet_listener(listener, secrets)
        self.secrets = secrets
        self._moved = asyncio.Event()
        self._lent = AsyncExitStack()
        self._opening = self._open(resumed=owned.claim.resumed)

    @property
    def open(self) -> bool:
        """Whether it is there."""
        opening = self._opening
        return opening.done() and not opening.cancelled() and opening.exception() is None

    async def operator(self) -> Operator:
        """The session's operator, as soon as it is there."""
        opening, task = self._opening, asyncio.current_task()
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled() and not (task and task.cancelling()):  # it is closed, not we
                raise BrowserLost(acted=False) from None
            raise

    async def to_act(self) -> Operator:
        """The operator, with its page as it was; where that had to wait, it is brought there now, once it may be."""
        operator = await self.operator()
        if self._empty:
            await self._owned.ready()
            self._empty = not await self._refill(operator)
        return operator

    async def use(self, what: Callable[[Operator], Awaitable[T]]) -> T:
        """Look at the browser in some way; if it turns out to be lost, at a fresh one."""
        try:
            return await what(await self.operator())
        except BrowserLost:
            await self.replace()
            return await what(await self.operator())

    async def replace(self) -> None:
        """Go on in a fresh browser, from the last checkpoint."""
        message = "The browser was lost; the session goes on in a new one."
        await self._owned.tell(WarningData(code=BrowserLost.code), message)
        lost, self._opening = self._opening, self._open(resumed=True)
        with suppress(ZenobiaError):
            await (await lost).close()

    def moved(self) -> None:
        """The browser did something: what is kept of it is out of date."""
        self._moved.set()

    async def keep_checkpoints(self) -> None:
        """Keep a checkpoint after every action, as fast as the browser gives them, until cancelled."""
        while True:
            await self._moved.wait()
            await asyncio.wait({self._opening})  # who takes it over may do so before it is there
            await self.keep_checkpoint()

    async def keep_up(self) -> None:
        """Keep a checkpoint if the last one is out of date."""
        if self._moved.is_set():
            await self.keep_checkpoint()

    async def keep_checkpoint(self) -> None:
        """Keep what a fresh browser needs to go on from here; if the browser does not answer, the last one stays."""
        if not self._opening.done():
            return
        self._moved.clear()
        try:
            async with asyncio.timeout(CHECKPOINT):
                seen = await self._owned.store.read(lambda tx: tx.seen(self._owned.id))
                checkpoint = await (await self.operator()).checkpoint()
            await self._owned.write(lambda tx: tx.keep_checkpoint(self._owned.id, checkpoint, seen))
        except (TimeoutError, ZenobiaError):
            return
        except asyncio.CancelledError:
            self._moved.set()
            raise

    async def screenshot(self, shot: Shot) -> Picture:
        """A live picture, as soon as the browser is there."""
        return await (await self.operator()).screenshot(shot)

    async def lend(self, file: AbstractAsyncContextManager[Path]) -> Path:
        """Keep a local file for as long as the browser lives: it reads an upload only when its form is sent."""
        return await self._lent.enter_async_context(file)

    async def close(self) -> None:
        """End it; when this returns, nothing of the session acts any more."""
        self._opening.cancel()
        with suppress(asyncio.CancelledError, ZenobiaError):
            await (await self._opening).close()
        await self._lent.aclose()

    def _open(self, *, resumed: bool) -> asyncio.Task[Operator]:
        return asyncio.create_task(self._opened(resumed=resumed), name=f"browser of {self._owned.id}")

    async def _opened(self, *, resumed: bool) -> Operator:
        checkpoint, at = None, None
        if resumed:
            checkpoint, at = await self._owned.store.read(lambda tx: tx.checkpoint(self._owned.id))
        allowed = allowed_of(self._owned.claim.config)
        operator = await self._browsers.open(self._owned.id, self._listener, checkpoint, at=whole(at), allowed=allowed)
        discreet = DiscreetOperator(operator, self.secrets)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(discreet.close)  # nobody has it yet who would
            self._empty = resumed and not await self._refill(discreet)
            stack.pop_all()
        return discreet
