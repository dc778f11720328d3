"""What a page costs a model to read, and how much of it is there: ours, Playwright's snapshot, browser-use's state.

python bench/observing.py

For ten pages of the demonstration site: how many of the elements that a person could use are named with a reference,
in how many tokens (o200k_base, of all that is said of the browser and its page), and in how many milliseconds (the
median of a few). The elements are counted by a script that knows none of the three. uv gets browser-use, for this only.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import SCRIPTS, Broken, demo_site, install_scripts, node, running

from zenobia.agents.browser.sight import Eyes
from zenobia.operators.chromium import find_browser
from zenobia.operators.operator import ChromiumOperator
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.operators.wall import Wall
from zenobia.protocol.actions import Open

PAGES = ("/", "/news", "/shop", "/shop/checkout", "/form", "/widgets", "/frames", "/downloads", "/login", "/long")
ROUNDS = 5
BROWSER_USE = "browser-use==0.13.14"
GOT_WITHIN, DONE_WITHIN = 600.0, 300.0
"""Seconds within which uv installs it, and within which a script that uses it ends."""

HERE = Path(__file__).resolve().parent
USABLE = (HERE / "usable.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Told:
    """What one side tells of a page: the text, how much it names of what can be used, milliseconds."""

    text: str
    named: int
    ms: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is to use on each page, what ours, Playwright and browser-use tell of it, and in how many tokens."""

    usable: list[int]
    sides: tuple[list[Told], list[Told], list[Told]]
    tokens: list[list[int]]


async def observed() -> Looked:
    """Have all three look at every page."""
    install_scripts()
    with demo_site() as site:
        addresses = [f"{site}{path}" for path in PAGES]
        usable, ours, theirs = await in_process(addresses)
        sides = (ours, theirs, browser_use(addresses))
    return Looked(usable, sides, [tokens([told.text for told in side]) for side in sides])


async def main() -> None:
    """Measure, and print a table."""
    looked = await observed()
    heads = [
        "page",
        "usable",
        "named by ours",
        "Playwright",
        "browser-use",
        "tokens: ours",
        "Playwright",
        "browser-use",
    ]
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    rows: list[list[int]] = []
    for at, path in enumerate(PAGES):
        named = [side[at].named for side in looked.sides]
        rows.append([looked.usable[at], *named, *(one[at] for one in looked.tokens)])
        print(f"| {path} | " + " | ".join(map(str, rows[-1])) + " |")
    sums = [sum(column) for column in zip(*rows, strict=True)]
    print("| all | " + " | ".join(map(str, sums)) + " |")
    print(f"\nOurs is {sums[4] / sums[5]:.2f} of Playwright's tokens and {sums[4] / sums[6]:.2f} of browser-use's.")
    print("Milliseconds: " + ", ".join(f"{statistics.median(told.ms for told in side):.0f}" for side in looked.sides))


async def in_process(addresses: list[str]) -> tuple[list[int], list[Told], list[Told]]:
    """What there is to use on each page, what we tell of it, and what Playwright tells."""
    folder, wall = Path(tempfile.mkdtemp()), Wall(["127.0.0.0/8"])
    pool = ChromiumBrowsers(scratch=folder, warm=1, action_timeout=10, screenshot_timeout=5, wall=wall)
    await pool.start()
    operator = await pool.open("bench", _ignore)
    try:
        looks = [await looked_at(operator, address) for address in addresses]
    finally:
        await operator.close()
        await pool.close()
        shutil.rmtree(folder, ignore_errors=True)
    usable, ours, theirs = zip(*looks, strict=True)
    return list(usable), list(ours), list(theirs)


async def looked_at(operator: ChromiumOperator, address: str) -> tuple[int, Told, Told]:
    """One page."""
    await operator.act(Open(url=address))
    page = operator.window.current.page
    seen, our_time = await timed(operator.observe)
    theirs, their_time = await timed(lambda: page.aria_snapshot(mode="ai"))
    for reference in re.findall(r"\[ref=(\w+)\]", theirs):
        await page.locator(f"aria-ref={reference}").evaluate("el => { el.__theirs = true; }")
    usable, found, named = await page.evaluate(USABLE, "__theirs")
    return usable, Told(Eyes().look(seen, []).text, found, our_time), Told(theirs, named, their_time)


def browser_use(addresses: list[str]) -> list[Told]:
    """What browser-use tells.

    Raises:
        Broken: it could not be had, or did not work.
    """
    said = with_browser_use("browser_use_states.py", str(ROUNDS), *addresses)
    if len(said) != len(addresses):
        raise Broken(f"browser-use told of {len(said)} pages, not of {len(addresses)}")
    return [Told(**one) for one in said]


def with_browser_use(script: str, *given: str) -> list[dict[str, Any]]:
    """Run one of the scripts where browser-use is installed, which uv does first; the objects that it prints.

    Raises:
        Broken: it could not be had, did not work, or did not end.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise Broken("uv is needed to get browser-use")
    inside = [uv, "run", "--quiet", "--no-project", "--with", BROWSER_USE]
    _ended([*inside, "python", "-c", ""], f"uv did not get {BROWSER_USE}", GOT_WITHIN)
    told = _ended([*inside, HERE / script, find_browser("chromium"), *given], f"{script} did not work", DONE_WITHIN)
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


def _ended(command: list[str | Path], problem: str, within: float) -> str:
    """What a command says until it ends; it and all that it started are gone afterwards."""
    with running(command, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=within)
        except subprocess.TimeoutExpired as error:
            raise Broken(f"{problem}: it went on for more than {within:g} s") from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise Broken(f"{problem}: {said[-2_000:]}")
    return said


def tokens(texts: list[str]) -> list[int]:
    """How many tokens each text is."""
    done = subprocess.run([node(), SCRIPTS / "tokens.js"], input=json.dumps(texts), capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"tokens could not be counted: {done.stderr[-2_000:]}")
    return json.loads(done.stdout)


async def timed(look: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """What a look gives, and the median of its milliseconds."""
    took: list[float] = []
    seen: Any = None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        seen = await look()
        took.append((time.perf_counter() - began) * 1_000)
    return seen, statistics.median(took)


async def _ignore(_: object) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    asyncio.run(main())
