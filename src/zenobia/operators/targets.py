"""Finds what an action is meant for, named as a person would: by role, label, placeholder and text.

The page's main frame comes first, then its other frames; open shadow roots belong to their page. What is found is
never guessed: several equals are an error that lists them, and nothing is an error that says what is there.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal, TypedDict

from playwright.async_api import ElementHandle, Frame, JSHandle
from playwright.async_api import Error as PlaywrightError

from zenobia.operators.observe import HELD, held
from zenobia.operators.page import LivePage
from zenobia.operators.scripts import script
from zenobia.protocol.action_errors import AmbiguousTarget, TargetNotFound
from zenobia.protocol.actions import Target

Verb = Literal["click", "type", "select", "check", "uncheck", "upload", "download", "hover", "option", "any"]

APPEARS_WITHIN = 3.0
FRAME_ANSWERS_WITHIN = 1.5
MOST_FRAMES = 30
GOOD = 30
"""Matches below this are exact but for case and punctuation: no other frame is asked then."""

FIND = script("find")
FACTS = script("facts")
CHANGES = """within => new Promise(done => {
  const finish = () => { watch.disconnect(); clearTimeout(timer); done(); };
  const watch = new MutationObserver(finish), timer = setTimeout(finish, within);
  watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
})"""
STILL_HELD = f"(el, number) => ({HELD})(number) === el ? ({FACTS})(el) : null"
LOOK_AGAIN_AFTER_MS = 300
DESCRIBED = 10
"""Candidates that an error lists."""


class Facts(TypedDict):
    """What the page's script says about a match."""

    key: int
    role: str
    name: str
    visible: bool
    enabled: bool
    href: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class Match:
    """One element that fits, not yet fetched."""

    frame: Frame
    handle: JSHandle
    index: int
    facts: Facts

    def __str__(self) -> str:
        role, name = self.facts["role"] or "text", self.facts["name"]
        return f'{role} "{name}"' if name else role

    async def element(self) -> "Found":
        """The element itself."""
        handle = await self.handle.evaluate_handle("(all, index) => all.elements[index]", self.index)
        element = handle.as_element()
        if element is None:
            raise PlaywrightError("Element is not attached to the DOM")
        return Found(element, self.facts)


@dataclass(frozen=True, slots=True)
class Found:
    """The element an action is meant for."""

    element: ElementHandle
    facts: Facts

    def __str__(self) -> str:
        role, name = self.facts["role"], self.facts["name"]
        return f'"{name}"' + (f" {role}" if role else "") if name else role or "the element"


@dataclass(slots=True)
class Looked:
    """What one look at the page gave."""

    matches: list[Match]
    present: list[str]


async def find(tab: LivePage, target: Target, verb: Verb, within: float = APPEARS_WITHIN) -> Found:
    """The one element that is meant, waiting a moment for it to appear.

    Raises:
        TargetNotFound: there is none; says what there is.
        AmbiguousTarget: there are several; says which.
    """
    if target.ref:
        return await _referred(tab, target.ref)
    until = time.monotonic() + within
    while True:
        looked = await look(tab, target, verb)
        if match := _chosen(looked.matches, target):
            return await match.element()
        if time.monotonic() >= until:
            raise TargetNotFound(wanted=str(target), present=", ".join(looked.present) or "nothing of that kind")
        await _change(tab, until)


async def look(tab: LivePage, target: Target, verb: Verb) -> Looked:
    """Everything that fits, best first, as the page stands."""
    query = {"verb": verb, "text": target.text, "role": target.role}
    main = tab.page.main_frame
    looked = await _look_in(main, query)
    if looked.matches and looked.matches[0].facts["key"] < GOOD and target.nth is None:
        return looked
    others = [frame for frame in tab.page.frames if frame is not main][:MOST_FRAMES]
    for more in await asyncio.gather(*(_look_in(frame, query) for frame in others)):
        looked.matches.extend(more.matches)
        looked.present.extend(more.present)
    looked.matches.sort(key=lambda match: match.facts["key"])
    return looked


async def _look_in(frame: Frame, query: dict[str, str | None]) -> Looked:
    try:
        async with asyncio.timeout(FRAME_ANSWERS_WITHIN):
            handle = await frame.evaluate_handle(FIND, query)
            said: dict[str, list[Facts] | list[str]] = await handle.evaluate(
                "all => ({found: all.found, present: all.present})"
            )
    except (PlaywrightError, TimeoutError):  # a frame that is going somewhere, or hangs, has nothing to offer now
        return Looked([], [])
    found: list[Facts] = [facts for facts in said["found"] if isinstance(facts, dict)]
    present = [name for name in said["present"] if isinstance(name, str)]
    return Looked([Match(frame, handle, index, facts) for index, facts in enumerate(found)], present)


def _chosen(matches: list[Match], target: Target) -> Match | None:
    """The match that is meant; None when there is none (yet)."""
    if not matches:
        return None
    best = [match for match in matches if match.facts["key"] == matches[0].facts["key"]]
    if target.nth is not None:
        ranked = best if len(best) >= target.nth else matches
        return ranked[target.nth - 1] if len(ranked) >= target.nth else None
    for fact in ("visible", "enabled"):
        best = [match for match in best if match.facts[fact]] or best
    places = {match.facts["href"] for match in best}
    if len(best) == 1 or (len(places) == 1 and "" not in places):
        return best[0]
    raise AmbiguousTarget(count=len(best), wanted=str(target), candidates=_candidates(best))


def _candidates(matches: list[Match]) -> str:
    lines = [
        f"{number}: {match}" + (f" in “{match.facts['place']}”" if match.facts["place"] else "")
        for number, match in enumerate(matches[:DESCRIBED], start=1)
    ]
    return "; ".join(lines) + (" …" if len(matches) > DESCRIBED else "")


async def _referred(tab: LivePage, ref: str) -> Found:
    """The element that an observation calls `ref`; one that was found just before is asked for itself."""
    problem = TargetNotFound(wanted=f"[{ref.strip('[]')}]", present="other elements now: observe again")
    known = tab.found if tab.found is not None and tab.found.reference == ref else None
    facts: Facts | None
    try:
        async with asyncio.timeout(APPEARS_WITHIN):
            if known is not None:
                facts = await known.element.evaluate(STILL_HELD, known.number)
            else:
                tab.found, facts = await held(tab, ref, FACTS) or (None, None)
    except (PlaywrightError, TimeoutError) as error:
        raise problem from error
    if tab.found is None or facts is None:
        raise problem
    return Found(tab.found.element, facts)


async def _change(tab: LivePage, until: float) -> None:
    """Wait until the page changes, or a moment has passed, or it is over."""
    left = min(LOOK_AGAIN_AFTER_MS, max(0.0, (until - time.monotonic()) * 1000))
    try:
        async with asyncio.timeout(left / 1000 + 0.5):
            await tab.page.evaluate(CHANGES, left)
    except (PlaywrightError, TimeoutError):
        await tab.moved.next(min(until, time.monotonic() + LOOK_AGAIN_AFTER_MS / 1000))
