"""What a step costs beside its model, and what a page costs to read: ours and browser-use's.

Each does the job of `steps.py` with a model that answers at once, ours over its real wire format and browser-use's
inside its own process; neither takes pictures. Then both, and Playwright's own snapshot, tell of ten pages of the
demonstration site; `python bench/observing.py` prints each page. uv gets browser-use, for this only.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator

from measuring import Amount, Block, Comparison, Finding
from observing import BROWSER_USE, HERE, PAGES, observed
from processes import Broken, demo_site
from steps import STEPS, TIMES, alone

from zenobia.operators.chromium import find_browser

CHEAPER = 0.5
SESSIONS = 2
"""Sessions of ours in a block; one of browser-use, which takes half a minute to load."""


def rival(blocks: int) -> Iterator[Finding]:
    """A step beside browser-use, and a page."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with demo_site() as site:
        for _ in range(blocks):
            ours.append(asyncio.run(alone(SESSIONS)))
            theirs.append([browser_use_steps(site)])
    yield Comparison("a step of the browser agent, without a picture", ours, "browser-use", theirs, CHEAPER)
    yield from _reading()


def _reading() -> Iterator[Finding]:
    """How much of ten pages is told, in how many tokens."""
    looked = asyncio.run(observed())
    there = sum(looked.usable)
    missed = [there - sum(told.named for told in side) for side in looked.sides]
    told = [float(sum(counted)) for counted in looked.tokens]
    for at, (name, most) in enumerate((("Zenobia", min(missed[1:])), ("Playwright", None), ("browser-use", None))):
        what = f"elements of {len(PAGES)} pages that can be used and are not named: {name}"
        yield Amount(what, [float(missed[at])], f"of {there}", most)
    for at, (name, most) in enumerate((("Zenobia", CHEAPER * told[2]), ("Playwright", None), ("browser-use", None))):
        yield Amount(f"{len(PAGES)} pages as a model is told of them: {name}", [told[at]], "tokens", most)


def browser_use_steps(site: str) -> float:
    """The job done by browser-use: milliseconds of a step.

    Raises:
        Broken: it could not be had, or did not work.
    """
    uv = shutil.which("uv")
    if uv is None:
        raise Broken("uv is needed to get browser-use")
    command = [uv, "run", "--no-project", "--with", BROWSER_USE, HERE / "browser_use_steps.py"]
    given = [find_browser("chromium"), f"{site}/form", str(TIMES)]
    done = subprocess.run([*command, *given], capture_output=True, text=True, timeout=300)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not said or said[0]["steps"] != STEPS or said[0]["errors"]:
        raise Broken(f"browser-use did not work: {said} {done.stderr[-2_000:]}")
    return said[0]["ms"]
