"""A person's hands in the browser: what they do is done as they do it, and told in words as the page says what it was.

Inputs go straight to the browser, in their order, and none of them waits for long: a page that hangs holds up nobody.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import FileChooser, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from zenobia.operators.addresses import BLANK
from zenobia.operators.base import Driven
from zenobia.operators.cdp import tell
from zenobia.operators.chores import Chores
from zenobia.operators.dragging import Dragging
from zenobia.operators.failures import failed, impossible, no_way, unopened
from zenobia.operators.keyboard import bits, event_of, text_of
from zenobia.operators.naming import Naming
from zenobia.operators.page import LivePage
from zenobia.operators.scripts import script
from zenobia.operators.window import MOST_TABS, Window, a_dialog
from zenobia.protocol import inputs
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.inputs import Input
from zenobia.protocol.wire import Json

TAKES_WITHIN = 1.0
"""Seconds that a page is given to take an input, before the next one is sent after it."""

GOES_WITHIN = 5.0
CLIPBOARD_WITHIN = 2.0
MOST_UNTAKEN = 50
"""Inputs that a page may leave untaken; a page that hangs gets no more."""

BUTTONS = {"left": 1, "right": 2, "middle": 4}
MOUSE = {"move": "mouseMoved", "down": "mousePressed", "up": "mouseReleased"}
TOUCH = {"start": "touchStart", "move": "touchMove", "end": "touchEnd", "cancel": "touchCancel"}
LEAVING = frozenset({"Enter", "Tab", "Escape"})
"""Keys after which the focus may be elsewhere."""

PASTE, COPY = script("paste"), script("copy")


class ByHand:
    """One window's driver: where the hands are, what they hold, and what they have done."""

    def __init__(self, window: Window, chores: Chores) -> None:
        self._window = window
        self._chores = chores
        self._naming = Naming(window)
        self._dragging = Dragging(chores)
        self._buttons = 0
        self._keys: dict[str, inputs.KeyInput] = {}
        self._at = (0.0, 0.0)
        self._untaken: set[asyncio.Task[Any]] = set()
        self._listened: set[Page] = set()
        self._chooser: FileChooser | None = None

    @property
    def chooser(self) -> bool | None:
        """Whether the file chooser that is open takes several files; None if none is open."""
        return None if self._chooser is None else self._chooser.is_multiple()

    async def do(self, given: Input, files: Sequence[Path]) -> Driven:
        """Do one thing.

        Raises:
            ActionFailed: it could not be done.
        """
        tab = self._window.current
        self._listen(tab.page)
        try:
            return await self._do(tab, given, files)
        except PlaywrightError as error:
            raise failed(error, GOES_WITHIN) from error

    async def let_go(self) -> list[str]:
        """Let go of keys and buttons, choose no file; what was done last."""
        for key in list(self._keys.values()):
            with suppress(PlaywrightError):
                await self._key(self._window.current, key.model_copy(update={"action": "up"}))
        for button, bit in BUTTONS.items():
            if self._buttons & bit:
                up = inputs.MouseInput.model_validate(
                    {"type": "mouse", "action": "up", "x": self._at[0], "y": self._at[1], "button": button}
                )
                with suppress(PlaywrightError):
                    await self._mouse(self._window.current, up)
        self._dragging.end()
        self._chooser = None
        for page in self._listened:
            page.remove_listener("filechooser", self._on_chooser)
        self._listened.clear()
        return [done for done in (await self._naming.typed(), self._naming.went()) if done is not None]

    async def _do(self, tab: LivePage, given: Input, files: Sequence[Path]) -> Driven:
        match given:
            case inputs.MouseInput():
                return Driven(await self._mouse(tab, given))
            case inputs.WheelInput():
                await self._wheel(tab, given)
                return Driven()
            case inputs.KeyInput():
                return Driven(await self._key(tab, given))
            case inputs.TextInput() | inputs.ComposeInput():
                return Driven(await self._compose(tab, given))
            case inputs.TouchInput():
                return Driven(await self._touch(tab, given))
            case inputs.PasteInput() | inputs.CopyInput():
                return await self._clipboard(tab, given)
            case inputs.FilesInput():
                return Driven(await self._choose(files))
            case inputs.DialogInput():
                return Driven(await self._answer(given))
            case _:
                return Driven(_joined(await self._naming.typed(), await self._travel(tab, given)))

    # The pointer

    async def _mouse(self, tab: LivePage, given: inputs.MouseInput) -> str | None:
        did = None
        line = await tab.attach()
        self._at = self._within(tab, given.x, given.y)
        if given.action == "down":
            did = _joined(await self._naming.typed(), await self._naming.pointed(given.x, given.y, given.button))
            self._buttons |= BUTTONS[given.button]
            self._dragging.press(line, *self._at)
        elif self._dragging.move(line, *self._at) and given.action == "move":
            return None
        elif given.action == "up":
            self._buttons &= ~BUTTONS[given.button]
            if self._dragging.release(line):
                did = f"dragged to {await self._naming.under(given.x, given.y)}"
        resting = given.action == "move" and not self._buttons
        pressed = next((name for name, bit in BUTTONS.items() if self._buttons & bit), "none")
        event: dict[str, Json] = {
            "type": MOUSE[given.action],
            "x": self._at[0],
            "y": self._at[1],
            "button": pressed if given.action == "move" else given.button,
            "buttons": self._buttons,
            "clickCount": 0 if given.action == "move" else given.click_count,
            "modifiers": bits([*given.modifiers]),
            "pointerType": "mouse",
        }
        await self._send(tab, "Input.dispatchMouseEvent", event, wait=not resting and given.action != "move")
        return did

    async def _wheel(self, tab: LivePage, given: inputs.WheelInput) -> None:
        x, y = self._at = self._within(tab, given.x, given.y)
        turned = {"deltaX": given.delta_x, "deltaY": given.delta_y, "modifiers": bits([*given.modifiers])}
        await self._send(tab, "Input.dispatchMouseEvent", {"type": "mouseWheel", "x": x, "y": y} | turned, wait=False)

    async def _touch(self, tab: LivePage, given: inputs.TouchInput) -> str | None:
        did = None
        if given.action == "start" and len(given.points) == 1:
            point = given.points[0]
            did = _joined(await self._naming.typed(), await self._naming.pointed(point.x, point.y, "left"))
        points: list[Json] = []
        for point in given.points:
            x, y = self._within(tab, point.x, point.y)
            points.append({"x": x, "y": y, "id": point.id})
        event = {"type": TOUCH[given.action], "touchPoints": points}
        await self._send(tab, "Input.dispatchTouchEvent", event, wait=given.action != "move")
        return did

    def _within(self, tab: LivePage, x: float, y: float) -> tuple[float, float]:
        """A point of the window: the nearest, for one beyond its edge."""
        size = tab.page.viewport_size
        return (x, y) if size is None else (min(x, size["width"] - 1.0), min(y, size["height"] - 1.0))

    # The keyboard

    async def _key(self, tab: LivePage, given: inputs.KeyInput) -> str | None:
        did = None
        if given.action == "down":
            did = await self._struck(given)
            self._keys[given.code or given.key] = given
        else:
            self._keys.pop(given.code or given.key, None)
        await self._send(tab, "Input.dispatchKeyEvent", event_of(given))
        return did

    async def _struck(self, given: inputs.KeyInput) -> str | None:
        if given.key in LEAVING:
            typed = await self._naming.typed()
            return _joined(typed, f"pressed {given.key}" if given.key != "Tab" else None)
        if text_of(given) or given.key in {"Backspace", "Delete"}:
            await self._naming.typing()
        return None

    async def _compose(self, tab: LivePage, given: inputs.TextInput | inputs.ComposeInput) -> str | None:
        await self._naming.typing()
        if isinstance(given, inputs.TextInput):
            await self._send(tab, "Input.insertText", {"text": given.text})
            return None
        start, end = min(given.selection_start, len(given.text)), min(given.selection_end, len(given.text))
        composed: dict[str, Json] = {"text": given.text, "selectionStart": start, "selectionEnd": end}
        await self._send(tab, "Input.imeSetComposition", composed)
        return None

    async def _clipboard(self, tab: LivePage, given: inputs.PasteInput | inputs.CopyInput) -> Driven:
        """Paste or copy where the focus is; the clipboard is the driver's own, as browsers share theirs."""
        frame = await self._naming.focused_frame()
        await self._naming.typing()
        try:
            async with asyncio.timeout(CLIPBOARD_WITHIN):
                if isinstance(given, inputs.CopyInput):
                    return Driven(copied=str(await frame.evaluate(COPY, given.cut)))
                if await frame.evaluate(PASTE, given.text):
                    await self._send(tab, "Input.insertText", {"text": given.text})
        except TimeoutError:
            raise impossible("the page does not react.") from None
        return Driven()

    # Choosers and dialogs

    def _listen(self, page: Page) -> None:
        if page not in self._listened:
            self._listened.add(page)
            page.on("filechooser", self._on_chooser)

    def _on_chooser(self, chooser: FileChooser) -> None:
        self._chooser = chooser
        self._window.changed.beat()

    async def _choose(self, files: Sequence[Path]) -> str | None:
        chooser, self._chooser = self._chooser, None
        self._window.changed.beat()
        if chooser is None:
            raise impossible("no file chooser is open.")
        if not files:
            return None
        await chooser.set_files([*files], timeout=GOES_WITHIN * 1_000)
        return "chose " + ", ".join(f'"{path.name}"' for path in files)

    async def _answer(self, given: inputs.DialogInput) -> str:
        dialog = await self._window.answer(accept=given.accept, text=given.text)
        if dialog is None:
            raise impossible("the page shows no dialog.")
        words = f'"{dialog.text[:200]}"' if dialog.text else a_dialog(dialog.kind)
        return f"{'accepted' if given.accept else 'dismissed'} {words}"

    # Tabs and addresses

    async def _travel(self, tab: LivePage, given: Input) -> str | None:
        match given:
            case inputs.TabInput():
                await self._tab(given)
            case inputs.NavigateInput(url=url):
                await self._go(self._open(tab, url))
            case inputs.HistoryInput(action=action):
                await self._go(self._move(tab, action))
            case _:
                raise impossible("there is no such input.")
        return self._naming.went()

    async def _tab(self, given: inputs.TabInput) -> None:
        tabs = self._window.tabs
        if given.action == "open":
            if len(tabs) >= MOST_TABS:
                raise impossible(f"a session has at most {MOST_TABS} tabs; close one first.")
            url = BLANK if given.url is None else await self._window.reachable(given.url)
            tab = await self._window.open()
            if url != BLANK:
                await self._open(tab, url)
            return
        if given.tab is not None:
            if given.tab > len(tabs):
                raise TargetNotFound(wanted=f"tab {given.tab}", present=f"{len(tabs)} tabs")
            await self._window.go_to(tabs[given.tab - 1])
        if given.action == "close":
            await self._window.close_current()

    async def _go(self, going: Coroutine[Any, Any, None]) -> None:
        """Wait until it is there, or until the page asks whether to leave it: the answer comes by the same hands."""
        task, known = self._chores.start(going, "going by hand"), len(self._window.dialogs)
        while not task.done() and len(self._window.dialogs) <= known:
            with self._window.changed.coming() as change:
                await asyncio.wait({task, change}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task

    async def _move(self, tab: LivePage, action: Literal["back", "forward", "reload"]) -> None:
        with suppress(PlaywrightTimeout):  # it goes on loading
            await tab.move(action, until="commit", within=GOES_WITHIN)

    async def _open(self, tab: LivePage, url: str) -> None:
        wanted = await self._window.reachable(url)
        try:
            await tab.page.goto(wanted, wait_until="commit", timeout=GOES_WITHIN * 1_000)
        except PlaywrightTimeout:
            return  # it goes on loading
        except PlaywrightError as error:
            if "Download is starting" in str(error) or "interrupted by another" in str(error):
                tab.forget_going()
                return
            tab.forget_going()
            refusal = self._window.refusal(tab.failed_to) if no_way(error) else None
            raise refusal or unopened(wanted, error, GOES_WITHIN) from error

    # How it is sent

    async def _send(self, tab: LivePage, method: str, event: dict[str, Json], *, wait: bool = True) -> None:
        """Send an input after those before it; a dialog that it opens, or a page that hangs, holds nothing up."""
        if len(self._untaken) >= MOST_UNTAKEN:
            raise impossible("the page does not take what is done in it.")
        line = await tab.attach()
        task = self._chores.start(tell(line, method, event), method)
        self._untaken.add(task)
        task.add_done_callback(self._untaken.discard)
        if not wait:
            await asyncio.sleep(0)  # so that it is sent before whatever comes next
            return
        until, known = time.monotonic() + TAKES_WITHIN, len(self._window.dialogs)
        while not task.done() and len(self._window.dialogs) <= known and (left := until - time.monotonic()) > 0:
            with self._window.changed.coming() as change:
                await asyncio.wait({task, change}, timeout=left, return_when=asyncio.FIRST_COMPLETED)


def _joined(*did: str | None) -> str | None:
    """What was done, one after the other."""
    return "; ".join(one for one in did if one is not None) or None
