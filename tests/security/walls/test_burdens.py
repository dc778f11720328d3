"""Security test 48: pages that take memory and windows without end, and another session beside them.

That threads and processors are counted is in `tests/unit/test_burdens.py`: a thousand workers that spin can also take
the browser's own process with them, as far as the machine is small.
"""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import pytest

from tests.security.walls.conftest import Town, failures, town

MEMORY = 400 << 20
BOMBS = {
    "memory": "const held = []; setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20);",
    "windows": "for (let n = 0; n < 1000; n++) open('about:blank');",
}


ENDED = {"resource_limit", "page_unresponsive"}
"""With what the step fails: a page that opens windows may be stopped for not reacting before it is ended for them."""

ALONE = 7
LONGER = 20
"""Times as long as by itself that a click of the neighbour may take; alone it takes a seventh of a second."""


async def clicked(here: Town, session: str, over: asyncio.Event, most: int | None = None) -> list[float]:
    """Click in a session again and again until something is over, or `most` times; the seconds that each click took."""
    took: list[float] = []
    last = 0

    def done(event: dict[str, Any]) -> bool:
        return event["seq"] > last and event["eventType"] == "action" and event["data"]["phase"] == "done"

    while not over.is_set() and len(took) != most:
        began = time.monotonic()
        await here.api.ok("POST", f"/api/sessions/{session}/messages", {"message": 'click "Count"'})
        last = (await here.api.until(session, done))["seq"]
        took.append(time.monotonic() - began)
    return took


@pytest.mark.timeout(120)
async def test_a_page_that_takes_too_much_is_ended_and_its_neighbour_works_on(tmp_path: Path) -> None:
    async with town(tmp_path, max_page_memory=MEMORY, max_sessions=2) as here:
        here.site.pages["/quiet"] = "<title>quiet</title><button>Count</button>"
        for name, script in BOMBS.items():
            here.site.pages[f"/{name}"] = f"<title>{name}</title><p>Hello</p><script>{script}</script>"
        neighbour = await here.api.create(f"open {here.site.url}/quiet", sessionType="manual")
        await here.api.until(neighbour, lambda event: event["status"] == "waiting")
        over = asyncio.Event()
        alone = statistics.median(await clicked(here, neighbour, over, ALONE))
        clicking = asyncio.create_task(clicked(here, neighbour, over), name="the neighbour works")
        for name in BOMBS:
            ended, events = await here.ran(f'open {here.site.url}/{name} then wait for "what never comes"')
            told = {one["data"]["code"] for one in events if one["eventType"] == "warning"}
            assert "resource_limit" in told, (name, told, ended)
            assert failures(events)[-1] in ENDED, (name, failures(events))
            assert ended["status"] == "failed"
        over.set()
        took = await clicking
        events = await here.api.events(neighbour)

    assert len(took) >= len(BOMBS)
    assert max(took) < LONGER * alone, (alone, sorted(took)[-5:])
    assert failures(events) == []
    assert [one for one in events if one["eventType"] == "warning"] == []
