"""What a browser shows, as it changes: frames of the current tab, encoded once by the browser, the newest only.

Frames are drawn for whoever iterates here and for nobody else: the next one is asked for when the last one is taken,
and when the iteration ends so does the screencast. A tab that is blocked is shown as it last was.
"""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.base import Frame, Lens, Shot, Shown
from zenobia.operators.capture import picture
from zenobia.operators.cdp import tell
from zenobia.operators.chores import Chores
from zenobia.operators.failures import timed_out
from zenobia.operators.page import LivePage, Pulse
from zenobia.operators.window import Window
from zenobia.protocol.action_errors import ActionFailed, PageCrashed
from zenobia.protocol.wire import Json

ATTACH_WITHIN = 2.0
"""Seconds to attach to a tab; one that holds a dialog open lets nobody in."""

FIRST_WITHIN = 0.3
"""Seconds that the first frame of a tab is waited for, before a picture is taken: a still page may send none."""

PICTURE_WITHIN = 1.5
ENDS_WITHIN = 1.0
WHOLE_WITHIN = 5.0
GONE_WITHIN = 0.5
"""Seconds until the next look for a tab that is there."""

IN_FLIGHT = 2
"""Frames that the browser draws without an acknowledgement; what changes after them is not drawn, and never made up."""

FRESH = 0.01
"""Seconds after which a frame that nobody has taken is no longer handed out before the next one was waited for."""

NEWER_WITHIN = 0.06
"""Seconds for that next one, in which a page that moves draws it."""

NAMED_AFTER = 0.5
"""Seconds after a page has changed until it is asked for its title, which it may have changed as well."""

AGAIN_AFTER = 0.1
"""Seconds after such a pause until the page is drawn as it is then, if it does not move by itself."""


@dataclass(eq=False)
class Cast:
    """One tab's screencast: the newest frame that nobody has taken."""

    line: CDPSession
    wanted: dict[str, Json]
    chores: Chores
    news: Pulse = field(default_factory=Pulse)
    newest: str | None = None
    came_at: float = 0.0
    unacknowledged: list[int] = field(default_factory=list[int])
    missed: bool = False
    """Whether the browser may have changed since without drawing it, as nobody had acknowledged what it drew."""

    def arrived(self, frame: dict[str, Any]) -> None:
        """Keep the newest; the browser draws no more than two that nobody has acknowledged."""
        self.unacknowledged.append(frame["sessionId"])
        self.newest = frame["data"]
        self.came_at = time.monotonic()
        self.news.beat()

    async def settle(self) -> None:
        """Where a frame has waited for somebody to take it, wait for the one that may come next, as that is newer."""
        if self.newest is None or time.monotonic() - self.came_at < FRESH:
            return
        if self.unacknowledged:
            self._draw_on()
        await self.news.next(time.monotonic() + NEWER_WITHIN)

    def take(self) -> bytes | None:
        """The newest frame, if it was not taken before; the browser draws on."""
        newest, self.newest = self.newest, None
        if self.unacknowledged:
            self._draw_on()
        return None if newest is None else base64.b64decode(newest)

    def _draw_on(self) -> None:
        numbers, self.unacknowledged = self.unacknowledged, []
        self.missed = len(numbers) >= IN_FLIGHT
        for number in numbers:
            self.chores.start(self._acknowledge(number), "acknowledge a frame")

    async def draw(self) -> None:
        """Begin to draw, with the page as it is now."""
        self.missed = False
        async with asyncio.timeout(ATTACH_WITHIN):
            await tell(self.line, "Page.startScreencast", self.wanted)

    async def draw_again(self) -> None:
        """Draw the page as it is now, and then as it changes."""
        async with asyncio.timeout(ATTACH_WITHIN):
            await tell(self.line, "Page.stopScreencast")
        await self.draw()

    async def _acknowledge(self, number: int) -> None:
        with suppress(PlaywrightError):  # the tab is gone
            await tell(self.line, "Page.screencastFrameAck", {"sessionId": number})


class Screencasts:
    """The screencasts of one window. `started` and `ended` count those of a tab."""

    def __init__(self, window: Window, chores: Chores, look: Callable[[], Shown]) -> None:
        self._window = window
        self._chores = chores
        self._look = look
        self._naming = False
        self.started = 0
        self.ended = 0

    async def frames(self, lens: Lens) -> AsyncGenerator[Frame]:
        """Frames of whatever tab is current, and once more what is shown when something around it changes.

        Raises:
            BrowserLost: the browser is gone.
        """
        while True:
            await self._window.whole(time.monotonic() + WHOLE_WITHIN)
            try:
                async with aclosing(self._of(self._window.current, lens)) as frames:
                    async for frame in frames:
                        yield frame
            except (PageCrashed, PlaywrightError):  # the tab is gone, or another is made in its place
                await self._window.changed.next(time.monotonic() + GONE_WITHIN)
            except TimeoutError:
                raise timed_out(ATTACH_WITHIN, "the page lets nobody look.") from None

    async def _of(self, tab: LivePage, lens: Lens) -> AsyncGenerator[Frame]:
        """Frames of one tab, until another is current."""
        async with self._cast(tab, lens) as cast:
            data = await self._first(tab, cast, lens)
            shown: Shown | None = None
            while self._window.current is tab:
                await cast.settle()
                now = self._look()
                if data is not None and (now != shown or cast.newest is not None):
                    if (newest := cast.take()) is not None:
                        data = newest
                        self._name(tab)
                    shown = now
                    yield Frame(data, time.time_ns() // 1_000_000, now)
                    continue
                if not await self._something(cast, AGAIN_AFTER if cast.missed else None):
                    await cast.draw_again()

    def _name(self, tab: LivePage) -> None:
        """Learn the tab's title soon; of titles that scripts change nobody is told."""
        if not self._naming:
            self._naming = True
            self._chores.start(self._named(tab), "title of what is shown")

    async def _named(self, tab: LivePage) -> None:
        await asyncio.sleep(NAMED_AFTER)
        self._naming = False
        before = tab.title
        await tab.learn_title()
        if tab.title != before:
            self._window.changed.beat()

    async def _first(self, tab: LivePage, cast: Cast, lens: Lens) -> bytes | None:
        """The tab as it is now; a still one is drawn once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WITHIN):
                with cast.news.coming() as news:
                    if cast.newest is None:
                        await news
        if (data := cast.take()) is not None:
            return data
        with suppress(ActionFailed):
            shot = Shot("jpeg", lens.quality)
            return (await picture(tab, shot, within=PICTURE_WITHIN, blocked=bool(self._window.dialogs))).data
        return None

    async def _something(self, cast: Cast, within: float | None) -> bool:
        """Wait for a frame, or for a change around it; whether there was one."""
        with self._window.changed.coming() as change, cast.news.coming() as news:
            done, _ = await asyncio.wait({change, news}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)

    @asynccontextmanager
    async def _cast(self, tab: LivePage, lens: Lens) -> AsyncGenerator[Cast]:
        async with asyncio.timeout(ATTACH_WITHIN):
            line = await tab.page.context.new_cdp_session(tab.page)
        wanted = {"format": "jpeg", "quality": lens.quality, "maxWidth": lens.width, "maxHeight": lens.height}
        cast = Cast(line, wanted, self._chores)
        line.on("Page.screencastFrame", cast.arrived)
        self.started += 1
        try:
            await cast.draw()
            yield cast
        finally:
            self.ended += 1
            self._chores.start(_end(line), "end a screencast")


async def _end(line: CDPSession) -> None:
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(ENDS_WITHIN):
            await tell(line, "Page.stopScreencast")
            await line.detach()
