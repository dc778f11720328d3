"""Test 48: pages that take memory and windows without end, and another session beside them.

How much longer the neighbour waits is told as the test has it, by the middle of all its clicks. What must hold is that
each of the pages is ended for what it took, and that no click of the neighbour fails.
"""

import asyncio
import statistics
import tempfile
from pathlib import Path

from tests.security.walls.conftest import Town, failures
from tests.security.walls.greedy import BOMBS, clicked, crowded

ALONE = 30
"""Clicks of the neighbour while nobody else is there."""


async def beside(here: Town, neighbour: str, name: str, alone: float) -> str:
    """What became of a bomb, and of the neighbour's clicks while it went off."""
    over = asyncio.Event()
    clicking = asyncio.create_task(clicked(here, neighbour, over), name="neighbour")
    ended, events = await here.ran(f'open {here.site.url}/{name} then wait for "what never comes"')
    over.set()
    took = await clicking
    told = {one["data"]["code"] for one in events if one["eventType"] == "warning"} | set(failures(events))
    assert ended["status"] == "failed"
    assert "resource_limit" in told, (name, told)
    middle = statistics.median(took)
    return (
        f"{name}, ended with `resource_limit`, {len(took)} clicks took {middle * 1_000:.0f} ms in the middle "
        f"({middle / alone:.1f} times) and {max(took):.1f} s at most"
    )


async def burdens() -> str:
    """All of it, against a server of its own with one browser."""
    with tempfile.TemporaryDirectory(prefix="zenobia-at-length-") as folder:
        async with crowded(Path(folder)) as (here, neighbour):
            here.api.wait(120)
            never = asyncio.Event()
            alone = statistics.median(await clicked(here, neighbour, never, ALONE))
            parts = [await beside(here, neighbour, name, alone) for name in BOMBS]
            assert await clicked(here, neighbour, never, 1), "it works on"
    return f"a click of the neighbour took {alone * 1_000:.0f} ms alone; beside {'; beside '.join(parts)}"
