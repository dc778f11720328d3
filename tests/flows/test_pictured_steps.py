"""What is kept of a session's steps is bounded, and nobody's who drives in private."""

import asyncio
from pathlib import Path

import pytest

from tests.flows.conftest import PATIENCE, Api
from zenobia.operators.base import Outcome, Picture, Shot
from zenobia.protocol.actions import Action
from zenobia.store.blobs import Blobs
from zenobia.testing import ScriptedBrowsers, scripted_server

STEPS = "open a.example then take a screenshot then open b.example then open c.example then open d.example"


async def endless(_action: Action) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


async def test_no_more_pictures_are_kept_of_steps_than_may_be_whatever_else_was_asked_for(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_pictures=2) as kit:
        api = Api(kit.url)
        session = await api.create(STEPS)
        await api.ended(session)
        acted = [one for one in await api.events(session) if one["eventType"] == "action"]
        kept = (await api.ok("GET", f"/api/sessions/{session}/pictures"))["pictures"]
        await api.close()

    opened = [one["seq"] for one in acted if (one["data"]["action"]["verb"], one["data"]["phase"]) == ("open", "done")]
    (asked_for,) = [one["seq"] for one in acted if one["data"]["action"]["verb"] == "screenshot"][:1]
    at_the_end = opened[-1]
    assert [one["seq"] for one in kept] == [opened[0], asked_for, opened[1], at_the_end]


async def test_what_is_drawn_when_a_person_takes_over_in_private_is_not_kept(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    browsers.hold()
    drawing, draw = asyncio.Event(), asyncio.Event()
    async with scripted_server(tmp_path, browsers, max_pictures=10) as kit:
        api = Api(kit.url)
        session = await api.create("open a.example then open b.example")
        await browsers.acting.wait()
        operator = browsers.of(session)
        screenshot = operator.screenshot

        async def slowly(shot: Shot) -> Picture:
            drawing.set()
            await draw.wait()
            return await screenshot(shot)

        operator.screenshot = slowly
        browsers.release()
        await drawing.wait()
        taken = await api.ok("POST", f"/api/sessions/{session}/control/take", {"private": True})
        draw.set()
        await api.ok("POST", f"/api/sessions/{session}/control/release", {"controlId": taken["controlId"]})
        await api.ended(session)
        kept = (await api.ok("GET", f"/api/sessions/{session}/pictures"))["pictures"]
        acted = [one for one in await api.events(session) if one["eventType"] == "action"]
        await api.close()

    first, begun, second = (acted[place]["seq"] for place in (1, 2, 3))
    seqs = [one["seq"] for one in kept]
    assert first not in seqs
    assert seqs[:2] == [begun, second], "how the page was handed back, and what came of it"


async def test_an_end_does_not_wait_for_pictures_that_are_not_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_blobs: Blobs, _key: str, _data: bytes) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Blobs, "put", never)
    browsers = ScriptedBrowsers({"wait for": endless})
    async with scripted_server(tmp_path, browsers, max_pictures=10) as kit:
        api = Api(kit.url)
        session = await api.create('open a.example then wait for "more"')
        await api.until(session, lambda event: event["data"].get("phase") == "done")
        operator = browsers.of(session)
        close, closed = operator.close, asyncio.Event()

        async def closing() -> None:
            await close()
            closed.set()

        operator.close = closing
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(api.ok("POST", f"/api/sessions/{session}/cancel"), closed.wait())
        await api.close()


async def test_a_picture_that_waits_to_be_kept_while_a_person_drives_in_private_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping, keep, put = asyncio.Event(), asyncio.Event(), Blobs.put

    async def slowly(blobs: Blobs, key: str, data: bytes) -> None:
        keeping.set()
        await keep.wait()
        await put(blobs, key, data)

    browsers = ScriptedBrowsers({"click": endless})
    async with scripted_server(tmp_path, browsers, max_pictures=10) as kit:
        api = Api(kit.url)
        monkeypatch.setattr(Blobs, "put", slowly)
        session = await api.create('open a.example then click "Buy"')
        await keeping.wait()
        taken = await api.ok("POST", f"/api/sessions/{session}/control/take", {"private": True})
        await api.ok("POST", f"/api/sessions/{session}/control/release", {"controlId": taken["controlId"]})
        keep.set()
        await api.ok("POST", f"/api/sessions/{session}/cancel")
        kept = (await api.ok("GET", f"/api/sessions/{session}/pictures"))["pictures"]
        acted = [one for one in await api.events(session) if one["eventType"] == "action"]
        await api.close()

    assert acted[1]["data"]["phase"] == "done"
    assert acted[1]["seq"] not in [one["seq"] for one in kept]


async def test_an_action_that_is_pictured_first_is_done_before_the_server_stops(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    browsers.hold()
    drawing = asyncio.Event()

    async def endlessly(shot: Shot) -> Picture:
        drawing.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with scripted_server(tmp_path, browsers, max_pictures=10) as kit:
        api = Api(kit.url)
        session = await api.create('open a.example then click "Buy"')
        await browsers.acting.wait()
        taken = await api.ok("POST", f"/api/sessions/{session}/control/take", {})
        browsers.release()
        done = await api.until(session, lambda event: event["data"].get("phase") == "done")
        browsers.of(session).screenshot = endlessly
        await api.ok("POST", f"/api/sessions/{session}/control/release", {"controlId": taken["controlId"]})
        await api.until(session, lambda event: event["data"].get("phase") == "started" and event["seq"] > done["seq"])
        await drawing.wait()
        await api.close()

    async with scripted_server(tmp_path, ScriptedBrowsers()) as kit:
        api = Api(kit.url)
        await api.until(
            session, lambda event: event["data"].get("phase") in {"unknown", "done"} and event["seq"] > done["seq"]
        )
        acted = [one["data"] for one in await api.events(session) if one["eventType"] == "action"]
        await api.close()

    assert [(one["action"]["verb"], one["phase"]) for one in acted][2:] == [("click", "started"), ("click", "done")]
