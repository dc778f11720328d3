"""Test 48: pages that take memory and windows without end, and another session beside them.

How much longer the neighbour waits is told as the test has it, by the middle of all its clicks. What must hold is that
each of the pages is ended for what it took, and that no click of the neighbour fails.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.security.walls.conftest import Town, failures, town

MEMORY = 400 << 20
ALONE = 30
"""Clicks of the neighbour while nobody else is there."""

BOMBS = {
    "memory": "const held = []; setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20);",
    "windows": "for (let n = 0; n < 1000; n++) open('about:blank');",
}


async def click(here: Town, session: str) -> tuple[float, bool]:
    """Click once; the seconds until it was over, and whether it was done."""
    last = (await here.api.session(session))["lastSeq"]
    began = time.monotonic()
    await here.api.ok("POST", f"/api/sessions/{session}/messages", {"message": 'click "Count"'})

    def over(event: dict[str, Any]) -> bool:
        told = event["seq"] > last and event["eventType"] == "action"
        return told and event["data"]["phase"] in {"done", "failed"}

    event = await here.api.until(session, over)
    return time.monotonic() - began, event["data"]["phase"] == "done"


async def clicked(here: Town, session: str, over: asyncio.Event) -> list[tuple[float, bool]]:
    """Click until something is over."""
    took: list[tuple[float, bool]] = []
    while not over.is_set():
        took.append(await click(here, session))
    return took


async def beside(here: Town, neighbour: str, name: str, alone: float) -> str:
    """What became of a bomb, and of the neighbour's clicks while it went off."""
    over = asyncio.Event()
    clicking = asyncio.create_task(clicked(here, neighbour, over), name="neighbour")
    ended, events = await here.ran(f'open {here.site.url}/{name} then wait for "what never comes"')
    over.set()
    clicks = await clicking
    told = {one["data"]["code"] for one in events if one["eventType"] == "warning"} | set(failures(events))
    assert ended["status"] == "failed"
    assert "resource_limit" in told, (name, told)
    assert all(good for _, good in clicks), (name, clicks)
    took = [seconds for seconds, _ in clicks]
    middle = statistics.median(took)
    return (
        f"{name}, ended with `resource_limit`, {len(took)} clicks took {middle * 1_000:.0f} ms in the middle "
        f"({middle / alone:.1f} times) and {max(took):.1f} s at most"
    )


async def burdens() -> str:
    """All of it, against a server of its own with one browser."""
    with tempfile.TemporaryDirectory(prefix="zenobia-at-length-") as folder:
        async with town(Path(folder), max_page_memory=MEMORY, max_sessions=2) as here:
            here.api.wait(120)
            here.site.pages["/quiet"] = "<title>quiet</title><button>Count</button>"
            for name, script in BOMBS.items():
                here.site.pages[f"/{name}"] = f"<title>{name}</title><p>Hello</p><script>{script}</script>"
            neighbour = await here.api.create(f"open {here.site.url}/quiet", sessionType="manual")
            await here.api.until(neighbour, lambda event: event["status"] == "waiting")
            alone = statistics.median([(await click(here, neighbour))[0] for _ in range(ALONE)])
            parts = [await beside(here, neighbour, name, alone) for name in BOMBS]
            assert (await click(here, neighbour))[1], "it works on"
    return f"a click of the neighbour took {alone * 1_000:.0f} ms alone; beside {'; beside '.join(parts)}"
