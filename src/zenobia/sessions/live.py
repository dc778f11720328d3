"""Live pictures for whoever watches: encoded once by the browser, shared by all viewers of a session, the newest only.

A viewer is shown the next picture when it has taken the last one, so that nothing waits in line and nobody slows
anybody else down. The browser draws as long as there is a viewer, and no faster than the fastest of them looks.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from zenobia.operators.base import Frame, Lens
from zenobia.operators.chores import Chores
from zenobia.protocol.errors import StorageUnavailable, UnknownSession, ZenobiaError
from zenobia.sessions.driving import Driving
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.bell import Rings
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks for a browser that is not there."""

BETWEEN = 1 / 30
"""Seconds between two pictures, at least."""

GONE = 2.0
"""Seconds after which a viewer who has not taken its picture counts for nothing when pictures are made smaller."""

SLOW, FAST = 0.4, 0.12
"""Seconds that the slowest viewer takes for a picture when pictures get smaller, and when they may get larger again."""

STEADY = 4.0
"""Seconds for which it must be like that."""

STEPS = ((1.0, 1.0), (0.75, 1.0), (0.6, 0.75), (0.45, 0.5))
"""How pictures are made smaller: parts of the quality, and of the sides, that are wanted."""

LOWEST = 10
WEIGHT = 0.3
"""What a viewer's last picture counts for in how fast it is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame at its place among all that the session's viewers could have seen."""

    number: int
    frame: Frame
    hidden: str | None
    """The control under which this was driven in private: only who holds it may see it."""


@dataclass(eq=False)
class View:
    """One viewer of one session."""

    session: str
    lens: Lens
    control: str | None = None
    news: Rings = field(default_factory=Rings)
    newest: Seen | None = None
    shown: int = 0
    pace: float = 0.0
    sent_at: float | None = None
    over: bool = False
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self) -> Seen | None:
        """The newest frame that this viewer has not been shown and may see, as soon as there is one; None at the end.

        Whoever it is shown to calls `Live.took` when it is ready for another.
        """
        while not self.over:
            seen = self.newest
            if seen is not None and seen.number > self.shown and seen.hidden in {None, self.control}:
                self.shown = seen.number
                self.sent_at = time.monotonic()
                self.taken.clear()
                return seen
            await self.news.wait()
        return None

    def may_see(self, control: str) -> None:
        """Show also what is done in private under this control."""
        self.control = control
        self.news.ring()

    def took(self) -> None:
        """The viewer has taken its frame, and is ready for the next one."""
        if self.sent_at is not None:
            took = time.monotonic() - self.sent_at
            self.pace = took if self.pace == 0 else (1 - WEIGHT) * self.pace + WEIGHT * took
            self.sent_at = None
        self.taken.set()

    @property
    def ready(self) -> bool:
        """Whether it would take a frame now."""
        return self.sent_at is None

    @property
    def counts(self) -> bool:
        """Whether it takes what it is shown."""
        return self.sent_at is None or time.monotonic() - self.sent_at < GONE


class _Show:
    """One session that is watched: its viewers, and how well they keep up."""

    def __init__(self) -> None:
        self.views: set[View] = set()
        self.newest: Seen | None = None
        self.wanted = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._step = 0
        self._since = time.monotonic()

    def lens(self) -> Lens:
        """How pictures are to be made: as large as somebody wants them, and as good as everybody can take them."""
        quality, side = STEPS[self._step]
        wanted = [view.lens for view in self.views] or [Lens()]
        return Lens(
            quality=max(LOWEST, round(quality * max(lens.quality for lens in wanted))),
            width=round(side * max(lens.width for lens in wanted)),
            height=round(side * max(lens.height for lens in wanted)),
        )

    def adapt(self) -> None:
        """Make pictures smaller when the slowest viewer does not keep up, and larger when all do."""
        slowest = max((view.pace for view in self.views if view.counts), default=0.0)
        now = time.monotonic()
        if FAST <= slowest <= SLOW:
            self._since = now
        elif now - self._since >= STEADY:
            self._step = min(len(STEPS) - 1, self._step + 1) if slowest > SLOW else max(0, self._step - 1)
            self._since = now

    def tell(self, frame: Frame, hidden: str | None) -> None:
        """Let every viewer know of a new frame."""
        number = 1 if self.newest is None else self.newest.number + 1
        self.newest = Seen(number, frame, hidden)
        for view in self.views:
            view.newest = self.newest
            view.news.ring()


class Live:
    """Everybody who watches through this process."""

    def __init__(self, store: Store, supervisor: Supervisor, driving: Driving) -> None:
        self._store = store
        self._supervisor = supervisor
        self._driving = driving
        driving.on_change(self._again)
        self._shows: dict[str, _Show] = {}
        self._chores = Chores("live view")

    def watch(self, session: str, lens: Lens, control: str | None) -> View:
        """Begin to watch a session; `control` is that of the viewer, if it drives."""
        view = View(session, lens, control)
        show = self._shows.setdefault(session, _Show())
        show.views.add(view)
        view.newest = show.newest  # a page that stands still sends no other
        if show.task is None:
            show.task = self._chores.start(self._run(session, show), session)
        show.wanted.set()
        return view

    def took(self, view: View) -> None:
        """A viewer has taken its frame."""
        view.took()
        show = self._shows.get(view.session)
        if show is not None:
            show.wanted.set()

    def leave(self, view: View) -> None:
        """Watch no more; with its last viewer a session is not drawn any more."""
        show = self._shows.get(view.session)
        if show is None:
            return
        show.views.discard(view)
        if not show.views:
            del self._shows[view.session]
            if show.task is not None:
                show.task.cancel()

    def _again(self, session: str) -> None:
        """Somebody else may see the session now, or what it shows may be hidden: draw it afresh."""
        show = self._shows.get(session)
        if show is not None and show.task is not None:
            show.task.cancel()
            show.task = self._chores.start(self._run(session, show), session)

    async def close(self) -> None:
        """Draw nothing any more."""
        self._shows.clear()
        await self._chores.stop()

    async def _run(self, session: str, show: _Show) -> None:
        """Show the session's browser, whichever it is now, until the session has ended."""
        with self._store.bell.listen(session) as rings:
            while await self._going(session):
                browser = self._supervisor.browser(session)
                if browser is not None:
                    try:
                        operator = await browser.operator()
                        await self._draw(session, show, operator.frames(lens := show.lens()), lens)
                        continue
                    except ZenobiaError as error:
                        log.debug("session %s has nothing to show now: %s", session, error)
                await rings.wait(LOOK)
        for view in show.views:
            view.over = True
            view.news.ring()

    async def _draw(self, session: str, show: _Show, drawn: AsyncGenerator[Frame], lens: Lens) -> None:
        """Pass on what the browser shows, until it is wanted in another way."""
        async with aclosing(drawn) as frames:
            async for frame in frames:
                show.tell(frame, self._driving.hidden(session))
                await asyncio.sleep(BETWEEN)
                while not any(view.ready for view in show.views):
                    show.wanted.clear()
                    await show.wanted.wait()
                show.adapt()
                if show.lens() != lens:
                    return

    async def _going(self, session: str) -> bool:
        try:
            return not (await self._store.read(lambda tx: tx.status(session))).ended
        except UnknownSession:
            return False
        except StorageUnavailable:
            return True
