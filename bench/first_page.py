"""How long it takes from createSession until the session's first page is there.

The reference is Playwright by itself in a browser that is already running: a new context, a new page, and the page
loaded. Ours has its context ready before anybody asks, and has stored everything it tells.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from browsers import load, raw_browser
from measuring import Block, Comparison, Finding
from processes import demo_site, scratch, socket_client, zenobia

TARGET = 1.0
PAGES = 6
"""Pages in a block."""

PAUSE = 1.0
"""Seconds between sessions, as nobody starts one right after another: time to warm the next browser."""


def first_page(blocks: int) -> Iterator[Finding]:
    """The first page of a session, on the demonstration site."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with ExitStack() as stack:
        site = stack.enter_context(demo_site())
        data_dir = stack.enter_context(scratch()) / "zenobia"
        url, _ = stack.enter_context(zenobia(data_dir, "--allow-networks", "127.0.0.0/8"))
        client = stack.enter_context(socket_client())
        client.do("connect", group="zenobia", url=url, clients=1)
        browser = stack.enter_context(raw_browser())
        time.sleep(2 * PAUSE)
        for _ in range(blocks + 1):
            mine: list[float] = []
            raw: list[float] = []
            for _ in range(PAGES):
                mine.append(client.do("firstPage", group="zenobia", prompt=f"open {site}")["loaded"])
                time.sleep(PAUSE)
                raw.append(load(browser, site))
                time.sleep(PAUSE / 4)
            ours.append(mine)
            theirs.append(raw)
    yield Comparison("createSession to its first page", ours[1:], "new context, page, goto", theirs[1:], TARGET)
