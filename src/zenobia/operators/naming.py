"""What a person's hands did, in words: the page says what was under the pointer, and what has the focus.

What is typed is told once, when it is finished, as the field then holds it; of a secret one no more than that.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import ElementHandle, Frame
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.scripts import script
from zenobia.operators.sights import FOCUSED, POINTED
from zenobia.operators.window import Window

SAYS_WITHIN = 0.4
"""Seconds that a page gets to say what something is; it is done all the same."""

NAMED = script("named")
MOST_FRAMES = 5
"""Frames within frames that are looked into."""

LONGEST = 100
"""Characters of what was typed that are told."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something on the page: its role and name; what it holds, if a person types there, and whether that is secret."""

    words: str
    value: str
    secret: bool


class Naming:
    """One window's deeds, as they are done."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._field: ElementHandle | None = None
        self._url: str | None = None

    async def pointed(self, x: float, y: float, button: str) -> str | None:
        """What a press at this point does; call it before."""
        self._url = self._url or self._window.current.url
        return f"{'clicked' if button == 'left' else f'{button}-clicked'} {await self.under(x, y)}"

    async def under(self, x: float, y: float) -> str:
        """What is at this point of the window, in words."""
        try:
            async with asyncio.timeout(SAYS_WITHIN):
                thing = await self._thing(await self._under(x, y))
        except (PlaywrightError, TimeoutError):
            thing = None
        return "something" if thing is None else thing.words

    async def typing(self) -> None:
        """Something is about to be typed where the focus is."""
        self._url = self._url or self._window.current.url
        if self._field is not None:
            return
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(SAYS_WITHIN):
                self._field = await self._focus()

    async def typed(self) -> str | None:
        """What was typed since this was last asked; call it before the focus leaves the field."""
        field, self._field = self._field, None
        if field is None:
            return None
        try:
            async with asyncio.timeout(SAYS_WITHIN):
                thing = await self._thing(field)
        except (PlaywrightError, TimeoutError):
            return "typed something"
        if thing is None:
            return "typed something"
        if thing.secret:
            return f"typed something secret into {thing.words}"
        cut = "…" if len(thing.value) > LONGEST else ""
        return f'typed "{thing.value[:LONGEST]}{cut}" into {thing.words}'

    def went(self) -> str | None:
        """Where the browser went since this was last asked."""
        url, before = self._window.current.url, self._url
        self._url = url
        return None if before is None or url == before else f"went to {url}"

    async def focused_frame(self) -> Frame:
        """The frame that has the focus."""
        frame = self._window.current.page.main_frame
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(SAYS_WITHIN):
                for _ in range(MOST_FRAMES):
                    element = (await frame.evaluate_handle(FOCUSED)).as_element()
                    inside = None if element is None else await element.content_frame()
                    if inside is None:
                        break
                    frame = inside
        return frame

    async def _focus(self) -> ElementHandle | None:
        return (await (await self.focused_frame()).evaluate_handle(FOCUSED)).as_element()

    async def _under(self, x: float, y: float) -> ElementHandle | None:
        """What is under a point of the window, through frames."""
        frame: Frame | None = self._window.current.page.main_frame
        element: ElementHandle | None = None
        left, top = 0.0, 0.0
        while frame is not None:
            element = (await frame.evaluate_handle(POINTED, [x - left, y - top])).as_element()
            frame = None if element is None else await element.content_frame()
            if frame is not None and element is not None and (box := await element.bounding_box()) is not None:
                left, top = box["x"], box["y"]
        return element

    async def _thing(self, element: ElementHandle | None) -> Thing | None:
        if element is None:
            return None
        said: dict[str, str | bool] = await element.evaluate(NAMED)
        return Thing(str(said["words"]), str(said["value"]), secret=said["secret"] is True)
