"""A page that was filled in and not sent is filled in again in a fresh browser, as far as nobody had to agree to it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import PATIENCE, Api
from tests.flows.server import never
from zenobia.operators.base import Outcome, Shown
from zenobia.operators.scripted import ScriptedBrowsers, ScriptedOperator
from zenobia.protocol.action_errors import BrowserLost, TargetNotFound
from zenobia.protocol.actions import Action
from zenobia.testing import Kit, scripted_server

STEPS = """open shop.example
type "Ada" into "Name"
select "Express" in "Delivery"
click "Place order" (ask first)"""


def verbs(kit: Kit, session: str) -> list[str]:
    return [action.verb for action in kit.browsers.of(session).acted]


async def warned(api: Api, session: str) -> list[Any]:
    told = [event["data"] for event in await api.events(session) if event["eventType"] == "warning"]
    return [data["details"] for data in told if data["code"] == "filled_again"]


async def questions(api: Api, session: str) -> AsyncGenerator[dict[str, Any]]:
    after = 0
    while True:
        asked = await api.until(
            session, lambda e, after=after: e["eventType"] == "human_layer_request" and e["seq"] > after
        )
        after = asked["seq"]
        yield asked["data"]["request"]


async def to_the_end(data: Path, browsers: ScriptedBrowsers | None = None, **given: Any) -> tuple[list[str], Any, str]:
    """Restart the server at the question, and approve: what the fresh browser did, what was warned of, how it ended."""
    async with scripted_server(data) as kit:
        api = Api(kit.url)
        session = await api.create(STEPS, sessionType="playbook", **given)
        asked = questions(api, session)
        while "Place order" not in (request := await anext(asked))["title"]:
            await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        await api.close()

    async with scripted_server(data, browsers) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        told = await warned(api, session)
        await api.close()
    return verbs(kit, session), told, ended["status"]


async def test_it_is_filled_in_before_anything_else_is_done(tmp_path: Path) -> None:
    acted, told, status = await to_the_end(tmp_path)

    assert (acted, status) == (["type", "select", "click"], "completed")
    assert told == [{"fields": 2, "missing": []}]


async def test_what_a_person_agreed_to_is_not_done_a_second_time(tmp_path: Path) -> None:
    acted, told, status = await to_the_end(tmp_path, config={"policy": {"kinds": {"fill": "ask"}}})

    assert (acted, status) == (["click"], "completed")
    assert told == [{"fields": 0, "missing": ['"Name"', '"Delivery"']}]


async def test_a_page_that_is_another_by_now_is_filled_in_as_far_as_it_goes(tmp_path: Path) -> None:
    def gone(_: Action) -> Outcome:
        raise TargetNotFound(wanted='"Delivery"', present="")

    acted, told, status = await to_the_end(tmp_path, ScriptedBrowsers({"select": gone}))

    assert (acted[0], status) == ("type", "completed")
    assert told == [{"fields": 1, "missing": ['"Delivery"']}]


async def test_it_is_filled_in_also_where_only_the_browser_was_lost(api: Api, kit: Kit) -> None:
    lost = [BrowserLost(acted=False)]

    def click(_: Action) -> Outcome:
        if lost:
            raise lost.pop()
        return Outcome("Clicked it.")

    kit.browsers.answers["click"] = click
    session = await api.create(STEPS.replace(" (ask first)", ""), sessionType="playbook")

    assert (await api.ended(session))["status"] == "completed"
    assert verbs(kit, session)[-3:] == ["type", "select", "click"]
    assert await warned(api, session) == [{"fields": 2, "missing": []}]


async def test_nothing_is_typed_while_the_session_is_paused(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, ScriptedBrowsers({"hover": never})) as kit:
        api = Api(kit.url)
        session = await api.create(STEPS.replace("click", 'hover "Help"\nclick'), sessionType="playbook")
        await api.until(session, lambda event: "Help" in event["message"])
        await api.ok("POST", f"/api/sessions/{session}/pause")
        await api.close()

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        async with asyncio.timeout(PATIENCE):
            while not (await api.http.get(f"/api/sessions/{session}/screenshot")).is_success:
                await api.http.get("/api/health")  # until it has its browser
        while_paused = verbs(kit, session)
        await api.ok("POST", f"/api/sessions/{session}/resume")
        request = await api.asked(session)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        told = await warned(api, session)
        await api.close()

    assert while_paused == []
    assert ended["status"] == "completed"
    assert verbs(kit, session)[:2] == ["type", "select"]
    assert told == [{"fields": 2, "missing": []}]


async def test_nothing_is_typed_into_another_page_than_it_was_meant_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ScriptedOperator.look

    def elsewhere(operator: ScriptedOperator) -> Shown:
        return replace(asked(operator), url="https://login.example/?next=shop")

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(STEPS, sessionType="playbook")
        await api.asked(session)
        await api.close()
    monkeypatch.setattr(ScriptedOperator, "look", elsewhere)
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        await api.until(session, lambda event: event["data"].get("code") == "filled_again")
        assert verbs(kit, session) == []
        await api.close()
