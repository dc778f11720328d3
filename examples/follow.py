"""Run a session from Python: send a file, follow what happens, answer what is asked, keep the last picture."""

import asyncio
import os
from pathlib import Path

from zenobia.client import Client
from zenobia.protocol.events import RequestEvent
from zenobia.protocol.human import HumanLayerRequest

SERVER = os.environ.get("ZENOBIA_SERVER", "http://127.0.0.1:8484")
DEMO = os.environ.get("DEMO", "http://127.0.0.1:8900")

PROMPT = f"""
open {DEMO}/form
type "Ada" into "Full name"
type "ada@saltmarsh.example" into "Email"
select "Norway" in "Country"
check "Bicycle"
click "Send request" (ask first)
extract "Request" as request
"""


async def main() -> None:
    """Tell what happens until the session has ended."""
    async with Client(SERVER) as client:
        session = await client.create(PROMPT)
        async for event in client.follow(session.id):
            print(event.seq, event.status, event.message)  # noqa: T201
            if isinstance(event, RequestEvent):
                await decide(client, event.data.request)
        ended = await client.get(session.id)
        picture = await client.screenshot(session.id)
    await asyncio.to_thread(Path("travel-request.png").write_bytes, picture)
    print(ended.status, ended.result.extracted if ended.result else ended.error)  # noqa: T201


async def decide(client: Client, request: HumanLayerRequest) -> None:
    """Approve what stays on the demo site. What is compared was told by the server, not by whoever wrote the prompt."""
    if request.action is not None and request.action.origin == DEMO:
        await client.approve(request.id)
    else:
        await client.deny(request.id, "Only the demo site may be changed.")


if __name__ == "__main__":
    asyncio.run(main())
