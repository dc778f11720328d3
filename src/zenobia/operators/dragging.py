"""What a person drags in a page: a browser without a screen has nobody who would carry it, so it is carried here.

The browser says that something is dragged; from then on the page is told where it is, until the button is let go of.
"""

import asyncio
import math
from functools import partial
from typing import Any

from playwright.async_api import CDPSession

from zenobia.operators.cdp import tell
from zenobia.operators.chores import Chores
from zenobia.protocol.wire import Json

BEGUN = "Input.dragIntercepted"
FAR = 10
"""Pixels between pressing and letting go from which on it was no click."""

TAKES_WITHIN = 1.0
"""Seconds that a page is given to say what it thinks of something that is dragged over it."""


class Dragging:
    """One window's drags. `held` is what is being dragged, as the browser says it."""

    def __init__(self, chores: Chores) -> None:
        self._chores = chores
        self._lines: dict[CDPSession, Any] = {}
        self._at = self._pressed = (0.0, 0.0)
        self._down = False
        self._told: asyncio.Task[None] | None = None
        self.held: Json = None

    def press(self, line: CDPSession, x: float, y: float) -> None:
        """A button goes down: whatever is dragged from now on is ours to carry."""
        self._at = self._pressed = (x, y)
        self._down, self.held = True, None
        if line not in self._lines:
            self._lines[line] = partial(self._begun, line)
            line.on(BEGUN, self._lines[line])
            self._intercept(line, on=True)

    def move(self, line: CDPSession, x: float, y: float) -> bool:
        """The pointer is elsewhere; says whether that was told to who may be dropped on."""
        self._at = (x, y)
        if self.held is not None and (self._told is None or self._told.done()):
            self._carry(line, "dragOver")
        return self.held is not None

    def release(self, line: CDPSession) -> bool:
        """The button is let go of; says whether that is elsewhere than it was pressed."""
        self._down = False
        if self.held is not None:
            self._carry(line, "dragOver")
            self._carry(line, "drop")
            self.held = None
        return math.dist(self._pressed, self._at) > FAR

    def end(self) -> None:
        """Carry nothing any more."""
        for line, begun in self._lines.items():
            line.remove_listener(BEGUN, begun)
            self._intercept(line, on=False)
        self._lines.clear()
        self.held = None

    def _begun(self, line: CDPSession, event: dict[str, Any]) -> None:
        self.held = event["data"]
        self._carry(line, "dragEnter")
        if not self._down:  # it is told late, and the button is up again
            self.release(line)

    def _carry(self, line: CDPSession, how: str) -> None:
        x, y = self._at
        event: dict[str, Json] = {"type": how, "x": x, "y": y, "data": self.held}
        self._told = self._chores.start(_after(self._told, line, event), how)

    def _intercept(self, line: CDPSession, *, on: bool) -> None:
        self._chores.start(tell(line, "Input.setInterceptDrags", {"enabled": on}), "carry what is dragged")


async def _after(before: asyncio.Task[None] | None, line: CDPSession, event: dict[str, Json]) -> None:
    """Tell the page once it has answered what it was told before: it takes nothing that it has not yet agreed to."""
    if before is not None:
        await asyncio.wait({before}, timeout=TAKES_WITHIN)
    await tell(line, "Input.dispatchDragEvent", event)
