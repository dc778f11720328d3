"""The crowd again, with real browsers: twenty sessions at once on four slots."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.contract import javascript
from tests.contract.speaking import connected
from tests.flows.conftest import Api
from zenobia.app import serving
from zenobia.settings import Settings
from zenobia_demo import create_app

CLIENTS = 50
CREATORS = 20


@pytest.mark.timeout(120)
async def test_twenty_sessions_at_once_run_in_four_real_browsers_and_end(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(javascript.listening(create_app()))
        settings = Settings(port=0, data_dir=tmp_path / "data", max_sessions=4, allow_networks=["127.0.0.0/8"])
        server = await stack.enter_async_context(serving(settings))
        crowd = [await stack.enter_async_context(connected(server.url)) for _ in range(CLIENTS)]
        api = Api(server.url)
        stack.push_async_callback(api.close)

        payload = {"prompt": f"open {site}/news"}
        created = await asyncio.gather(*(client.ok("createSession", payload) for client in crowd[:CREATORS]))
        queued = [answer["session"]["status"] for answer in created]
        ids = [answer["sessionId"] for answer in created]
        async with asyncio.timeout(90):
            ended = [await finished(api, session) for session in ids]

        assert set(queued) == {"queued"}
        assert [client.order for client in crowd] == [[1]] * CREATORS + [[]] * (CLIENTS - CREATORS)
        assert {(session["status"], session["usage"]["steps"]) for session in ended} == {("completed", 1)}


async def finished(api: Api, session: str) -> dict[str, Any]:
    """The session once it has ended, however many are before it."""
    while True:
        try:
            return await api.ended(session)
        except TimeoutError:
            continue
