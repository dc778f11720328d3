"""Browsers that follow a script instead of the web: the twin that fast tests of whole sessions run on.

Every action is recorded. What happens is read off `answers`: by verb, an outcome, an error to raise, or a function of
the action that gives or raises one. `hold` keeps actions waiting until it is released.
"""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from zenobia.operators.allowed import Allowed
from zenobia.operators.base import (
    Dialog,
    Driven,
    Filling,
    Frame,
    Lens,
    Listener,
    Notice,
    Observation,
    Outcome,
    Picture,
    Shot,
    Shown,
    Sight,
    Tab,
)
from zenobia.protocol import actions
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.actions import Action, describe, digest
from zenobia.protocol.box import Box
from zenobia.protocol.inputs import Input
from zenobia.protocol.wire import Json

Answer = Outcome | BaseException | Callable[[Action], "Outcome | Awaitable[Outcome]"]
"""What an action comes to."""

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

BOX = Box(x=10, y=20, width=30, height=8, window_width=100, window_height=100)
"""Where every target is."""


class ScriptedOperator:
    """A browser in which only the script happens."""

    def __init__(self, session: str, listener: Listener, browsers: "ScriptedBrowsers") -> None:
        self.session = session
        self.url, self.title = "about:blank", ""
        self.acted: list[Action] = []
        self.uploads: list[Path] = []
        self.fillings: list[Filling] = []
        self.snapshot = ""
        self.dialog: Dialog | None = None
        self.closed = False
        self.driven: list[Input] = []
        self.lenses: list[Lens] = []
        """What was wanted each time that somebody began to watch."""
        self.watched = 0
        """How many watch now."""
        self.unwatched = asyncio.Event()
        self._shows = asyncio.Event()
        self._frames = 0
        self._listener = listener
        self._browsers = browsers

    async def act(self, action: Action, *, upload: Path | None = None, secret: Filling | None = None) -> Outcome:
        """Record the action, wait while held, and give the script's answer."""
        self._still_open()
        self.acted.append(action)
        if upload is not None:
            self.uploads.append(upload)
        if secret is not None:
            self.fillings.append(secret)
        self._browsers.acting.set()
        await self._browsers.released.wait()
        self._still_open()
        if isinstance(action, actions.Open | actions.NewTab):
            self.url, self.title = action.url, action.url
            self.show()
        return await self._answer(action)

    async def sight(self, action: Action, *, in_view: bool = False) -> Sight:
        """The target as it was named; its state changes with the page and with `browsers.state`."""
        self._still_open()
        target = getattr(action, "target", None)
        state = digest({"url": self.url, "target": str(target), "state": self._browsers.state})
        secret = any(name in str(target) for name in self._browsers.secrets)
        box = BOX if in_view and target else None
        facts = dict(self._browsers.facts)
        return Sight(self.url, self.url, str(target) if target else None, state, secret, facts, box)

    async def observe(self) -> Observation:
        """One tab, with the snapshot that the test has set."""
        self._still_open()
        tab = Tab(number=1, title=self.title, url=self.url, current=True)
        return Observation(self.url, self.title, (tab,), self.snapshot, self.dialog)

    async def screenshot(self, shot: Shot) -> Picture:
        """One pixel."""
        self._still_open()
        now = time.time_ns() // 1_000_000
        return Picture(DOT, "image/png", width=1, height=1, url=self.url, title=self.title, taken_at=now)

    async def frames(self, lens: Lens) -> AsyncGenerator[Frame]:
        """A pixel, and another whenever the test shows one."""
        self._still_open()
        self.lenses.append(lens)
        self.watched += 1
        self.unwatched.clear()
        try:
            while True:
                shown = self._frames
                yield Frame(DOT, time.time_ns() // 1_000_000, self.look())
                while self._frames == shown:
                    self._shows.clear()
                    await self._shows.wait()
                self._still_open()
        finally:
            self.watched -= 1
            if self.watched == 0:
                self.unwatched.set()

    def show(self) -> None:
        """Change what the browser shows."""
        self._frames += 1
        self._shows.set()

    async def drive(self, given: Input, files: Sequence[Path] = ()) -> Driven:
        """Record the input."""
        self._still_open()
        self.driven.append(given)
        self.uploads += files
        return Driven(f"did a {given.type}", "copied" if given.type == "copy" else None)

    async def let_go(self) -> list[str]:
        """Nothing is held."""
        return []

    def look(self) -> Shown:
        """One tab of a window of a hundred pixels."""
        tab = Tab(number=1, title=self.title, url=self.url, current=True)
        return Shown(self.url, self.title, 100, 100, (tab,), self.dialog)

    async def checkpoint(self) -> Json:
        """The address."""
        self._still_open()
        return {"url": self.url, "title": self.title}

    async def notice(self, notice: Notice) -> None:
        """Tell the session of something that happened by itself."""
        await self._listener(notice)

    async def close(self) -> None:
        """Act no more; whoever is held is let go, to an error."""
        self.closed = True
        self.show()
        self._browsers.released.set()

    def _still_open(self) -> None:
        if self.closed:
            raise BrowserLost

    async def _answer(self, action: Action) -> Outcome:
        answer = self._browsers.answers.get(action.verb)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Outcome):
            return answer
        if answer is None:
            return Outcome(f"Did this: {describe(action)}.", url=self.url, title=self.title)
        said = answer(action)
        return said if isinstance(said, Outcome) else await said


class ScriptedBrowsers:
    """Hands out scripted operators, and keeps them for tests to look at."""

    def __init__(self, answers: Mapping[str, Answer] | None = None, *, error: BaseException | None = None) -> None:
        self.answers: dict[str, Answer] = dict(answers or {})
        self.error = error
        self.state = ""
        self.secrets = {"Password"}
        self.facts: dict[str, Json] = {"said": "Next", "tag": "button"}
        self.operators: list[ScriptedOperator] = []
        self.started = False
        self.closed = False
        self.acting = asyncio.Event()
        self.released = asyncio.Event()
        self.released.set()

    async def start(self) -> None:
        """Nothing needs to be made ready."""
        self.started = True

    async def open(
        self,
        session: str,
        listener: Listener,
        checkpoint: Json = None,
        *,
        at: str | None = None,
        allowed: Allowed | None = None,
    ) -> ScriptedOperator:
        """A fresh operator, or the error that the test has set."""
        if self.error is not None:
            raise self.error
        operator = ScriptedOperator(session, listener, self)
        if checkpoint is not None:
            operator.url, operator.title = checkpoint["url"], checkpoint["title"]
        if at is not None:
            operator.url = operator.title = at
        self.operators.append(operator)
        return operator

    def trouble(self) -> str | None:
        """The error that the test has set."""
        return None if self.error is None else str(self.error)

    async def close(self) -> None:
        """Close every operator."""
        self.closed = True
        for operator in self.operators:
            await operator.close()

    def hold(self) -> None:
        """Let actions wait from now on; `acting` is set when one does."""
        self.acting.clear()
        self.released.clear()

    def release(self) -> None:
        """Let them go on."""
        self.released.set()

    def of(self, session: str) -> ScriptedOperator:
        """The newest operator of a session."""
        return next(operator for operator in reversed(self.operators) if operator.session == session)
