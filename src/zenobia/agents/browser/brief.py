"""A page's lines as a model is given them: whole where a person would see them now, and said in few tokens.

What can be used is always there, wherever it is, and so are headings. A kind that is not said is a link. Of texts
outside the window only the short ones are kept; what is new is kept wherever it is.
"""

import re
from collections.abc import Sequence

LINE = re.compile(r'^( *)\[((?:f\d+)?e\d+)\] (file field|color field|[a-z]+)(?: ("(?:[^"\\]|\\.)*"))?((?: .*)?)$')
"""Depth, reference, kind, name and states of something that can be used."""

SAID = re.compile(r"^[* ]*((?:f\d+)?e\d+) (?:(file field|color field|[a-z]+)(?: |$))?(.*)$")
"""The same as a model is given it: reference, kind if one is said, and the rest."""

HEADING = re.compile(r"^ *#+ ")
PART = re.compile(r'^ *[a-z]+(?: "(?:[^"\\]|\\.)*")?:$')

SHORT = 20
"""Characters of a text outside the window that are worth their tokens: a price, a state, a date."""

FAR = 2.0
"""Screens away from the window beyond which no text is kept."""


def brief(lines: Sequence[str], away: Sequence[float], new: Sequence[bool]) -> list[tuple[int, str]]:
    """Those of the lines that a model is given, each with its number among them, from 0."""
    kept: list[tuple[int, str]] = []
    for number, (line, screens, is_new) in enumerate(zip(lines, away, new, strict=True)):
        if (found := LINE.match(line)) is not None:
            kept.append((number, _usable(found)))
        elif screens == 0 or is_new or _worth_it(line, screens):
            kept.append((number, line))
    return kept


def _worth_it(line: str, screens: float) -> bool:
    """Whether a line is kept that nobody sees now."""
    return bool(HEADING.match(line) or PART.match(line)) or (screens <= FAR and len(line.strip()) <= SHORT)


def said_by_itself(snapshot: str) -> str:
    """What a page says, without the states of what can be used: a field's value may be what was typed into it."""
    found = ((line, LINE.match(line)) for line in snapshot.split("\n"))
    return "\n".join(line if match is None else f"{match[3]} {match[4] or ''}" for line, match in found)


def spelled_out(line: str) -> str | None:
    """A line of something that can be used as it stands in a snapshot; None if it is none."""
    found = SAID.match(line)
    if found is None:
        return None
    reference, kind, rest = found.groups()
    if rest and kind != "link" and not rest.startswith('"'):
        rest = f'"{rest}"'
    return f"[{reference}] {kind or 'link'} {rest}".rstrip()


def _usable(found: re.Match[str]) -> str:
    """One line of what can be used. Quotes are left out where nothing else could be meant without them."""
    depth, reference, kind, quoted, states = found.groups()
    name = (quoted or "")[1:-1]
    if not name:
        return f"{depth}{reference} {kind}" + (f' ""{states}' if states and kind != "link" else states)
    clear = not states and "\\" not in name and not (kind == "link" and name[0].islower())
    said = "" if kind == "link" else f"{kind} "
    return f"{depth}{reference} {said}{name if clear else quoted}{states}"
