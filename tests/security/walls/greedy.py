"""Pages that take what they can, and a neighbour in the same browser that goes on clicking."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.security.walls.conftest import Town, town

MEMORY = 400 << 20
BOMBS = {
    "memory": "const held = []; setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20);",
    "windows": "for (let n = 0; n < 1000; n++) open('about:blank');",
}


@asynccontextmanager
async def crowded(folder: Path) -> AsyncGenerator[tuple[Town, str]]:
    """A server with one browser, the bombs on its site, and the neighbour's session, with a button before it."""
    async with town(folder, max_page_memory=MEMORY, max_sessions=2) as here:
        here.site.pages["/quiet"] = "<title>quiet</title><button>Count</button>"
        for name, script in BOMBS.items():
            here.site.pages[f"/{name}"] = f"<title>{name}</title><p>Hello</p><script>{script}</script>"
        neighbour = await here.api.create(f"open {here.site.url}/quiet", sessionType="manual")
        await here.api.until(neighbour, lambda event: event["status"] == "waiting")
        yield here, neighbour


async def clicked(here: Town, session: str, over: asyncio.Event, most: int | None = None) -> list[float]:
    """Click in a session again and again until something is over, or `most` times; the seconds that each click took.

    Every click must be done: the session's events tell of one that failed.
    """
    took: list[float] = []
    last = (await here.api.session(session))["lastSeq"]

    def ended(event: dict[str, Any]) -> bool:
        told = event["seq"] > last and event["eventType"] == "action"
        return told and event["data"]["phase"] in {"done", "failed"}

    while not over.is_set() and len(took) != most:
        began = time.monotonic()
        await here.api.ok("POST", f"/api/sessions/{session}/messages", {"message": 'click "Count"'})
        event = await here.api.until(session, ended)
        took.append(time.monotonic() - began)
        assert event["data"]["phase"] == "done", event["data"]
        last = event["seq"]
    return took
