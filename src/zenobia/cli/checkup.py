"""All checks, one after the other, the last ones being real browsers that open a real page."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from zenobia.app import chromium
from zenobia.cli.checks import LOOKS, OF_A_BROWSER_HERE, Finding, Level
from zenobia.cli.screen import out, sign, text
from zenobia.operators.base import Notice, Shot
from zenobia.operators.sources import place
from zenobia.operators.wall import Wall
from zenobia.protocol.actions import Open
from zenobia.protocol.errors import ZenobiaError
from zenobia.settings import Settings

START_WITHIN = 30.0
"""Seconds for a browser to start and open a page; it usually takes less than two."""
SLOW = 5.0

FENCE = "Fence those machines in by their own network, or let Zenobia start its browsers itself."

SIGNS = {Level.OK: ("✔", "good"), Level.WARN: ("▲", "careful"), Level.FAIL: ("✘", "bad")}


def findings(settings: Settings) -> Iterator[Finding]:
    """Each finding as soon as it is known."""
    usable = True
    remote = settings.remote_browsers
    for look in LOOKS:
        if remote and look in OF_A_BROWSER_HERE:
            continue
        found = look(settings)
        usable = usable and not (found.what == "Browser" and found.level is Level.FAIL)
        yield found
    if remote:
        yield Finding("Wall", Level.WARN, "none: remote browsers reach whatever their machines reach", FENCE)
    for address in remote:
        found = asyncio.run(_page(settings.model_copy(update={"browser_cdp": SecretStr(address)})))
        yield Finding("Remote", found.level, f"{place(address)}: {found.found}", found.mend)
    if usable and not remote:
        yield asyncio.run(_page(settings))


def shown(found: Finding) -> RenderableType:
    """One finding, and below it how to mend it."""
    icon, style = SIGNS[found.level]
    words = text(found.found)
    if found.mend:
        words = Text().append_text(words).append("\n").append_text(text(found.mend, "quiet"))
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=1)
    row.add_column(width=4)
    row.add_column(width=12)
    row.add_column(overflow="fold", no_wrap=not out().is_terminal)
    row.add_row(Text(sign(icon), style), Text(found.level.value, style), text(found.what, "verb"), words)
    return row


async def _page(settings: Settings) -> Finding:
    """Start a browser as the server would, open a page and take its picture."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zenobia-doctor-") as scratch:
        browsers = chromium(settings.model_copy(update={"warm_browsers": 0}), Path(scratch), Wall())
        try:
            async with asyncio.timeout(START_WITHIN):
                operator = await browsers.open("doctor", _ignore)
                await operator.act(Open(url="about:blank"))
                picture = await operator.screenshot(Shot())
        except ZenobiaError as error:
            mend = "Is it started with --remote-debugging-port, and does a firewall let us through?"
            if not settings.remote_browsers:
                mend = "Read what the browser says: start it yourself with --headless --dump-dom about:blank."
            return Finding("Page", Level.FAIL, error.message, mend)
        except TimeoutError:
            mend = "The machine is overloaded, or the browser hangs: try it by hand."
            return Finding("Page", Level.FAIL, f"The browser opened no page in {START_WITHIN:.0f} seconds.", mend)
        finally:
            await browsers.close()
    took = time.monotonic() - began
    words = (
        f"a browser started, opened a page and took its picture ({picture.width} by {picture.height}) in {took:.1f} s"
    )
    if took > SLOW:
        return Finding("Page", Level.WARN, words, "That is slow: is the machine overloaded?")
    return Finding("Page", Level.OK, words)


async def _ignore(_: Notice) -> None:
    """Nothing that the empty page does matters."""
