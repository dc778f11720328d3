"""One real server with real browsers, the demo site, and pages of the console in a real browser, desktop or phone."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.chrome import chrome
from tests.contract.javascript import listening
from zenobia.app import serving
from zenobia.settings import Settings
from zenobia_demo import create_app

HERE = Path(__file__).parent
PATIENCE = 15_000
"""Milliseconds until a fact that does not come is a failure."""

expect.set_options(timeout=PATIENCE)

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one event loop: a browser belongs to the loop that started it."""
    for item in items:
        if HERE in item.path.parents and iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class House:
    """The server, the demo site that it may be tried on, and a browser to look at the console with."""

    url: str
    site: str
    browser: Browser
    http: httpx.AsyncClient

    async def create(self, *steps: str, agent: str = "playbook") -> str:
        """A session that does these steps; its id."""
        body = {"prompt": "\n".join(steps), "sessionType": agent} if steps else {"sessionType": "manual"}
        answer = await self.http.post("/api/sessions", json=body)
        return answer.raise_for_status().json()["sessionId"]

    async def session(self, session: str) -> dict[str, Any]:
        """What the server says of a session."""
        return (await self.http.get(f"/api/sessions/{session}")).json()["session"]

    async def until(self, session: str, *statuses: str) -> dict[str, Any]:
        """The session once it has come to one of these statuses."""
        async with self.http.stream("GET", f"/api/sessions/{session}/events", headers=STREAM) as events:
            async with asyncio.timeout(PATIENCE / 1000):
                async for line in events.aiter_lines():
                    if any(f'"status":"{status}"' in line for status in statuses):
                        return await self.session(session)
        raise AssertionError(f"it ended, but not {statuses}")

    async def over(self) -> None:
        """End every session, so that no test sees what another began."""
        for session in (await self.http.get("/api/sessions?limit=500")).json()["sessions"]:
            if session["endedAt"] is None:
                await self.http.post(f"/api/sessions/{session['id']}/cancel")


STREAM = {"Accept": "text/event-stream"}


@dataclass
class Viewer:
    """Opens pages of the console, and insists that nothing went wrong in any of them."""

    house: House
    contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])
    errors: list[str] = field(default_factory=list[str])

    async def open(self, at: str = "", **device: Any) -> Page:
        """A page of the console, in a browser context of its own."""
        context = await self.house.browser.new_context(**(device or DESKTOP), reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if _bad(said.type, said.text) else None)
        page.on("dialog", lambda dialog: self.errors.append(f"a dialog: {dialog.message}"))
        await page.goto(f"{self.house.url}/#/{at}")
        return page


def _bad(kind: str, text: str) -> bool:
    expected = r"Failed to load resource|net::ERR|WebSocket connection|Push API in incognito"
    return kind in {"error", "warning"} and not re.search(expected, text)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Everything there is, once."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(listening(create_app()))
        settings = Settings(
            host="127.0.0.1",
            port=0, data_dir=tmp_path_factory.mktemp("console") / "data", warm_browsers=1, max_sessions=6,
            push_after=0, demo_site=site, allow_networks=["127.0.0.0/8"],
        )  # fmt: skip
        server = await stack.enter_async_context(serving(settings))
        browser = await stack.enter_async_context(chrome())
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=30))
        yield House(server.url, site, browser, http)


@pytest_asyncio.fixture(loop_scope="session")
async def viewer(house: House) -> AsyncIterator[Viewer]:
    """Opens pages that are gone after the test."""
    looking = Viewer(house)
    yield looking
    for context in looking.contexts:
        await context.close()
    await house.over()
    assert looking.errors == []


@pytest.fixture
def lantern(house: House) -> list[str]:
    """Steps that buy a lantern, and ask before the last."""
    return [
        f"open {house.site}/shop", 'click the "Storm lantern" link', 'click the "Add to cart" button',
        'click "Go to checkout"', 'type "Ada" into "Name"', 'type "ada@saltmarsh.example" into "Email"',
        'type "1 Harbour Street" into "Address"', 'click "Place order" (ask first)', 'extract "Order" as order',
    ]  # fmt: skip
