"""A real server with scripted browsers, and a short way to speak REST with it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from zenobia.agents.browser.agent import THINKING
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import ScriptedModel, scripted_model

PATIENCE = 20.0
"""Seconds until a fact that does not come is a failure."""


class Api:
    """REST in a line. `ok` insists on success; `answer` takes whatever comes."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=PATIENCE)
        self._seen: set[str] = set()
        self.patience = PATIENCE

    def wait(self, seconds: float) -> None:
        """Have more patience: something takes that long by its nature."""
        self.patience = seconds
        self.http.timeout = seconds

    async def answer(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        response = await self.http.request(method, path, json=body)
        return response.status_code, response.json()

    async def ok(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        status, answer = await self.answer(method, path, body)
        assert answer.get("success") is True, (status, answer)
        return answer

    async def create(self, prompt: str | None = None, **fields: Any) -> str:
        given = fields if prompt is None else {"prompt": prompt, **fields}
        return (await self.ok("POST", "/api/sessions", given))["sessionId"]

    async def session(self, session: str) -> dict[str, Any]:
        return (await self.ok("GET", f"/api/sessions/{session}"))["session"]

    async def events(self, session: str) -> list[dict[str, Any]]:
        return (await self.ok("GET", f"/api/sessions/{session}/events?limit=1000"))["events"]

    async def until(self, session: str, fact: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event, from the beginning or still to come, of which the fact is true."""
        async with asyncio.timeout(self.patience), self._follow(session) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: ") and fact(event := httpx.Response(200, text=line[6:]).json()):
                    return event
        raise AssertionError("the session ended before that")

    def _follow(self, session: str) -> Any:
        return self.http.stream("GET", f"/api/sessions/{session}/events", headers={"Accept": "text/event-stream"})

    async def ended(self, session: str) -> dict[str, Any]:
        await self.until(session, lambda event: event["status"] in {"completed", "failed", "cancelled"})
        return await self.session(session)

    async def asked(self, session: str) -> dict[str, Any]:
        """The session's request to a person, when it comes."""
        event = await self.until(session, lambda event: event["eventType"] == "human_layer_request")
        return event["data"]["request"]

    async def pending(self, session: str) -> dict[str, Any]:
        """The session's request that is open, or the next one."""
        event = await self.until(
            session, lambda event: event["eventType"] == "human_layer_request" and self._open(event)
        )
        self._seen.add(event["data"]["request"]["id"])
        return event["data"]["request"]

    def _open(self, event: dict[str, Any]) -> bool:
        return event["data"]["request"]["id"] not in self._seen

    async def close(self) -> None:
        await self.http.aclose()


@pytest.fixture
def browsers() -> ScriptedBrowsers:
    """The browsers of `kit`, for a test to script."""
    return ScriptedBrowsers()


@pytest.fixture
async def model() -> AsyncGenerator[ScriptedModel]:
    """A language model, for a test to script."""
    async with scripted_model() as running:
        yield running


@pytest.fixture
def chosen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of `kit`; a test that uses `thinking` has the scripted model in them."""
    if "thinking" not in request.fixturenames:
        return {}
    model: ScriptedModel = request.getfixturevalue("model")
    return {"model": "openai:scripted", "model_base_url": f"{model.url}/v1", "model_timeout": 5}


@pytest.fixture
def thinking() -> None:
    """Give the server a language model, and have loaded what takes seconds to load."""
    import_module(THINKING)


@pytest.fixture
async def kit(tmp_path: Path, browsers: ScriptedBrowsers, chosen: dict[str, Any]) -> AsyncGenerator[Kit]:
    """A running server."""
    async with scripted_server(tmp_path / "data", browsers, **chosen) as running:
        yield running


@pytest.fixture
async def api(kit: Kit) -> AsyncGenerator[Api]:
    """REST with that server."""
    speaking = Api(kit.url)
    yield speaking
    await speaking.close()
