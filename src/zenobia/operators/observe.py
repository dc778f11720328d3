"""What a page shows, as lines of text: what a person could use, each with a reference, and what informs.

What a person does not see is left out: hidden, covered, off the page, or too faint to read. References go through
frames and open shadow roots, stay with their element, and are never used twice in a session.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame

from zenobia.operators.page import LivePage
from zenobia.operators.references import Held
from zenobia.operators.scripts import script

LONGEST = 24_000
"""Characters of a scene; beyond that the lines farthest from what is in view are left out."""

LOOK_WITHIN = 5.0
FRAME_LOOKS_WITHIN = 1.5
MOST_FRAMES = 30

SCENE = script("scene")
OWNER = "el => { const own = window[Symbol.for('zenobia.scene')]; return own && own.refs.get(el) || 0; }"
HELD = """number => {
  const own = window[Symbol.for('zenobia.scene')], held = own && own.held.get(number);
  const element = held && held.element.deref();
  if (!element || !element.isConnected) return null;
  return held.role === 'part' || own.named(element, held.role) === held.name ? element : null;
}"""
REFERENCE = re.compile(r"^\[?(?:ref=)?(?:f(\d+))?e(\d+)\]?$")

Line = tuple[int, str, str | None, float]
"""Depth, text, reference, and place: 0 in the window, else how many screens above (negative) or below it."""


class Seen(TypedDict):
    """What the script says of one document."""

    lines: list[Line]
    next: int
    scroll: dict[str, int] | None
    picture: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A page as text, and of each line how many screens away from the window it is; see `Observation`."""

    text: str = ""
    away: tuple[float, ...] = ()
    picture: bool = False


async def scene(tab: LivePage) -> Scene:
    """What the page shows now; empty when it does not answer."""
    main = tab.page.main_frame
    seen = await _seen(tab, main, LOOK_WITHIN)
    if seen is None:
        return Scene()
    frames = [frame for frame in tab.page.frames if frame is not main][:MOST_FRAMES]
    inside = dict(await asyncio.gather(*(_inside(tab, frame) for frame in frames)))
    lines = list(_woven(seen["lines"], inside))
    shown = _fitted(lines, seen["scroll"])
    return Scene("\n".join(text for text, _ in shown), tuple(away for _, away in shown), seen["picture"])


async def held(tab: LivePage, reference: str, facts: str) -> tuple[Held, Any] | None:
    """The element that a reference stands for, if it is still there and still has the same name, and its `facts`."""
    parts = REFERENCE.match(reference.strip())
    if parts is None:
        return None
    wanted, number = int(parts[1]) if parts[1] else None, int(parts[2])
    for frame in tab.page.frames:
        if (None if frame.parent_frame is None else tab.references.frames.get(frame, 0)) == wanted:
            told = f"number => {{ const el = ({HELD})(number); return el && ({facts})(el); }}"
            handle, said = await asyncio.gather(frame.evaluate_handle(HELD, number), frame.evaluate(told, number))
            element = handle.as_element()
            return (Held(reference, number, element), said) if element is not None and said is not None else None
    return None


async def _seen(tab: LivePage, frame: Frame, within: float) -> Seen | None:
    references = tab.references
    try:
        async with asyncio.timeout(within):
            query = {"start": references.next, "prefix": references.prefix(frame)}
            said: dict[str, Any] = await frame.evaluate(SCENE, query)
        seen = cast("Seen", said | {"lines": _lines(said["lines"])})
    except (PlaywrightError, TimeoutError, ValueError):  # it is going somewhere, hangs, or has bent the script
        return None
    references.next = max(references.next, seen["next"])
    return seen


async def _inside(tab: LivePage, frame: Frame) -> tuple[str, list[Line]]:
    """The reference of a frame's element in the document around it, and the lines of the document in it."""
    try:
        async with asyncio.timeout(FRAME_LOOKS_WITHIN):
            number: int = await (await frame.frame_element()).evaluate(OWNER)
    except (PlaywrightError, TimeoutError):
        return "", []
    if not number or frame.parent_frame is None:
        return "", []  # its element is hidden
    seen = await _seen(tab, frame, FRAME_LOOKS_WITHIN)
    return f"{tab.references.prefix(frame.parent_frame)}e{number}", seen["lines"] if seen else []


def _lines(said: str) -> list[Line]:
    """The lines as the script writes them; raises `ValueError` for what it cannot have written."""
    parts = (line.split("\t", 3) for line in said.split("\n") if line)
    return [(int(depth), text, reference or None, float(place)) for depth, reference, place, text in parts]


def _woven(lines: list[Line], inside: dict[str, list[Line]], deeper: int = 0, around: float = 0.0) -> list[Line]:
    """The lines of a document with those of its frames where the frames are; `around` is the place of this one."""
    woven: list[Line] = []
    for depth, text, reference, own in lines:
        place = around or own  # what is in a frame is not in view if the frame is not
        woven.append((depth + deeper, text, reference, place))
        if reference in inside:
            woven.extend(_woven(inside[reference], inside, depth + deeper + 1, place))
    return woven


def _fitted(lines: list[Line], scroll: dict[str, int] | None) -> list[tuple[str, float]]:
    """As many lines as may be, those in view first, and where the rest is; each with how far away it is."""
    texts = [" " * depth + text for depth, text, _, _ in lines]
    first = next((at for at, line in enumerate(lines) if line[3] >= 0), 0)
    start = end = first
    room = LONGEST - 300
    while room > 0 and (start > 0 or end < len(texts)):
        behind = end < len(texts) and (start == 0 or lines[end][3] == 0 or end - first <= 3 * (first - start))
        at = end if behind else start - 1
        room -= len(texts[at]) + 1
        if room < 0:
            break
        start, end = (start, end + 1) if behind else (start - 1, end)
    kept = [(texts[at], abs(lines[at][3])) for at in range(start, end)]
    if start:
        kept.insert(0, (f"… {start} lines above are left out: scroll up, or name what you look for", 0.0))
    if end < len(texts):
        kept.append((f"… {len(texts) - end} lines below are left out: scroll down, or name what you look for", 0.0))
    if scroll and (scroll["above"] > 20 or scroll["below"] > 20):
        screens = scroll["height"] or 1
        ways = [f"{scroll[way] / screens:.1f} screens {way}" for way in ("above", "below") if scroll[way] > 20]
        kept.append((f"({', '.join(ways)})", 0.0))
    return kept
