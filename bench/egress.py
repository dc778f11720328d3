"""What the wall costs: a page loaded through a gate against the same page loaded straight, in the same Chromium.

Both sides are Playwright by itself, in a fresh context each time, so that connections are made anew. One browser
has the flags that leave it no other way, and each of its contexts a gate; the other has neither. The gates live in this
process's event loop, as they do in a server's.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from browsers import VIEWPORT
from measuring import Block, Comparison, Finding
from playwright.async_api import Browser, async_playwright
from processes import demo_site

from zenobia.operators.chromium import QUIET, find_browser, flags, unwanted_flags
from zenobia.operators.gate import Gate
from zenobia.operators.wall import Wall

TARGET = 1.15
PAGES = 12
"""Loads in a block, of each page."""

PATHS = {"/": "the front page", "/gate": "a page of nine pictures"}


def egress(blocks: int) -> Iterator[Finding]:
    """Loading pages of the demonstration site."""
    with demo_site() as site:
        yield from asyncio.run(_measured(site, blocks))


async def _measured(site: str, blocks: int) -> list[Finding]:
    found: list[Finding] = []
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        wall = Wall(["127.0.0.0/8"])
        browsers: list[Browser] = []
        for words in (flags(), [*QUIET]):
            browser = await playwright.chromium.launch(
                executable_path=find_browser(os.environ.get("ZENOBIA_CHROMIUM")),
                args=words,
                ignore_default_args=unwanted_flags(),
                chromium_sandbox=os.geteuid() != 0,
            )
            stack.push_async_callback(browser.close)
            browsers.append(browser)
        for path, name in PATHS.items():
            through: list[Block] = []
            straight: list[Block] = []
            for _ in range(blocks + 1):
                mine: list[float] = []
                theirs: list[float] = []
                for _ in range(PAGES):  # in turns, so that a noisy moment hits both
                    mine.append(await _load(browsers[0], site + path, wall))
                    theirs.append(await _load(browsers[1], site + path, None))
                through.append(mine)
                straight.append(theirs)
            found.append(Comparison(f"{name}, through the wall", through[1:], "straight", straight[1:], TARGET))
    return found


async def _load(browser: Browser, url: str, wall: Wall | None) -> float:
    """One load in a fresh context, until everything of it is there; in milliseconds."""
    gate = None if wall is None else Gate(wall)
    if gate is not None:
        await gate.open()
    context = await browser.new_context(viewport=VIEWPORT, proxy=None if gate is None else {"server": gate.address})
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(url, wait_until="load")
    took = (time.perf_counter() - began) * 1_000
    await context.close()
    if gate is not None:
        gate.close()
    return took
