"""The tabs of one session, and what happens in them by itself: dialogs, new windows, crashes, downloads.

No dialog is ever answered here. There are at most eight tabs and always at least one.
"""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial

from playwright.async_api import BrowserContext, Dialog, Download, Frame, Page
from playwright.async_api import Error as PlaywrightError

from zenobia.operators import base
from zenobia.operators.addresses import BLANK, address
from zenobia.operators.chores import Chores
from zenobia.operators.downloads import Downloads
from zenobia.operators.gate import Gate
from zenobia.operators.notices import Notices
from zenobia.operators.page import LivePage, Pulse
from zenobia.operators.references import References
from zenobia.protocol.action_errors import ActionFailed, BrowserLost, PageCrashed, ResourceLimit

log = logging.getLogger(__name__)

MOST_TABS = 8
MOST_SURPLUS = 12
"""Windows beyond that which are closed one by one; a page that goes on is ended."""

SURPLUS_SPAN = 10.0
"""Seconds without such a window after which they are counted anew: a person opens one now and then."""

MOST_REFUSALS = 20
"""Refused hosts that a session is told of by name: a page can make up any number."""

ENDED_WITHIN = 3.0
"""Seconds until a process that was ended is known to have been ours."""

OPEN_WITHIN = 10.0
CLOSE_WITHIN = 2.0
RESTORE_WITHIN = 1.5
"""Seconds given to a page to come back after its process was ended, before the tab is left blank."""


