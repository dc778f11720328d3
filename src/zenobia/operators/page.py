"""One page: whether it reacts, where it is going, and when it has come to rest.

Nothing here waits without a deadline: a page may loop for ever, navigate without end, or hold a dialog open.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeVar

from playwright.async_api import CDPSession, Frame, Page, Request, Response, WebSocket
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.cdp import tell
from zenobia.operators.downloads import Downloads
from zenobia.operators.references import Held, References

T = TypeVar("T")

CALM_WITHIN = 0.4
"""Seconds given to a page that keeps changing, before it is taken as it is."""

ANSWERS_WITHIN = 1.0
"""Seconds given to requests that change what the page shows."""

STYLES = "stylesheet"
AWAITED = frozenset({"xhr", "fetch", STYLES})
"""Kinds of such requests: what scripts ask for, and what says how everything looks, and what of it is hidden."""

STILL_FOR = 0.1
"""Seconds for which a page that came to rest, and of which nothing was heard since, is taken to be at rest."""

POPUP_WITHIN = 3.0

LEAVES_WITHIN = 0.5
"""Seconds that a page which asked to go somewhere is given to be on its way; the browser may not let it."""

SWAPPED_WITHIN, AGAIN_AFTER = 1.0, 0.02
"""Seconds within which a page that has come has taken the place of the one before, and between attempts until then."""

NOT_YET = ("Not attached to an active page", "Unable to capture screenshot")
"""How the browser refuses what is asked of a page whose place another takes just then; nothing was done."""

ERROR_PAGE = "chrome-error://"
"""What the browser shows in place of a page that cannot be had."""

CALM = """([limit, foreseen]) => new Promise(done => {
  let timer, due, idle;
  const finish = () => {
    watch.disconnect(); [timer, last, soon].forEach(clearTimeout); cancelIdleCallback(idle); done(document.title);
  };
  const still = span => { clearTimeout(timer); timer = setTimeout(finish, span); due = performance.now() + span; };
  const ask = () => { if (foreseen) idle = requestIdleCallback(look); };
  const nothing = left => document.readyState === 'complete' && left.timeRemaining() > due - performance.now() - 1;
  const look = left => foreseen && nothing(left) ? finish() : ask();
  const watch = new MutationObserver(() => { foreseen = false; still(50); });
  const last = setTimeout(finish, limit), soon = setTimeout(ask, 5);
  watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  still(20);
})"""
"""Resolves with the title once nothing has changed for a moment; without waiting, if that can be foreseen.

