"""How old a live picture is when its bytes are in a viewer's hands, and what ten viewers cost beside one.

A page writes the time into itself as black and white squares, so every picture of it says when it became true. The
reference is the least there is between a page and a program: a screencast of the same page in the same Chromium, read
over Playwright's own line to it, each frame acknowledged as it comes and decoded. Ours goes on from there through the
session's viewers and Socket.IO to a client. Only the side that is measured has a page that changes.
"""

import asyncio
import base64
import io
import os
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
from browsers import VIEWPORT
from measuring import Amount, Block, Comparison, Finding
from PIL import Image
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright
from processes import Broken, Client, scratch, socket_client, zenobia

from zenobia.operators.cdp import tell
from zenobia.operators.chromium import QUIET, find_browser, unwanted_flags

SLOWER = 1.2
DEARER = 1.5
FRAMES = 20
"""Pictures in a block."""

VIEWERS = 10
SECONDS = 1.5
"""In a window in which processor time is counted."""

WINDOWS = 2
"""In a block."""

SETTLE = 1.0
"""Seconds until watching has begun."""

LENS = {"quality": 60, "maxWidth": 1280, "maxHeight": 800}
SQUARE = 40
BITS = 24
KINDS = {"": "now and then", "always": "all the time"}
PATIENCE = 60.0
HERE = Path(__file__).resolve().parent

Frames = list[tuple[int, bytes]]
"""When each picture arrived, in milliseconds of the clock, and the picture."""


def live(blocks: int) -> Iterator[Finding]:
    """Latency beside a raw screencast, and the cost of a crowd."""
    with ExitStack() as stack:
        pages = stack.enter_context(clock())
        data_dir = stack.enter_context(scratch()) / "zenobia"
        url, server = stack.enter_context(zenobia(data_dir, "--warm-browsers", "1", "--max-events", "100000"))
        client = stack.enter_context(socket_client())
        client.do("connect", group="maker", url=url, clients=1)
        client.do("connect", group="viewers", url=url, clients=VIEWERS, auth={"role": "observer"})
        session = client.do("stand", group="maker", prompt=f"open {pages}never")["session"]
        watched = Watched(client, session, pages)
        yield from asyncio.run(_latencies(watched, blocks))
        yield from _cost(watched, server, blocks)


@dataclass(frozen=True, slots=True)
class Watched:
    """Our side: a session that stands on one of the pages, and those who can watch it."""

    client: Client
    session: str
    pages: str

    def stand(self, kind: str) -> None:
        """Have the browser show this kind of page."""
        self.client.do("goTo", group="maker", session=self.session, url=self.pages + kind)

    def frames(self, kind: str) -> Frames:
        """Pictures of this kind of page."""
        self.stand(kind)
        asked = {"session": self.session, "lens": LENS, "count": FRAMES}
        shown = self.client.do("watch", group="viewers", **asked)["frames"]
        self.stand("never")
        return [(at, base64.b64decode(picture)) for at, picture in shown]


async def _latencies(watched: Watched, blocks: int) -> list[Finding]:
    found: list[Finding] = []
    async with raw_page() as page:
        for kind, name in KINDS.items():
            ours: list[Block] = []
            theirs: list[Block] = []
            for _ in range(blocks + 1):
                await page.goto(watched.pages + kind)
                theirs.append(_ages(await cast(page)))
                await page.goto(watched.pages + "never")
                ours.append(_ages(await asyncio.to_thread(watched.frames, kind)))
            what = f"a live picture of a page that changes {name}, how old it is when it arrives"
            found.append(Comparison(what, ours[1:], "a raw screencast", theirs[1:], SLOWER))
    return found


