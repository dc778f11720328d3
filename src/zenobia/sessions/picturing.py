"""How the page stood, event by event: small pictures, kept so that a session can be gone through again.

One is drawn as soon as an action is over, while its outcome is stored and the agent thinks. Only the next action waits
until it is drawn, or it would show another page; nothing waits until it is kept.
"""

import asyncio
import logging

from zenobia.operators.base import Picture, Shot
from zenobia.operators.chores import Chores
from zenobia.protocol.actions import Action, CallTool, Extract, ReadResults, Screenshot
from zenobia.protocol.errors import AtCapacity, ZenobiaError
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.files import Files
from zenobia.sessions.owned import Owned

log = logging.getLogger(__name__)

SMALL = Shot("jpeg", quality=50)

DRAWN_WITHIN = 1.0
"""Seconds that the next action waits for the picture of what the last one did."""

ON_THE_WAY = 4
"""Pictures that may wait for the store; a slow store costs pictures, not memory."""

STILL = (CallTool, Extract, ReadResults, Screenshot)
"""Actions that leave the page as it was, and in sight."""


class Picturing:
    """The pictures of one session's events, at most so many in its life."""

    def __init__(self, owned: Owned, files: Files, browser: SessionBrowser, most: int) -> None:
        self._owned = owned
        self._files = files
        self._browser = browser
        self._most = most
        self._chores = Chores(f"pictures of {owned.id}")
        self._drawing: asyncio.Task[Picture | None] | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._out_of_date = False

    def driven(self) -> None:
        """A person does something in the browser, perhaps in private: what is drawn now is not theirs to see."""
        self._out_of_date = True
        if self._drawing is not None:
            self._drawing.cancel()

    def after(self, action: Action) -> None:
        """The action is over: draw what it made of the page."""
        if not isinstance(action, STILL):
            self._draw()

    async def before(self, seq: int, *, moved: bool) -> None:
        """Draw the page as an action finds it, if its target had to be `moved` into view or a person was at it."""
        if moved or self._out_of_date:
            self._draw()
            self.keep(seq)
            await self.drawn()

    def keep(self, seq: int) -> None:
        """Keep what is drawn as the picture of the event with this number."""
        drawing = self._drawing
        if drawing is not None and len(self._keeping) < ON_THE_WAY:
            task = self._chores.start(self._keep(drawing, seq), f"event {seq}")
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)

    async def drawn(self) -> None:
        """Wait until nothing is being drawn any more."""
        if self._drawing is not None:
            await asyncio.wait({self._drawing})
            self._drawing = None

    async def kept(self, within: float) -> None:
        """Wait so many seconds, and no longer, for everything that was drawn to be kept."""
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=within)

    async def close(self) -> None:
        """Draw and keep nothing any more."""
        await self._chores.stop()

    def _draw(self) -> None:
        self._out_of_date = False
        if self._most > 0:
            self._drawing = self._chores.start(self._drawn(), "draw")

    async def _drawn(self) -> Picture | None:
        try:
            async with asyncio.timeout(DRAWN_WITHIN):
                picture = await self._browser.screenshot(SMALL)
        except (TimeoutError, ZenobiaError):
            return None  # the page is busy, or gone: the one before is shown instead
        return None if picture.url.startswith("about:") else picture

    async def _keep(self, drawing: "asyncio.Task[Picture | None]", seq: int) -> None:
        await asyncio.wait({drawing})
        picture = None if drawing.cancelled() else drawing.result()
        if picture is not None:
            try:
                await self._files.keep_picture(self._owned.id, picture, seq=seq, most=self._most)
            except AtCapacity:
                self._most = 0
            except ZenobiaError as error:  # it is private, the session is over, or the store is gone
                log.debug("session %s goes on without a picture of event %d: %s", self._owned.id, seq, error)
