"""What a page shows, as text: its accessibility tree, made small, with a reference for every element."""

import asyncio
import re

from playwright.async_api import Error as PlaywrightError

from zenobia.operators.page import LivePage

LONGEST = 50_000
"""Characters of a snapshot."""

LOOK_WITHIN = 5.0
NOISE = re.compile(r" \[(?:cursor=pointer|active)\]")
EMPTY = re.compile(r"^\s*- (?:generic|none|presentation)(?: \[ref=\w+\])?:?$")
CUT = "\n- text: … the rest of this page is left out; scroll or name what you look for"


async def snapshot(tab: LivePage) -> str:
    """The accessibility tree with references, compacted; empty when the page does not answer."""
    try:
        async with asyncio.timeout(LOOK_WITHIN + 0.5):
            tree = await tab.page.aria_snapshot(mode="ai", timeout=LOOK_WITHIN * 1000)
    except (PlaywrightError, TimeoutError):
        return ""
    return compact(tree)


def compact(tree: str) -> str:
    """The tree without lines that say nothing; their children move up."""
    lines: list[str] = []
    dropped: list[int] = []
    for line in tree.splitlines():
        indent = len(line) - len(line.lstrip())
        while dropped and dropped[-1] >= indent:
            dropped.pop()
        if EMPTY.match(line):
            dropped.append(indent)
            continue
        lines.append(NOISE.sub("", line[2 * len(dropped) :]))
    whole = "\n".join(lines)
    if len(whole) <= LONGEST:
        return whole
    return whole[: whole.rfind("\n", 0, LONGEST - len(CUT))] + CUT
