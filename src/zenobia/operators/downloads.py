"""Files that pages send, asked for or not: counted, bounded, and handed over under the name the site gave them."""

import asyncio
import logging
import mimetypes
import time
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Download
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.arrivals import Bring
from zenobia.operators.base import Downloaded
from zenobia.operators.chores import Chores
from zenobia.operators.failures import timed_out
from zenobia.operators.notices import Notices

log = logging.getLogger(__name__)

MOST_DOWNLOADS = 100
MOST_BYTES = 1 << 30
LONGEST = 15 * 60.0
"""Seconds that a download may take."""

LOOK_EVERY = 0.5
NAME_LENGTH = 200


class Downloads:
    """The downloads of one session; each ends as one notice."""

    def __init__(
        self, notices: Notices, chores: Chores, folder: Path, bring: Bring, arriving: Path | None = None
    ) -> None:
        self.most_bytes = MOST_BYTES
        self.begun = 0
        self._notices = notices
        self._chores = chores
        self._folder = folder
        self._bring = bring
        self._arriving = (arriving, "*") if arriving else (folder.parent, "playwright-artifacts-*/*")
        self._known: dict[str, str] = {}
        self._sizes: dict[str, float] = {}
        self._next: asyncio.Future[asyncio.Task[str | None]] | None = None

    def announced(self, guid: str, url: str) -> None:
        """The browser says that a download begins."""
        if len(self._known) < 10 * MOST_DOWNLOADS:
            self._known[guid] = url
            self._sizes[url] = 0

    def progressed(self, guid: str, size: float) -> None:
        """The browser says how large a download is, or has become."""
        if url := self._known.get(guid):
            self._sizes[url] = size

    def expect(self) -> asyncio.Future[asyncio.Task[str | None]]:
        """Resolves with the next download to begin: a task that gives its name, or None when it came to nothing."""
        self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def finished(self, begun: "asyncio.Future[asyncio.Task[str | None]]", until: float) -> str | None:
        """The name of an expected download once it has ended well; None when it did not.

        Raises:
            ActionTimedOut: none began, or it has not ended, before the moment `until`.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.1, until - started)):
                task = await begun
        except TimeoutError as error:
            raise timed_out(until - started, "no download began.") from error
        done, _ = await asyncio.wait({task}, timeout=LONGEST)
        if not done:
            raise timed_out(LONGEST, "the download did not end.")
        return task.result()

    def begin(self, download: Download) -> None:
        """Follow a download to its end."""
        self.begun += 1
        task = self._chores.start(self._follow(download, self.begun), f"download {self.begun}")
        if self._next is not None and not self._next.done():
            self._next.set_result(task)

    async def _follow(self, download: Download, number: int) -> str | None:
        name = _safe(download.suggested_filename)
        if number > MOST_DOWNLOADS:
            await self._cancel(download)
            self._notices.say("too_many_downloads", f"A session keeps at most {MOST_DOWNLOADS} downloads.", name=name)
            return None
        problem, path = await self._arrival(download, self._folder / f"{number}")
        if path is None:
            await self._cancel(download)
            self._notices.say("download_failed", f'The download "{name}" failed: {problem}', name=name)
            return None
        kind, _ = mimetypes.guess_type(name)
        self._notices.put(Downloaded(path=path, name=name, content_type=kind, url=download.url))
        return name

    async def _arrival(self, download: Download, kept: Path) -> tuple[str, Path | None]:
        """The finished file, brought to `kept`, or why there is none; looks whether it grows beyond its bound."""
        arriving = self._chores.start(download.path(), "arriving file")
        deadline = asyncio.get_running_loop().time() + LONGEST
        while not arriving.done():
            await asyncio.wait({arriving}, timeout=LOOK_EVERY)
            if asyncio.get_running_loop().time() > deadline:
                return "it took too long.", None
            if await self._size(download.url) > self.most_bytes:
                return f"it is larger than {self.most_bytes} bytes.", None
        try:
            whole = await self._bring(arriving.result(), kept, self.most_bytes)
        except (PlaywrightError, OSError):
            return "it was broken off.", None
        return f"it is larger than {self.most_bytes} bytes.", kept if whole else None

    async def _size(self, url: str) -> float:
        """How large a download is by now: as the browser says, or (from a new tab, where it does not) at most."""
        if url in self._sizes:
            return self._sizes[url]
        return await asyncio.to_thread(_largest, *self._arriving)

    async def _cancel(self, download: Download) -> None:
        with suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(2):
                await download.cancel()
                await download.delete()


def _largest(folder: Path, files: str) -> int:
    sizes = [0]
    for file in folder.glob(files):
        with suppress(OSError):
            sizes.append(file.stat().st_size)
    return max(sizes)


def _safe(name: str) -> str:
    """A file name without a path in it."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).strip(" .")
    return kept[:NAME_LENGTH] or "download"
