"""Security test 48: pages that take memory and windows without end, and another session beside them.

That threads and processors are counted is in `tests/unit/test_burdens.py`: a thousand workers that spin can also take
the browser's own process with them, as far as the machine is small.
"""

import asyncio
import statistics
from pathlib import Path

import pytest

from tests.security.walls.conftest import failures
from tests.security.walls.greedy import BOMBS, clicked, crowded

ENDED = {"resource_limit", "page_unresponsive"}
"""With what the step fails: a page that opens windows may be stopped for not reacting before it is ended for them."""

ALONE = 7
LONGER = 10
"""Times as long as by itself that a click of the neighbour may take in the middle: a single one waits for whatever else
the machine does at that moment."""


@pytest.mark.timeout(120)
async def test_a_page_that_takes_too_much_is_ended_and_its_neighbour_works_on(tmp_path: Path) -> None:
    async with crowded(tmp_path) as (here, neighbour):
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
    assert statistics.median(took) < LONGER * alone, (alone, sorted(took))
    assert failures(events) == []
    assert [one for one in events if one["eventType"] == "warning"] == []