class Window:
    """All tabs of one browser context; actions go to the current one."""

    def __init__(
        self,
        context: BrowserContext,
        downloads: Downloads,
        notices: Notices,
        chores: Chores,
        gate: Gate | None = None,
    ) -> None:
        self.context = context
        self.dialogs: list[Dialog] = []
        self.changed = Pulse()
        self.tabs: list[LivePage] = []
        self.lost = False
        self.downloads = downloads
        self.references = References()
        self.gate = gate
        self._refused: set[str] = set()
        self._notices = notices
        self._chores = chores
        self._current: LivePage | None = None
        self._replacing = False
        self._surplus = 0
        self._surplus_at = 0.0
        self._ending_until = 0.0
        context.on("dialog", self._on_dialog)
        context.on("page", self._on_page)
        context.on("close", self._on_close)
        if gate is not None:
            gate.listen(self._on_refused)

    @property
    def current(self) -> LivePage:
        """The tab that actions go to.

        Raises:
            BrowserLost: there is no tab left because there is no browser.
            PageCrashed: the tab's process ended, and a new one is being made.
        """
        if self.lost or self._current is None:
            raise BrowserLost
        if self._current.crashed:
            raise ResourceLimit if self._current.ended else PageCrashed
        return self._current

    @property
    def dialog(self) -> base.Dialog | None:
        """The oldest open dialog."""
        if not self.dialogs:
            return None
        oldest = self.dialogs[0]
        return base.Dialog(kind=oldest.type, text=oldest.message, proposed=oldest.default_value)

    def refusal(self, url: str) -> ActionFailed | None:
        """Why the way to an address was not given, if it was not."""
        return None if self.gate is None else self.gate.problem(url)

    def listing(self) -> tuple[base.Tab, ...]:
        """All tabs, in the order in which they were opened."""
        return tuple(
            base.Tab(number=number, title=tab.title, url=tab.url, current=tab is self._current)
            for number, tab in enumerate(self.tabs, start=1)
        )

    async def open(self) -> LivePage:
        """Open a blank tab and go there."""
        async with asyncio.timeout(OPEN_WITHIN):
            page = await self.context.new_page()
            tab = self._known(page)
            await tab.attach()
        self._current = tab
        self.changed.beat()
        return tab

    async def go_to(self, tab: LivePage) -> None:
        """Make `tab` the current one."""
        self._current = tab
        self.changed.beat()
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await tab.page.bring_to_front()

    async def close_current(self) -> None:
        """Close the current tab; the last one is replaced by a blank one."""
        tab = self.current
        if len(self.tabs) == 1:
            self._replacing = True
            try:
                await self.open()
            finally:
                self._replacing = False
        await self._close(tab.page)
        self._forget(tab)

    async def reachable(self, typed: str) -> str:
        """The full address for what was typed, if it may be opened.

        Raises:
            BlockedUrl: it may not; the page stays that is there.
        """
        url = address(typed)
        if self.gate is not None:
            await self.gate.check(url)
        return url

    async def whole(self, until: float) -> bool:
        """Wait until the current tab is one that lives; whether it is by the moment `until`."""
        while not self.lost and (self._current is None or self._current.crashed):
            if not await self.changed.next(until):
                return False
        return not self.lost

    async def answer(self, *, accept: bool, text: str | None) -> base.Dialog | None:
        """Answer the oldest open dialog; None when there is none."""
        if not self.dialogs:
            return None
        shown, dialog = self.dialog, self.dialogs.pop(0)
        self.changed.beat()
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await (dialog.accept(text) if accept and text is not None else self._plainly(dialog, accept=accept))
        return shown

    async def replace(self, tab: LivePage, url: str) -> LivePage:
        """Put a new page, with a new process, where `tab` was, and bring it back to `url` if it lets itself.

        A tab that is gone by then is not brought back.
        """
        self._replacing = True
        try:
            fresh = await self.open()
        finally:
            self._replacing = False
        if tab not in self.tabs:  # it was closed meanwhile, or ended with all others
            return fresh
        self.tabs.remove(fresh)
        self.tabs[self.tabs.index(tab)] = fresh
        self.dialogs = [dialog for dialog in self.dialogs if dialog.page is not tab.page]
        await self._close(tab.page)
        if url.startswith("http"):
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(RESTORE_WITHIN + 0.5):
                    await fresh.page.goto(url, wait_until="domcontentloaded", timeout=RESTORE_WITHIN * 1000)
        self.changed.beat()
        return fresh

    async def _plainly(self, dialog: Dialog, *, accept: bool) -> None:
        await (dialog.accept() if accept else dialog.dismiss())

    async def _close(self, page: Page) -> None:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await page.close(run_before_unload=False)

    def _known(self, page: Page) -> LivePage:
        for tab in self.tabs:
            if tab.page is page or tab.page == page:
                return tab
        tab = LivePage(page, self.downloads, self.references)
        self.tabs.append(tab)
        page.on("close", lambda _: self._forget(tab))
        page.on("crash", lambda _: self._on_crash(tab))
        page.on("domcontentloaded", partial(self._on_loaded, tab))
        page.on("framenavigated", self._on_navigated)
        page.on("download", partial(self._on_download, tab))
        return tab

    def _forget(self, tab: LivePage) -> None:
        self.dialogs = [dialog for dialog in self.dialogs if dialog.page is not tab.page]
        if tab not in self.tabs:
            return
        at = self.tabs.index(tab)
        self.tabs.remove(tab)
        tab.moved.beat()
        if tab is self._current:
            self._current = self.tabs[max(0, at - 1)] if self.tabs else None
            if self._current is None and not self.lost:
                self._chores.start(self.open(), "blank tab")
        self.changed.beat()

    def _on_page(self, page: Page) -> None:
        if self._current is None or self._replacing:
            self._known(page)
            return
        opener = self._current
        opener.popups = max(0, opener.popups - 1)
        if len(self.tabs) >= MOST_TABS:
            self._too_many(page)
        else:
            self._current = self._known(page)
            self._chores.start(self._current.attach(), "attach to a new tab")
            self._notices.say("tab_opened", "The page opened a new tab.", url=page.url)
        opener.moved.beat()
        self.changed.beat()

    def _too_many(self, page: Page) -> None:
        """Close a window too many; with them, in the end, the pages that go on opening them."""
        now = time.monotonic()
        self._surplus = self._surplus + 1 if now - self._surplus_at < SURPLUS_SPAN else 1
        self._surplus_at = now
        self._chores.start(self._close(page), "surplus tab")
        if self._surplus == 1:
            self._notices.say("too_many_tabs", f"A page opened more than {MOST_TABS} tabs; those beyond are closed.")
        if self._surplus == MOST_SURPLUS:
            self._notices.say("resource_limit", "A page opened windows without end; all pages were ended.")
            for tab in self.tabs:
                tab.crashed = tab.ended = True
            self._chores.start(self._clear(tuple(self.tabs)), "pages that open windows")

    async def _clear(self, tabs: tuple[LivePage, ...]) -> None:
        """A blank tab in the place of all of these."""
        self._replacing = True
        try:
            await self.open()
        finally:
            self._replacing = False
        await asyncio.gather(*(self._close(tab.page) for tab in tabs))
        for tab in tabs:
            self._forget(tab)
        self._surplus = 0

    def ending(self) -> None:
        """A page process of this browser is ended now for what it takes; perhaps it is one of ours."""
        self._ending_until = time.monotonic() + ENDED_WITHIN

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog)
        self._notices.say(
            "dialog_opened",
            f"The page shows {a_dialog(dialog.type)}" + (f": {dialog.message[:500]}" if dialog.message else "."),
            kind=dialog.type,
            text=dialog.message[:2000],
        )
        self.changed.beat()

    def _on_crash(self, tab: LivePage) -> None:
        if tab.crashed:
            return
        tab.crashed = True
        self.changed.beat()
        if tab in self.tabs:
            tab.ended = time.monotonic() < self._ending_until
            if tab.ended:
                self._notices.say("resource_limit", "The page took too much memory or too many threads.", url=tab.url)
            else:
                self._notices.say("page_crashed", "The page crashed and is opened again.", url=tab.url)
            self._chores.start(self._restore(tab), "crashed tab")

    async def _restore(self, tab: LivePage) -> None:
        try:
            await self.replace(tab, BLANK if tab.ended else tab.url or BLANK)
        except (PlaywrightError, TimeoutError):
            log.warning("A crashed page could not be opened again.")
            self._forget(tab)

    def _on_refused(self, host: str, problem: str) -> None:
        if host in self._refused or len(self._refused) > MOST_REFUSALS:
            return
        self._refused.add(host)
        if len(self._refused) <= MOST_REFUSALS:
            self._notices.say("blocked", f"The browser was kept from {host}: {problem}", host=host)
        else:
            self._notices.say("blocked", "The browser was kept from more places, which are not named.")

    def _on_navigated(self, frame: Frame) -> None:
        """An address is another, which a script may have done without anything to be drawn."""
        if frame.parent_frame is None:
            self.changed.beat()

    def _on_loaded(self, tab: LivePage, _: Page) -> None:
        self._chores.start(self._named(tab), "title")

    async def _named(self, tab: LivePage) -> None:
        await tab.learn_title()
        self.changed.beat()

    def _on_download(self, tab: LivePage, download: Download) -> None:
        tab.forget_going()
        self.downloads.begin(download)

    def _on_close(self, _: BrowserContext) -> None:
        self.lost = True
        self.changed.beat()
        for tab in self.tabs:
            tab.moved.beat()


def a_dialog(kind: str) -> str:
    """The kind of a dialog as a person would say it."""
    if kind == "beforeunload":
        return "a question whether to leave"
    return f"an {kind}" if kind == "alert" else f"a {kind}"
