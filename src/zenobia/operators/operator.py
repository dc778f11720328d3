"""One session's browser: does one action at a time, says how it went, and can always be closed.

Everything that is asked of a page is watched, so an action ends within its deadline whatever the page does.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from zenobia.operators import base
from zenobia.operators.allowed import Allowed
from zenobia.operators.arrivals import Bring
from zenobia.operators.boxes import VIEWPORT, window_size
from zenobia.operators.byhand import ByHand
from zenobia.operators.capture import picture
from zenobia.operators.chores import Chores
from zenobia.operators.confinement import Yard
from zenobia.operators.downloads import Downloads
from zenobia.operators.gate import Gate
from zenobia.operators.hands import Hands
from zenobia.operators.notices import Notices
from zenobia.operators.observe import Scene, scene
from zenobia.operators.page import LivePage
from zenobia.operators.restoring import checkpoint_of, go_on
from zenobia.operators.screencast import Screencasts
from zenobia.operators.sights import see
from zenobia.operators.watch import Watch
from zenobia.operators.window import Window, a_dialog
from zenobia.protocol.action_errors import BrowserLost, DialogOpen
from zenobia.protocol.actions import Action, AnswerDialog, Download, Upload, describe
from zenobia.protocol.inputs import Input
from zenobia.protocol.wire import Json, storable

CLOSES_WITHIN = 1.2
RESTORED_WITHIN = 3.0
"""Seconds that an action waits for a crashed page to be opened again."""

TOLD_WITHIN = 10.0

AHEAD_WITHIN = 0.1
"""Seconds that a page which came to rest may take to say what it shows, before it is asked again."""

GRACE = 5.0
"""Seconds beyond its own deadline before an action is ended from outside."""

DOWNLOAD_WITHIN = 15 * 60.0


class ChromiumOperator:
    """One browser context and everything in it."""

    def __init__(
        self,
        context: BrowserContext,
        *,
        alive: Callable[[], bool],
        answers: Callable[[], Awaitable[bool]],
        stuck: Callable[[], None],
        action_timeout: float,
        screenshot_timeout: float,
        folder: Path,
        bring: Bring,
        gate: Gate | None = None,
        yard: Yard | None = None,
        far: bool = False,
    ) -> None:
        self._chores = Chores("browser")
        self._notices = Notices(self._chores)
        downloads = Downloads(self._notices, self._chores, folder, bring, yard and yard.arriving)
        self.window = Window(context, downloads, self._notices, self._chores, gate)
        self.hands = Hands(self.window, action_timeout)
        self.screencasts = Screencasts(self.window, self._chores, self.look)
        self._by_hand = ByHand(self.window, self._chores)
        self._watch = Watch(self.window, self._chores, alive, answers)
        self._alive = alive
        self._stuck = stuck
        self._action_timeout = action_timeout
        self._screenshot_timeout = screenshot_timeout
        self._folder = folder
        self._yard = yard
        self._far = far
        self._one_at_a_time = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._looked = False
        self._ahead: Ahead | None = None

    async def prepare(self, checkpoint: Json = None) -> None:
        """Open the first tab, or those of a checkpoint, and deny every permission a page may ask for."""
        await asyncio.gather(self.window.context.grant_permissions([]), self.window.open())
        if checkpoint is not None:
            await go_on(self.window, checkpoint)

    def belongs_to(self, session: str, listener: base.Listener, allowed: Allowed | None = None) -> None:
        """Hand this browser to a session."""
        if self.window.gate is not None:
            self.window.gate.allow(allowed)
        self._chores.owner = f"browser of session {session}"
        self._notices.listen(listener)

    @property
    def usable(self) -> bool:
        """Whether it can still act."""
        return not self.window.lost and self._alive()

    async def act(
        self, action: Action, *, upload: Path | None = None, secret: base.Filling | None = None
    ) -> base.Outcome:
        """Do `action`, and have everything it caused told before returning."""
        async with self._one_at_a_time:
            self._ahead = None
            await self._ready_for(action)
            if upload is not None:
                upload = await self._handed(upload)
            try:
                return await self._done(action, upload, secret)
            finally:
                await self._notices.told(TOLD_WITHIN)

    async def sight(self, action: Action, *, in_view: bool = False) -> base.Sight:
        """What `action` would act on, found but not touched."""
        async with self._one_at_a_time:
            await self._ready_for(action)
            looking = self._chores.start(see(self.window, action, in_view=in_view), "sight")
            sight = await self._watch.over(looking, self._action_timeout + GRACE, answering=True)
        if sight is None:
            raise DialogOpen(text=self._dialog_text())
        return sight

    async def observe(self) -> base.Observation:
        """What the browser shows; while a dialog holds the page, that is all there is."""
        async with self._one_at_a_time:
            await self._ready_for(None)
            seen: Scene | None = None
            if not self.window.dialogs:
                self._looked, ahead, self._ahead = True, self._ahead, None
                looking = self._chores.start(_look(self.window.current, ahead), "observe")
                seen = await self._watch.over(looking, self._action_timeout + GRACE)
        tab, seen = self.window.current, seen or Scene()
        return base.Observation(
            tab.url, tab.title, self.window.listing(), seen.text, self.window.dialog, seen.picture, seen.away
        )

    async def screenshot(self, shot: base.Shot) -> base.Picture:
        """A picture of the current tab, also while an action is under way or a dialog is open."""
        await self._ready_for(None)
        blocked = bool(self.window.dialogs)
        return await picture(self.window.current, shot, within=self._screenshot_timeout, blocked=blocked)

    def frames(self, lens: base.Lens) -> AsyncGenerator[base.Frame]:
        """Live pictures of the current tab, also while an action is under way or a dialog is open."""
        return self.screencasts.frames(lens)

    async def drive(self, given: Input, files: Sequence[Path] = ()) -> base.Driven:
        """Do what a person's hand does; nothing else is done in the browser meanwhile."""
        self._ahead = None
        await self._ready_for(None)
        return await self._by_hand.do(given, [await self._handed(file) for file in files])

    async def let_go(self) -> list[str]:
        """Let go of whatever a person's hands still hold."""
        return await self._by_hand.let_go() if self.usable else []

    def look(self) -> base.Shown:
        """The window as it is known without asking it."""
        listing = self.window.listing()
        current = next((tab for tab in listing if tab.current), None)
        width, height = VIEWPORT if current is None else window_size(self.window.tabs[current.number - 1].page)
        url, title = ("", "") if current is None else (current.url, current.title)
        return base.Shown(url, title, width, height, listing, self.window.dialog, self._by_hand.chooser)

    async def checkpoint(self) -> Json:
        """The tabs, cookies and storage that a fresh browser needs to go on from here."""
        await self._ready_for(None)
        return storable(await checkpoint_of(self.window))

    async def close(self) -> None:
        """End the context; a second call waits for the first."""
        if self._closing is None:
            self._closing = Chores("closing").start(self._close(), "browser context")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.window.lost = True
        try:
            async with asyncio.timeout(CLOSES_WITHIN):
                await self.window.context.close()
        except TimeoutError:
            self._stuck()
        except PlaywrightError:
            pass  # it is gone already
        if self.window.gate is not None:
            self.window.gate.close()
        await self._chores.stop(within=0.5)
        if self._yard is not None:
            await self._yard.take_back(self._folder.name)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _handed(self, file: Path) -> Path:
        """A file where the browser, which may be another user's, can read it."""
        return file if self._yard is None else await self._yard.hand(file, self._folder.name)

    async def _ready_for(self, action: Action | None) -> None:
        if not self.usable:
            self.window.lost = True
            raise BrowserLost(acted=False)
        if action is not None and self.window.dialogs and not isinstance(action, AnswerDialog):
            raise DialogOpen(text=self._dialog_text())
        await self.window.whole(time.monotonic() + RESTORED_WITHIN)

    def _unhad(self) -> str | None:
        """What is said if the current tab shows that the page it was led to cannot be had."""
        number = next((tab.number for tab in self.window.listing() if tab.current), 0)
        if not number or not self.window.tabs[number - 1].unhad:
            return None
        problem = self.window.refusal(self.window.tabs[number - 1].failed_to)
        return "The page it led to could not be opened." if problem is None else problem.message

    def _dialog_text(self) -> str:
        return self.window.dialog.text if self.window.dialog else ""

    async def _did(self, action: Action, upload: Path | None, secret: base.Filling | None) -> base.Outcome:
        """Do it; for who looked before, look again at once, before anything else keeps the page busy."""
        outcome = await self.hands.do(action, upload, secret)
        looks, self._looked = self._looked, False
        if looks and self.window.tabs:
            self._ahead = await _look_ahead(self.window.current)
        return outcome

    async def _done(self, action: Action, upload: Path | None, secret: base.Filling | None) -> base.Outcome:
        deed = self._chores.start(self._did(action, upload, secret), action.verb)
        within = DOWNLOAD_WITHIN if isinstance(action, Download) else self._action_timeout
        busy = self._far and isinstance(action, Upload)  # the bytes go through the page
        outcome = await self._watch.over(deed, within + GRACE, answering=isinstance(action, AnswerDialog), busy=busy)
        if outcome is None:  # a dialog came up, which now holds the page
            tab = self.window.current
            outcome = base.Outcome(f"Did this: {describe(action)}.", url=tab.url, title=tab.title)
        if unhad := self._unhad():
            message = f"{outcome.message} {unhad}"
            outcome = replace(outcome, message=message)
        if dialog := self.window.dialog:
            message = f"{outcome.message} {_shows(dialog)}"
            return replace(outcome, message=message)
        return outcome


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a page showed when it had come to rest, before anybody asked."""

    tab: LivePage
    rested: float
    scene: Scene


async def _look_ahead(tab: LivePage) -> Ahead | None:
    """What a page shows that has come to rest, if it says so at once."""
    if (rested := tab.rested) is None:
        return None
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(AHEAD_WITHIN):
            return Ahead(tab, rested, await scene(tab))
    return None


async def _look(tab: LivePage, ahead: Ahead | None) -> Scene:
    """What a page shows once it is at rest; what it showed when it came to rest, if that was just now."""
    if ahead is not None and (ahead.tab, ahead.rested) == (tab, tab.rested):
        return ahead.scene
    await tab.rest()
    return await scene(tab)


def _shows(dialog: base.Dialog) -> str:
    return f'The page shows {a_dialog(dialog.kind)}, "{dialog.text}", which stays until it is answered.'
