"""Security test 48: pages that take memory and windows without end, and another session beside them.

That threads and processors are counted is in `tests/unit/test_burdens.py`: a thousand workers that spin can also take
the browser's own process with them, as far as the machine is small.
"""

import asyncio
from pathlib import Path

import pytest

from tests.security.walls.conftest import failures, town

MEMORY = 400 << 20
BOMBS = {
    "memory": "const held = []; setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20);",
    "windows": "for (let n = 0; n < 1000; n++) open('about:blank');",
}


@pytest.mark.timeout(120)
async def test_a_page_that_takes_too_much_is_ended_and_its_neighbour_is_not(tmp_path: Path) -> None:
    async with town(tmp_path, max_page_memory=MEMORY, max_sessions=2) as here:
        for name, script in BOMBS.items():
            here.site.pages[f"/{name}"] = f"<title>{name}</title><p>Hello</p><script>{script}</script>"
        neighbour = await here.api.create(f'open {here.site.url}/quiet then ask a person "Well?"')
        request = await here.api.asked(neighbour)
        for name in BOMBS:
            ended, events = await here.ran(f'open {here.site.url}/{name} then wait for "what never comes"')
            told = {one["data"]["code"] for one in events if one["eventType"] == "warning"}
            assert "resource_limit" in told, (name, told, ended)
            assert failures(events)[-1:] == ["resource_limit"], (name, failures(events))
            assert ended["status"] == "failed"
        await here.api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        async with asyncio.timeout(20):
            calm = await here.api.ended(neighbour)
        events = await here.api.events(neighbour)

    assert calm["status"] == "completed"
    assert [one for one in events if one["eventType"] == "warning"] == []