An idle browser knows when the next timer is due, and the next frame: `timeRemaining` is how long it has nothing to do.
It says nothing of what comes from elsewhere in it (a database, a worker), which gets 5 ms.
"""


async def swapped(ask: Callable[[], Awaitable[T]]) -> T:
    """What the browser answers, asked again for a moment where it refuses as one page takes the place of another.

    Raises:
        PlaywrightError: it refuses for something else, or still.
    """
    until = time.monotonic() + SWAPPED_WITHIN
    while True:
        try:
            return await ask()
        except PlaywrightError as error:
            if not any(refusal in str(error) for refusal in NOT_YET) or time.monotonic() > until:
                raise
        await asyncio.sleep(AGAIN_AFTER)


class Pulse:
    """Something that happens again and again, and can be waited for."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        """It happened."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    @contextmanager
    def coming(self) -> Generator[asyncio.Future[None]]:
        """A future for the next beat, listened to from here on."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            yield future
        finally:
            self._waiting.discard(future)
            future.cancel()

    async def next(self, until: float) -> bool:
        """Wait for the next beat, but not beyond the moment `until`; whether it came."""
        with self.coming() as future:
            try:
                async with asyncio.timeout(max(0.0, until - time.monotonic())):
                    await future
            except TimeoutError:
                return False
        return True


class LivePage:
    """A Playwright page, its own line to the browser, and what is known without asking it."""

    def __init__(self, page: Page, downloads: Downloads, references: References) -> None:
        self.page = page
        self.downloads = downloads
        self.references = references
        self.found: Held | None = None
        """What was last looked for by its reference."""
        self.title = ""
        self.crashed = False
        self.ended = False
        self.cdp: CDPSession | None = None
        self.lens: CDPSession | None = None
        self.looking = asyncio.Lock()
        self._attaching = asyncio.Lock()
        self.moved = Pulse()
        self.popups = 0
        self.sent = 0
        """Requests so far that may have changed something at the other end."""
        self.told = 0
        """Messages so far over WebSockets, which may have as well; or they are but a heartbeat."""
        self.went_to: Response | None = None
        self.failed_to = ""
        """The address that a page of this tab could last not be had from."""
        self._going: Request | None = None
        self._leaving = False
        """Whether the page asked to go somewhere, and the browser has not said yet that it does."""
        self._top = ""
        self._loaded = True
        self._asking: set[Request] = set()
        self._rested: float | None = None
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        page.on("requestfinished", self._on_finished)
        page.on("response", self._on_response)
        page.on("websocket", self._on_socket)
        page.on("framenavigated", self._on_navigated)
        page.on("domcontentloaded", self._on_loaded)

    @property
    def url(self) -> str:
        """Where it is, without asking: of a page that could not be had, where it should be."""
        return self.failed_to if self.unhad and self.failed_to else self.page.url

    @property
    def unhad(self) -> bool:
        """Whether the browser shows that the page cannot be had."""
        return self.page.url.startswith(ERROR_PAGE)

    async def attach(self) -> CDPSession:
        """The page's own line to the browser, opened once, and one for pictures: a blocked page lets none in."""
        if self.cdp is not None:
            return self.cdp
        async with self._attaching:
            if self.cdp is None:
                line = self.page.context.new_cdp_session
                cdp, self.lens = await asyncio.gather(line(self.page), line(self.page))
                cdp.on("Page.windowOpen", self._on_window)
                cdp.on("Page.frameRequestedNavigation", self._on_leaving)
                cdp.on("Page.downloadWillBegin", self._on_download)
                cdp.on("Page.downloadProgress", self._on_progress)
                _, shown = await asyncio.gather(tell(cdp, "Page.enable"), tell(cdp, "Page.getFrameTree"))
                self._top = shown["frameTree"]["frame"]["id"]
                self.cdp = cdp
            return self.cdp

    async def reacts(self, within: float) -> bool:
        """Whether the page's script engine answers, or is not asked because a web server has yet to answer.

        While a page waits for the next document the browser may hold back whatever its script engine is told.
        """
        return self.awaiting or await self._answers("0", within) or self.awaiting

    async def interrupt(self, within: float) -> bool:
        """Stop the script that is running; whether the page lives on after that."""
        try:
            async with asyncio.timeout(within):
                cdp = await self.attach()
                await tell(cdp, "Runtime.terminateExecution")
        except TimeoutError:
            return False
        except PlaywrightError:
            return not self.page.is_closed()
        return await self._answers("new Promise(done => setTimeout(done, 50))", within)

    @property
    def rested(self) -> float | None:
        """When it came to rest, if that was just now and nothing was heard of it since."""
        return self._rested if self._rested is not None and time.monotonic() - self._rested <= STILL_FOR else None

    async def rest(self) -> None:
        """Wait until the page is at rest, not at all if it came to rest just now."""
        if self.rested is None:
            await self.settle(time.monotonic())

    async def settle(self, until: float) -> None:
        """Wait for what an action set off: a navigation, new content, a new window; quick when there is nothing."""
        for _ in range(3):  # a page may go somewhere the moment it arrives
            await self._calm(foreseen=True)
            await self._answered()
            await self._opened()
            await self._left()
            if not self.going:
                self._rested = time.monotonic()
                return
            if not await self.arrived(until):
                return
        await self._calm()

    async def move(
        self, way: Literal["back", "forward", "reload"], *, until: Literal["commit", "domcontentloaded"], within: float
    ) -> None:
        """Move in its history, or load it again, and wait so many seconds for how far it is to come.

        Raises:
            PlaywrightError: the browser did not do it, or not in time.
        """
        move = {"back": self.page.go_back, "forward": self.page.go_forward, "reload": self.page.reload}[way]
        await swapped(lambda: move(wait_until=until, timeout=within * 1_000))

    async def arrived(self, until: float) -> bool:
        """Wait until the page is not on its way anywhere; whether that came before the moment `until`."""
        while self.going:
            if not await self.moved.next(until):
                return False
        return True

    @property
    def going(self) -> bool:
        """Whether a navigation has begun and its document is not there yet."""
        return not self.page.is_closed() and not self.crashed and (self._going is not None or not self._loaded)

    @property
    def awaiting(self) -> bool:
        """Whether a document was asked for and its web server has not begun to answer."""
        return self._going is not None and (self.went_to is None or self.went_to.request is not self._going)

    async def _answers(self, expression: str, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                cdp = await self.attach()
                await tell(cdp, "Runtime.evaluate", {"expression": expression, "awaitPromise": True})
        except TimeoutError:
            return False
        except PlaywrightError:
            return True
        return True

    async def learn_title(self) -> None:
        """Ask the page for its title."""
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CALM_WITHIN):
                self.title = await self.page.title()

    async def _calm(self, *, foreseen: bool = False) -> None:
        """Wait until nothing changes any more; if it may be `foreseen`, only as long as something may."""
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CALM_WITHIN + 1):
                self.title = await self.page.evaluate(CALM, [CALM_WITHIN * 1000, foreseen])

    async def _answered(self) -> None:
        until, told = time.monotonic() + ANSWERS_WITHIN, False
        while self._asking:
            told = told or any(request.resource_type != STYLES for request in self._asking)
            if not await self.moved.next(until):
                break
        if told:  # by a script, which now does something with it; styles change nothing of what is there
            await self._calm()

    async def _opened(self) -> None:
        until = time.monotonic() + POPUP_WITHIN
        while self.popups > 0 and await self.moved.next(until):
            pass
        self.popups = 0

    async def _left(self) -> None:
        until = time.monotonic() + LEAVES_WITHIN
        while self._leaving and await self.moved.next(until):
            pass
        self._leaving = False

    def _on_leaving(self, event: dict[str, Any]) -> None:
        here = event["frameId"] == self._top and event["disposition"] == "currentTab"
        if here and event["url"].startswith(("http:", "https:")):
            self._leaving = True

    def _on_window(self, _: Any) -> None:
        self.popups += 1

    def _on_download(self, event: dict[str, Any]) -> None:
        self.downloads.announced(event["guid"], event["url"])

    def _on_progress(self, event: dict[str, Any]) -> None:
        self.downloads.progressed(event["guid"], max(event["totalBytes"], event["receivedBytes"]))

    def _on_request(self, request: Request) -> None:
        self.sent += request.method not in ("GET", "HEAD", "OPTIONS")
        if request.is_navigation_request():
            if self._of_top(request):
                self._going, self._leaving = request, False
        elif request.resource_type in AWAITED:
            self._asking.add(request)
        self._rested = None
        self.moved.beat()

    def _on_socket(self, socket: WebSocket) -> None:
        socket.on("framesent", self._on_told)

    def _on_told(self, _: Any) -> None:
        self.told += 1

    def _on_response(self, response: Response) -> None:
        if response.request is self._going:
            self.went_to = response

    def _on_failed(self, request: Request) -> None:
        self._asking.discard(request)
        if request is self._going:
            self._going = None
            self.failed_to = request.url
        self.moved.beat()

    def _on_finished(self, request: Request) -> None:
        self._asking.discard(request)
        if request is self._going and self.went_to and self.went_to.status in (204, 205):
            self._going = None
        self.moved.beat()

    def _on_navigated(self, frame: Frame) -> None:
        self._rested = None
        if frame.parent_frame is None:
            if self._going is not None:
                self._loaded = False
                self.title = ""  # the last one's would be wrong, and this one's is not there yet
            self._going, self._leaving = None, False
            self._asking.clear()
            self.moved.beat()

    def _on_loaded(self, _: Page) -> None:
        self._loaded = True
        self.moved.beat()

    def forget_going(self) -> None:
        """The navigation under way will not arrive: it became a download, or was given up."""
        self._going, self._leaving, self._loaded = None, False, True
        self.moved.beat()

    def _of_top(self, request: Request) -> bool:
        try:
            return request.frame.parent_frame is None
        except PlaywrightError:  # the frame is not known yet: only a new page's first request has none
            return True
