"""The reference for what a browser does: Playwright by itself, on the very browser and flags that the server uses."""

import base64
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol, cast

from playwright.sync_api import Browser, CDPSession, ViewportSize, sync_playwright

from zenobia.operators.chromium import QUIET, find_browser, unwanted_flags

VIEWPORT: ViewportSize = {"width": 1280, "height": 800}


class _Sends(Protocol):
    def send(self, method: str, params: dict[str, object]) -> dict[str, Any]: ...


@contextmanager
def raw_browser() -> Generator[Browser]:
    """A warm browser, driven by nothing but Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(os.environ.get("ZENOBIA_CHROMIUM")),
            args=[*QUIET],
            ignore_default_args=unwanted_flags(),
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        browser.close()


def load(browser: Browser, url: str) -> float:
    """A new context and page, and a page loaded in it; in milliseconds."""
    began = time.perf_counter()
    context = browser.new_context(viewport=VIEWPORT, accept_downloads=True)
    context.new_page().goto(url)
    took = (time.perf_counter() - began) * 1_000
    context.close()
    return took


def capture(session: CDPSession, wanted: dict[str, object]) -> tuple[float, int]:
    """A picture until its bytes are in hand: milliseconds, and how many bytes."""
    began = time.perf_counter()
    answer = cast("_Sends", session).send("Page.captureScreenshot", wanted)
    data = base64.b64decode(answer["data"])
    return (time.perf_counter() - began) * 1_000, len(data)
