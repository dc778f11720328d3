"""What a step costs beside its model, and what a page costs to read: ours and browser-use's.

Each does the job of `steps.py` with a model that answers at once, ours over its real wire format and browser-use's
inside its own process; neither takes pictures. Then both, and Playwright's own snapshot, tell of ten pages of the
demonstration site; `python bench/observing.py` prints each page. uv gets browser-use, for this only.
"""

import asyncio
from collections.abc import Iterator

from measuring import Amount, Block, Comparison, Finding
from observing import PAGES, observed, with_browser_use
from processes import Broken, demo_site
from steps import STEPS, TIMES, alone

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
    said = with_browser_use("browser_use_steps.py", f"{site}/form", str(TIMES))
    if not said or said[0]["steps"] != STEPS or said[0]["errors"]:
        raise Broken(f"browser-use did not do its steps: {said}")
    return said[0]["ms"]
