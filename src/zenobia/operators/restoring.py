"""Going on in a fresh browser: what is kept of one, and how another takes it up.

Kept are the tabs' addresses, which of them is current, cookies and local storage. What a page holds only in memory is
gone with its browser; what a session had typed there is filled in again from its log, by `zenobia.sessions.refilling`.
"""

import asyncio
from contextlib import suppress
from typing import cast

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import StorageState

from zenobia.operators.window import MOST_TABS, Window
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.wire import Json

STORAGE_WITHIN = 1.0
"""Seconds that pages get to give their storage; one that shows a dialog or hangs gives none, and cookies are kept."""

LOAD_WITHIN = 10.0
"""Seconds that each tab gets to load again; one that does not is left as far as it came."""


async def checkpoint_of(window: Window) -> Json:
    """What a fresh browser needs to go on from here, as JSON.

    Raises:
        BrowserLost: the browser cannot say it any more.
        TimeoutError: it does not answer.
    """
    listing = window.listing()
    return {
        "tabs": [tab.url for tab in listing],
        "current": next((tab.number for tab in listing if tab.current), 1),
        "storage": await _storage(window),
    }


def brought_to(checkpoint: Json, at: str | None) -> Json:
    """The checkpoint, brought to the page that was come to since: in the tab that has it, or in one more.

    Whether that page came in the current tab or in a new one is not known, and a tab too many loses nothing.
    """
    if at is None:
        return checkpoint
    found: dict[str, Json] = checkpoint or {"tabs": [at], "current": 1, "storage": {"cookies": [], "origins": []}}
    tabs: list[str] = found["tabs"]
    current: int = found["current"]
    if tabs[current - 1] != at:
        tabs = tabs if at in tabs else [*tabs[: MOST_TABS - 1], at]
        current = tabs.index(at) + 1
    return {**found, "tabs": tabs, "current": current}


def storage_of(checkpoint: Json) -> StorageState:
    """The part of a checkpoint with which a browser context is made."""
    return cast("StorageState", checkpoint["storage"])


async def go_on(window: Window, checkpoint: Json) -> None:
    """Open the tabs of a checkpoint again, in a context made with its storage."""
    opened = [window.current, *[await window.open() for _ in checkpoint["tabs"][1:]]]
    for tab, url in zip(opened, checkpoint["tabs"], strict=True):
        if url.startswith("http"):
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(LOAD_WITHIN):
                    await tab.page.goto(url, wait_until="domcontentloaded")
            await tab.learn_title()
    current: int = checkpoint["current"]
    await window.go_to(opened[current - 1])


async def _storage(window: Window) -> Json:
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(STORAGE_WITHIN):
            return await window.context.storage_state()
    try:
        async with asyncio.timeout(STORAGE_WITHIN):
            return {"cookies": await window.context.cookies(), "origins": []}
    except PlaywrightError as error:  # its context is gone, and nobody has been told yet
        raise BrowserLost from error
