"""One client's live views: each frame is sent with a callback, and the next one when the client has called it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any

from zenobia.operators.base import Lens
from zenobia.protocol.errors import AtCapacity
from zenobia.protocol.live import StartLiveView
from zenobia.protocol.wire import Json
from zenobia.sessions.driving import window_of
from zenobia.sessions.live import Live, Seen, View

MOST_VIEWS = 32
"""Sessions that one client may watch at once."""

Send = Callable[[int, dict[str, Json]], Awaitable[None]]
"""Sends a frame under the number with which the client will say that it has taken it."""

Start = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class Screen:
    """What one client is shown."""

    def __init__(self, live: Live, send: Send, start: Start) -> None:
        self._live = live
        self._send = send
        self._start = start
        self._views: dict[str, View] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sent: dict[int, View] = {}
        self._controls: dict[str, str] = {}
        self._numbers = count(1)

    def require_room(self, session: str) -> None:
        """Make sure that one more session can be watched.

        Raises:
            AtCapacity: there are as many as may be.
        """
        if session not in self._views and len(self._views) >= MOST_VIEWS:
            raise AtCapacity(what="live views of one client", limit=MOST_VIEWS)

    def watch(self, session: str, wanted: StartLiveView) -> None:
        """Show the session from now on, as it is wanted."""
        self.stop(session)
        control = wanted.control_id or self._controls.get(session)
        view = self._live.watch(session, Lens(wanted.quality, wanted.max_width, wanted.max_height), control)
        self._views[session] = view
        self._tasks[session] = self._start(self._show(session, view), f"show {session}")

    def drives(self, session: str, control: str) -> None:
        """This client drives the session: it is shown also what is private."""
        self._controls[session] = control
        if session in self._views:
            self._views[session].may_see(control)

    def took(self, number: int | None) -> None:
        """The client has taken a frame."""
        view = None if number is None else self._sent.pop(number, None)
        if view is not None:
            self._live.took(view)

    def stop(self, session: str | None) -> None:
        """Show a session no more."""
        if session is None or session not in self._views:
            return
        view = self._views.pop(session)
        self._tasks.pop(session).cancel()
        self._sent = {number: of for number, of in self._sent.items() if of is not view}
        self._live.leave(view)

    def close(self) -> None:
        """Show nothing any more."""
        for session in list(self._views):
            self.stop(session)

    async def _show(self, session: str, view: View) -> None:
        while (seen := await view.next()) is not None:
            number = next(self._numbers)
            self._sent[number] = view
            await self._send(number, _told(session, seen))
            await view.taken.wait()
        if self._views.get(session) is view:
            self.stop(session)


def _told(session: str, seen: Seen) -> dict[str, Json]:
    """A frame as it is sent: a `LiveFrame`, its picture as bytes."""
    return {
        "sessionId": session,
        "number": seen.number,
        "takenAt": seen.frame.taken_at,
        "mimeType": "image/jpeg",
        "picture": seen.frame.data,
        "window": window_of(seen.frame.shown).wire(),
        "private": seen.hidden is not None,
    }