def _cost(watched: Watched, server: int, blocks: int) -> Iterator[Finding]:
    """Processor time of the server and of all that it started, its browsers among them; a core is 100 %."""
    spent: dict[int, list[Block]] = {1: [], VIEWERS: []}
    paces: dict[int, list[float]] = {1: [], VIEWERS: []}
    asked = {"group": "viewers", "session": watched.session}
    watched.stand("always")
    family = [psutil.Process(server), *psutil.Process(server).children(recursive=True)]
    for _ in range(blocks + 1):
        for viewers in (1, VIEWERS):
            watched.client.do("look", **asked, lens=LENS, viewers=viewers)
            time.sleep(SETTLE)
            spent[viewers].append([_busy(family) for _ in range(WINDOWS)])
            paces[viewers].append(watched.client.do("lookAway", **asked)["slowest"])
    what = f"processor time for {VIEWERS} viewers of a page that changes all the time"
    yield Comparison(what, spent[VIEWERS][1:], "1 viewer", spent[1][1:], DEARER, "%")
    yield Amount(f"pictures a second of whoever has fewest, {VIEWERS} viewers", paces[VIEWERS][1:], "/s")
    yield Amount("pictures a second, 1 viewer", paces[1][1:], "/s")


def _busy(family: list[psutil.Process]) -> float:
    began, before = time.monotonic(), _spent(family)
    time.sleep(SECONDS)
    return 100 * (_spent(family) - before) / (time.monotonic() - began)


def _spent(family: list[psutil.Process]) -> float:
    times = [one.cpu_times() for one in family]
    return sum(one.user + one.system for one in times)


def _ages(frames: Frames) -> list[float]:
    """How old each picture was, in milliseconds, the first time that it showed its moment."""
    ages: list[float] = []
    seen: set[int] = set()
    for at, picture in frames:
        moment = read(picture)
        if moment not in seen and seen:  # the first one is as old as the page had stood still
            ages.append((at - moment) % 2**BITS)
        seen.add(moment)
    if len(ages) < FRAMES / 2:
        raise Broken(f"only {len(ages)} of {len(frames)} pictures showed something new")
    return ages


def read(picture: bytes) -> int:
    """The moment that a picture of the page shows, in milliseconds.

    Raises:
        Broken: it shows none.
    """
    with Image.open(io.BytesIO(picture)) as image:
        grey = image.convert("L")
    scale = grey.width / VIEWPORT["width"]
    rows = [
        [_light(grey, scale * SQUARE * (bit + 0.5), scale * SQUARE * (row + 0.5)) for bit in range(BITS)]
        for row in range(2)
    ]
    if any(on == off for on, off in zip(*rows, strict=True)):
        raise Broken("a picture does not show the clock")
    return sum(on << bit for bit, on in enumerate(rows[0]))


def _light(image: Image.Image, x: float, y: float) -> bool:
    value = image.getpixel((int(x), int(y)))
    return isinstance(value, int) and value > 127


async def cast(page: Page) -> Frames:
    """Pictures of a page, by the browser's own protocol."""
    line = await page.context.new_cdp_session(page)
    frames: Frames = []
    acknowledging: set[asyncio.Task[None]] = set()
    enough = asyncio.Event()

    async def acknowledge(number: int) -> None:
        with suppress(PlaywrightError):  # it was the last one, and the line is cut
            await tell(line, "Page.screencastFrameAck", {"sessionId": number})

    def arrived(frame: dict[str, Any]) -> None:
        frames.append((time.time_ns() // 1_000_000, base64.b64decode(frame["data"])))
        task = asyncio.create_task(acknowledge(frame["sessionId"]), name="acknowledge a frame")
        acknowledging.add(task)
        task.add_done_callback(acknowledging.discard)
        if len(frames) >= FRAMES:
            enough.set()

    line.on("Page.screencastFrame", arrived)
    await tell(line, "Page.startScreencast", {"format": "jpeg", **LENS})
    async with asyncio.timeout(PATIENCE):
        await enough.wait()
    await tell(line, "Page.stopScreencast")
    await line.detach()
    await asyncio.gather(*acknowledging)
    return frames


@asynccontextmanager
async def raw_page() -> AsyncGenerator[Page]:
    """A page in a browser of its own, driven by nothing but Playwright."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=find_browser(os.environ.get("ZENOBIA_CHROMIUM")),
            args=[*QUIET],
            ignore_default_args=unwanted_flags(),
            chromium_sandbox=os.geteuid() != 0,
        )
        stack.push_async_callback(browser.close)
        context = await browser.new_context(viewport=VIEWPORT)
        yield await context.new_page()


@contextmanager
def clock() -> Generator[str]:
    """The page with the clock, served: its address but for how it is to change."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=HERE))
    serving = threading.Thread(target=server.serve_forever, name="clock", daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/clock.html?"
    server.shutdown()
    server.server_close()
