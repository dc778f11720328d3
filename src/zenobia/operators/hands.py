"""Every verb, done: find what is meant, do it, wait for what it sets off, and say in the past tense how it went."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from zenobia.operators import pointing
from zenobia.operators.addresses import BLANK
from zenobia.operators.base import Filling, Outcome
from zenobia.operators.boxes import box_of
from zenobia.operators.failures import detached, failed, impossible, no_way, timed_out, unopened
from zenobia.operators.page import LivePage
from zenobia.operators.reading import read, read_results
from zenobia.operators.scrolling import scroll_by, scroll_until
from zenobia.operators.targets import Found, Verb, find
from zenobia.operators.window import MOST_TABS, Window
from zenobia.protocol import actions
from zenobia.protocol.action_errors import Impossible, TargetNotFound
from zenobia.protocol.actions import Action, Target
from zenobia.protocol.wire import Json

LONGEST_NAVIGATION = 30.0
LOADS_WITHIN = 10.0
"""Seconds that a page which has begun to arrive is given to become complete, before it is taken as it is."""

CHOOSER_WITHIN = 5.0

Gesture = Callable[[Found, float], Awaitable[object]]


class Hands:
    """Does actions in a window. `seconds` is how long one may take."""

    def __init__(self, window: Window, seconds: float) -> None:
        self._window = window
        self.seconds = seconds

    async def do(self, action: Action, upload: Path | None, secret: Filling | None = None) -> Outcome:
        """Do `action` and tell how it went."""
        until = time.monotonic() + self.seconds
        tab, before = self._tab, (self._tab.sent, self._tab.told)
        try:
            if isinstance(action, actions.TypeSecret):
                outcome = self._outcome(await self._type_secret(action, secret, until))
            else:
                outcome = await self._do(action, upload, until)
        except PlaywrightError as error:
            raise failed(error, self.seconds) from error
        return replace(outcome, sent=(tab.sent, tab.told) != before)

    async def _do(self, action: Action, upload: Path | None, until: float) -> Outcome:
        match action:
            case actions.Open() | actions.NewTab() | actions.GoBack() | actions.SwitchTab() | actions.CloseTab():
                return self._outcome(await self._travel(action))
            case actions.Upload():
                return self._outcome(await self._upload(action.target, upload, until))
            case actions.Download():
                return await self._download(action.target, until)
            case actions.Extract() | actions.Hover() | actions.WaitFor() | actions.Scroll(to=Target()):
                return await self._look(action, until)
            case actions.ReadResults():
                results = await read_results(self._tab)
                return self._outcome(f"Read {len(results)} results.", results)
            case actions.AnswerDialog():
                return self._outcome(await self._answer(action))
            case _:
                return self._outcome(await self._touch(action, until))

    async def _touch(self, action: Action, until: float) -> str:
        """The verbs that act on one element, or on none."""
        match action:
            case actions.Click():
                found = await self._gesture(action.target, "click", until, pointing.click)
                return f"Clicked {found}."
            case actions.ClickAt():
                await self._tab.page.mouse.click(action.x, action.y)
                await self._settle(until)
                return f"Clicked at {action.x:g}, {action.y:g}."
            case actions.Type():
                return await self._type(action, until)
            case actions.Select():
                return await self._select(action, until)
            case actions.Check() | actions.Uncheck():
                return await self._check(action, until)
            case actions.Press():
                await self._tab.page.keyboard.press(action.key)
                await self._settle(until)
                return f"Pressed {action.key}."
            case actions.Drag():
                return await self._drag(action, until)
            case actions.Scroll(to="up" | "down" as way):
                moved = await scroll_by(self._tab, way)
                await self._settle(until)
                return f"Scrolled {way}." if moved else f"There is nothing further {way}."
            case _:
                raise impossible(f'there is no way to "{action.verb}" here.')

    @property
    def _tab(self) -> LivePage:
        return self._window.current

    def _outcome(self, message: str, value: object = None) -> Outcome:
        tab = self._tab
        return Outcome(message, url=tab.url, title=tab.title, value=value)

    def _patience(self, until: float) -> float:
        return max(0.2, min(3.0, until - time.monotonic()))

    def _left(self, until: float) -> float:
        """Milliseconds that are left; never none, which Playwright takes for all the time in the world."""
        return max(100.0, (until - time.monotonic()) * 1000)

    async def _settle(self, until: float) -> None:
        await self._tab.settle(until)

    async def _gesture(self, target: Target, verb: Verb, until: float, gesture: Gesture) -> Found:
        """Find and act; once more if the page replaced the element in between, but not if it has sent something."""
        before, sent = self._tab, self._tab.sent
        for again in (True, False):
            found = await find(before, target, verb, self._patience(until))
            try:
                await gesture(found, self._left(until))
                break
            except PlaywrightError as error:
                if before.page.is_closed() and not self._window.lost:
                    break  # the page closed itself: that is what the gesture did
                if detached(error) and before.sent > sent:
                    break  # the page that was acted on is gone because of what it sent: that is what the gesture did
                if not (again and detached(error)):
                    raise failed(error, self.seconds) from error
        await before.settle(until)
        if self._tab is not before:
            await self._tab.settle(until)
        return found

    async def _type(self, action: actions.Type, until: float) -> str:
        async def fill(found: Found, timeout: float) -> None:
            await pointing.fill(found, action.text, timeout)
            if action.submit:
                await found.element.press("Enter", timeout=timeout)

        found = await self._gesture(action.target, "type", until, fill)
        return f"Typed into {found}" + (" and pressed Enter." if action.submit else ".")

    async def _type_secret(self, action: actions.TypeSecret, secret: Filling | None, until: float) -> str:
        async def fill(found: Found, timeout: float) -> None:
            await pointing.fill_secret(found, action.secret, secret, timeout)
            if action.submit:
                await found.element.press("Enter", timeout=timeout)

        found = await self._gesture(action.target, "type", until, fill)
        return f'Typed the secret "{action.secret}" into {found}' + (" and pressed Enter." if action.submit else ".")

    async def _select(self, action: actions.Select, until: float) -> str:
        chosen = action.option

        async def choose(found: Found, timeout: float) -> None:
            nonlocal chosen
            chosen = await self._choose(found, action.option, timeout, until)

        found = await self._gesture(action.target, "select", until, choose)
        return f'Selected "{chosen}" in {found}.'

    async def _choose(self, found: Found, option: str, timeout: float, until: float) -> str:
        if found.facts["kind"] == "select":
            said = await found.element.evaluate(pointing.OPTION, option)
            if said["index"] < 0:
                raise TargetNotFound(wanted=f'option "{option}"', present=", ".join(said["options"]) or "no options")
            await found.element.select_option(index=said["index"], timeout=timeout)
            return str(said["label"])
        wanted = Target(text=option)
        if found.facts["role"] in ("radiogroup", "group") or found.facts["kind"] == "fieldset":
            radio = await find(self._tab, wanted, "check", self._patience(until))
            await pointing.set_checked(radio, True, timeout)
            return radio.facts["name"]
        if found.facts["kind"].startswith("input"):
            await found.element.fill(option, timeout=timeout)
        elif found.facts["role"] != "listbox":
            await found.element.click(timeout=timeout)
        return await self._pick(wanted, until)

    async def _pick(self, wanted: Target, until: float) -> str:
        """Click an option of a list that is open, which may be filled anew while it is looked at."""
        tab, sent = self._tab, self._tab.sent
        while True:
            item = await find(tab, wanted, "option", self._patience(until))
            try:
                await item.element.click(timeout=self._left(until))
            except PlaywrightError as error:
                if not detached(error) or tab.sent > sent or time.monotonic() > until:
                    raise
            else:
                return item.facts["name"]

    async def _check(self, action: actions.Check | actions.Uncheck, until: float) -> str:
        wanted, changed = isinstance(action, actions.Check), False

        async def bring(found: Found, timeout: float) -> None:
            nonlocal changed
            changed = await pointing.set_checked(found, wanted, timeout)

        found = await self._gesture(action.target, action.verb, until, bring)
        if not changed:
            return f"{found} was already {'checked' if wanted else 'clear'}."
        return f"{'Checked' if wanted else 'Unchecked'} {found}."

    async def _drag(self, action: actions.Drag, until: float) -> str:
        source = await find(self._tab, action.target, "any", self._patience(until))
        onto = await find(self._tab, action.onto, "any", self._patience(until))
        await pointing.drag(self._tab.page, source, onto, self._left(until))
        await self._settle(until)
        return f"Dragged {source} onto {onto}."

    async def _look(self, action: Action, until: float) -> Outcome:
        """The verbs that leave their target where it is, so that it can be pointed out afterwards."""
        value: Json = None
        match action:
            case actions.Extract():
                found = await find(self._tab, action.target, "any", self._patience(until))
                message, value = f"Read {found} as {action.name}.", await read(found)
            case actions.Hover():
                found = await self._gesture(action.target, "hover", until, lambda it, ms: it.element.hover(timeout=ms))
                message = f"Moved the pointer over {found}."
            case actions.Scroll(to=Target() as target):
                found = await scroll_until(self._tab, target, until)
                message = f"Scrolled to {found}."
            case actions.WaitFor():
                found = await self._appeared(action.target, until)
                message = f"{found} is there."
            case _:
                raise impossible(f'"{action.verb}" is not looking.')
        return replace(self._outcome(message, value), box=await box_of(self._tab.page, found.element))

    async def _appeared(self, target: Target, until: float) -> Found:
        try:
            return await find(self._tab, target, "any", until - time.monotonic())
        except TargetNotFound as error:
            raise timed_out(self.seconds, f"{target} did not appear.") from error

    async def _travel(self, action: Action) -> str:
        """The verbs that change the address or the tab."""
        match action:
            case actions.Open(url=url):
                return await self._open(await self._window.reachable(url))
            case actions.NewTab(url=url):
                wanted = await self._window.reachable(url)
                if len(self._window.tabs) >= MOST_TABS:
                    raise impossible(f"a session has at most {MOST_TABS} tabs; close one first.")
                await self._window.open()
                return await self._open(wanted)
            case actions.SwitchTab(tab=wanted):
                await self._window.go_to(self._meant(wanted))
                return f"Switched to {self._tab.title or self._tab.url}."
            case actions.CloseTab():
                title = self._tab.title or self._tab.url
                await self._window.close_current()
                return f"Closed {title}."
            case _:
                return await self._back()

    def _meant(self, wanted: str) -> LivePage:
        tabs = self._window.tabs
        if wanted.strip().isdecimal() and 0 < int(wanted) <= len(tabs):
            return tabs[int(wanted) - 1]
        low = wanted.strip().lower()
        for tab in tabs:
            if low and (low in tab.title.lower() or low in tab.url.lower()):
                return tab
        present = ", ".join(f'{number}: "{tab.title or tab.url}"' for number, tab in enumerate(tabs, start=1))
        raise TargetNotFound(wanted=f'tab "{wanted}"', present=present)

    async def _open(self, url: str) -> str:
        tab, seconds = self._tab, min(LONGEST_NAVIGATION, self.seconds)
        until = time.monotonic() + seconds
        try:
            response = await tab.page.goto(url, wait_until="commit", timeout=seconds * 1000)
        except PlaywrightError as error:
            if "Download is starting" in str(error):
                tab.forget_going()
                return f"{url} is a file; it is being downloaded."
            if _interrupted(error) and await tab.arrived(until):
                response = tab.went_to
            else:
                tab.forget_going()
                refusal = self._window.refusal(tab.failed_to) if no_way(error) else None
                raise refusal or unopened(url, error, seconds) from error
        loaded = await tab.arrived(min(until, time.monotonic() + LOADS_WITHIN))
        await tab.settle(time.monotonic() + (LOADS_WITHIN if loaded else 0))
        return _opened(tab, url, response) + ("" if loaded else " It is still loading.")

    async def _back(self) -> str:
        tab, seconds = self._tab, min(LONGEST_NAVIGATION, self.seconds)
        before = tab.url
        try:
            await tab.move("back", until="domcontentloaded", within=seconds)
        except PlaywrightTimeout as error:
            raise timed_out(seconds, "the page before did not load.") from error
        await tab.settle(time.monotonic() + LOADS_WITHIN)
        if tab.url == before and before == BLANK:
            return "There is nothing to go back to."
        return f"Went back to {tab.title or tab.url}."

    async def _upload(self, target: Target, upload: Path | None, until: float) -> str:
        if upload is None:
            raise impossible("there is no such file.")

        async def give(found: Found, timeout: float) -> None:
            if found.facts["kind"] == "input file":
                await found.element.set_input_files(upload, timeout=timeout)
                return
            async with self._tab.page.expect_file_chooser(timeout=min(timeout, CHOOSER_WITHIN * 1000)) as chooser:
                await found.element.click(timeout=timeout)
            await (await chooser.value).set_files(upload, timeout=timeout)

        found = await self._gesture(target, "upload", until, give)
        return f'Gave "{upload.name}" to {found}.'

    async def _download(self, target: Target, until: float) -> Outcome:
        begun = self._window.downloads.expect()
        found = await self._gesture(target, "download", until, pointing.click)
        name = await self._window.downloads.finished(begun, until)
        if name is None:
            raise Impossible(problem="the download came to nothing.")
        return self._outcome(f'Downloaded "{name}" from {found}.', {"fileName": name})

    async def _answer(self, action: actions.AnswerDialog) -> str:
        dialog = await self._window.answer(accept=action.accept, text=action.text)
        if dialog is None:
            raise impossible("the page shows no dialog.")
        if not self._window.dialogs:
            await self._settle(time.monotonic() + self.seconds)
        return f'{"Accepted" if action.accept else "Dismissed"} "{dialog.text}".'


def _interrupted(error: PlaywrightError) -> bool:
    return "interrupted by another navigation" in str(error) or "net::ERR_ABORTED" in str(error)


def _opened(tab: LivePage, url: str, response: Response | None) -> str:
    shown = tab.title or tab.url
    if response is not None and response.status >= 400:
        return f"Opened {url}, but the site answered with status {response.status}: {shown}."
    return f"Opened {shown}."
