"""Whole lives of sessions, from creation to their end, over REST on a real port."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import PATIENCE, Api
from zenobia.operators.base import Outcome
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server


async def test_a_playbook_runs_to_its_end_and_tells_every_step(api: Api, kit: Kit) -> None:
    session = await api.create('open example.com then click "Search"')

    ended = await api.ended(session)

    assert (ended["status"], ended["reason"], ended["usage"]["steps"]) == ("completed", "done", 2)
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open", "click"]
    told = [(event["eventType"], event["data"].get("phase")) for event in await api.events(session)]
    assert told == [
        ("status", None),
        ("status", None),
        ("action", "started"),
        ("action", "done"),
        ("action", "started"),
        ("action", "done"),
        ("result", None),
        ("usage", None),
        ("status", None),
    ]


async def test_a_search_ends_with_its_hits_and_a_last_picture(api: Api, browsers: ScriptedBrowsers) -> None:
    hit = {"title": "Ferry returns", "link": "https://news.example/1", "snippet": "After eleven years."}
    browsers.answers["read results"] = Outcome("Read 1 result.", value=[hit])

    ended = await api.ended(await api.create("Perform a search for recent news"))

    assert ended["result"]["results"] == [hit]
    assert (ended["result"]["text"].splitlines()[-1], ended["usage"]["steps"]) == ("Did the one step.", 1)
    picture = await api.ok("GET", f"/api/sessions/{ended['id']}/screenshot")
    assert (picture["live"], picture["mimeType"]) == (False, "image/png")


async def test_a_picture_is_a_step_like_any_other_and_can_be_fetched(api: Api) -> None:
    ended = await api.ended(await api.create("open example.com, then take a screenshot, then go back"))

    told = [event["data"] for event in await api.events(ended["id"]) if event["eventType"] == "action"]
    taken = [data for data in told if data["action"]["verb"] == "screenshot"]
    assert [(data["phase"], data["step"]) for data in taken] == [("started", 2), ("done", 2)]
    assert ended["usage"]["steps"] == 3
    picture = await api.http.get(f"/api/sessions/{ended['id']}/pictures/{taken[-1]['value']}")
    assert picture.content.startswith(b"\x89PNG")


async def test_a_prompt_that_cannot_be_read_ends_at_once_with_its_words(api: Api) -> None:
    ended = await api.ended(await api.create("My session prompt"))

    assert (ended["status"], ended["reason"]) == ("failed", "unreadable_prompt")
    assert "My session prompt" in ended["error"]["error"]


async def test_a_step_without_its_target_says_what_was_there(api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.answers["click"] = TargetNotFound(wanted='"Buy"', present='"Sell", "Rent"')

    ended = await api.ended(await api.create('click "Buy"'))

    assert (ended["status"], ended["reason"]) == ("failed", "step_failed")
    assert '"Sell", "Rent"' in ended["error"]["error"]


async def test_no_browser_ends_the_session_and_says_why(api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.error = BrowserUnavailable(problem="chromium is not installed.")

    ended = await api.ended(await api.create("open example.com"))

    assert (ended["status"], ended["reason"]) == ("failed", "browser_error")
    assert "chromium is not installed" in ended["error"]["error"]


async def test_a_session_without_a_prompt_waits_for_one(api: Api) -> None:
    session = await api.create()
    await api.until(session, lambda event: event["status"] == "waiting")

    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "open example.com"})
    ended = await api.ended(session)

    assert (ended["status"], ended["prompt"]) == ("completed", "open example.com")


async def test_cancel_stops_everything_before_it_answers(api: Api, kit: Kit) -> None:
    kit.browsers.hold()
    session = await api.create('open example.com then click "Buy"')
    await kit.browsers.acting.wait()

    answer = await api.ok("POST", f"/api/sessions/{session}/cancel")

    operator = kit.browsers.of(session)
    assert answer["session"]["status"] == "cancelled"
    assert operator.closed
    assert [action.verb for action in operator.acted] == ["open"]
    status, again = await api.answer("POST", f"/api/sessions/{session}/cancel")
    assert (status, again["code"]) == (409, "session_ended")


async def test_a_cancelled_session_takes_its_requests_with_it(api: Api) -> None:
    session = await api.create('ask a person "Please log in"')
    request = await api.asked(session)

    await api.ok("POST", f"/api/sessions/{session}/cancel")

    assert (await api.ok("GET", "/api/human-layer/requests"))["requests"] == []
    status, late = await api.answer("POST", f"/api/human-layer/requests/{request['id']}/approve")
    assert (status, late["code"]) == (409, "already_decided")
    assert late["details"]["request"]["status"] == "cancelled"


async def test_a_paused_session_does_not_act_until_it_is_resumed(api: Api, kit: Kit) -> None:
    kit.browsers.hold()
    session = await api.create('open example.com then click "Next"')
    await kit.browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/pause")
    kit.browsers.release()
    await api.until(session, lambda event: event["data"].get("phase") == "done")
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open"]
    assert (await api.session(session))["status"] == "paused"

    await api.ok("POST", f"/api/sessions/{session}/resume")
    assert (await api.ended(session))["status"] == "completed"
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open", "click"]


async def test_more_sessions_than_slots_queue_in_order(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        first = await api.create("open one.example")
        await kit.browsers.acting.wait()
        waiting = [await api.create(f"open {name}.example") for name in ("two", "three", "four")]

        places = [(await api.session(session))["queuePosition"] for session in waiting]
        kit.browsers.release()
        await asyncio.gather(*(api.ended(session) for session in [first, *waiting]))

        started = [(await api.session(session))["startedAt"] for session in [first, *waiting]]
        await api.close()
    assert places == [1, 2, 3]
    assert started == sorted(started)


async def test_a_session_that_runs_too_long_is_ended(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, session_timeout=0.2) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        ended = await api.ended(await api.create("open example.com"))
        await api.close()

    assert (ended["status"], ended["reason"]) == ("failed", "time_limit")


async def test_a_restart_gives_a_session_no_more_time(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create("go back then open example.com")
        await kit.browsers.acting.wait()
        await api.close()
    with closing(sqlite3.connect(tmp_path / "zenobia.sqlite")) as database, database:
        assert database.execute("SELECT ran FROM sessions").fetchone()[0] > 0
        database.execute("UPDATE sessions SET ran = 3600000")
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        ended = await api.ended(session)
        await api.close()

    assert (ended["status"], ended["reason"]) == ("failed", "time_limit")


async def test_a_session_that_takes_too_many_steps_is_ended(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_steps=2) as kit:
        api = Api(kit.url)
        ended = await api.ended(await api.create("go back then go back then go back"))
        await api.close()

    assert (ended["status"], ended["reason"]) == ("failed", "step_limit")


async def test_an_ended_session_can_be_deleted_and_is_gone(api: Api) -> None:
    session = await api.create("open example.com")
    status, early = await api.answer("DELETE", f"/api/sessions/{session}")
    if early.get("code") != "session_active":
        assert status == 200  # it was quicker than we were
        return
    await api.ended(session)

    await api.ok("DELETE", f"/api/sessions/{session}")

    assert await api.answer("GET", f"/api/sessions/{session}") == (404, _unknown())


def _unknown() -> dict[str, Any]:
    error = "There is no session with that id."
    return {"success": False, "error": error, "code": "unknown_session", "retryable": False, "details": None}


async def test_a_pause_during_the_last_step_holds_the_end_until_it_is_resumed(api: Api, kit: Kit) -> None:
    kit.browsers.hold()
    session = await api.create("open example.com")
    await kit.browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/pause")
    kit.browsers.release()
    await api.until(session, lambda event: event["data"].get("phase") == "done")
    assert (await api.session(session))["status"] == "paused"
    await api.ok("POST", f"/api/sessions/{session}/resume")

    assert (await api.ended(session))["status"] == "completed"


async def test_only_a_paused_session_can_be_resumed(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1) as kit:
        api = Api(kit.url)
        waiting = await api.create('ask a person "Shall I?"')
        await api.asked(waiting)
        queued = await api.create("open example.com")

        answers = [await api.answer("POST", f"/api/sessions/{one}/resume") for one in (waiting, queued)]
        statuses = [(await api.session(one))["status"] for one in (waiting, queued)]
        await api.close()

    assert [(status, answer["code"]) for status, answer in answers] == [(409, "not_allowed_now")] * 2
    assert statuses == ["waiting", "queued"]


async def test_a_cancelled_action_is_told_as_unknown(api: Api, kit: Kit) -> None:
    kit.browsers.hold()
    session = await api.create('click "Buy"')
    await kit.browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/cancel")

    events = await api.events(session)
    assert [event["data"]["phase"] for event in events if event["eventType"] == "action"] == ["started", "unknown"]
    assert events[-1]["status"] == "cancelled"


async def test_cancel_and_delete_at_once_leave_no_picture_and_disturb_nobody(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        sessions = [await api.create('open example.com then wait for "x" then ask a person "?"') for _ in range(4)]
        await asyncio.gather(*(api.asked(session) for session in sessions))
        await asyncio.gather(*(api.ok("POST", f"/api/sessions/{session}/cancel") for session in sessions))
        deleted = asyncio.gather(*(api.ok("DELETE", f"/api/sessions/{session}") for session in sessions))
        created = asyncio.gather(*(api.create("go back") for _ in range(4)))
        await asyncio.gather(deleted, created)
        for session in created.result():
            await api.ended(session)
        await api.close()

    kept = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file() and path.parent.name in sessions]
    assert kept == []


async def test_a_repeat_with_another_payload_is_no_repeat(api: Api) -> None:
    await api.create("open one.example", commandId="c1")

    status, answer = await api.answer("POST", "/api/sessions", {"prompt": "open two.example", "commandId": "c1"})

    assert (status, answer["code"]) == (409, "command_id_reused")


async def test_who_waits_is_told_how_the_queue_moves(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        first = await api.create("open one.example")
        await kit.browsers.acting.wait()
        second, third, last = [await api.create(f"open {name}.example") for name in ("two", "three", "four")]

        await api.ok("POST", f"/api/sessions/{second}/cancel")
        moved = await api.until(last, lambda event: event["data"].get("queuePosition") == 2)
        await api.ok("POST", f"/api/sessions/{third}/cancel")
        await api.until(last, lambda event: event["data"].get("queuePosition") == 1)
        kit.browsers.release()
        await asyncio.gather(*(api.ended(session) for session in (first, last)))
        await api.close()

    assert (moved["eventType"], moved["status"]) == ("status", "queued")
    assert moved["message"] == "The session is number 2 in the queue."


async def test_an_idle_session_gives_its_browser_back_until_it_gets_a_message(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1, idle_timeout=0.2) as kit:
        api = Api(kit.url)
        idle = await api.create("open one.example", sessionType="manual")
        parked = await api.until(idle, lambda event: "gave its browser back" in event["message"])
        assert (await api.ended(await api.create("open two.example")))["status"] == "completed"
        assert kit.browsers.of(idle).closed
        picture = await api.ok("GET", f"/api/sessions/{idle}/screenshot")

        await api.ok("POST", f"/api/sessions/{idle}/messages", {"message": 'click "Next"'})
        await api.until(idle, lambda event: event["seq"] > parked["seq"] and event["data"].get("phase") == "done")
        await api.ok("POST", f"/api/sessions/{idle}/messages", {"message": "done"})
        ended = await api.ended(idle)
        await api.close()

    assert (parked["eventType"], parked["status"], picture["live"]) == ("status", "waiting", False)
    assert (ended["status"], ended["url"]) == ("completed", "one.example")
    assert [action.verb for action in kit.browsers.of(idle).acted] == ["click"]


async def test_a_session_paused_for_long_gives_its_browser_back_until_it_is_resumed(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1, idle_timeout=0.2) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        session = await api.create('open one.example then click "Next"')
        await kit.browsers.acting.wait()
        await api.ok("POST", f"/api/sessions/{session}/pause")
        kit.browsers.release()
        await api.until(session, lambda event: "gave its browser back" in event["message"])
        assert (await api.ended(await api.create("open two.example")))["status"] == "completed"

        await api.ok("POST", f"/api/sessions/{session}/resume")
        ended = await api.ended(session)
        await api.close()

    assert ended["status"] == "completed"
    assert [action.verb for one in kit.browsers.operators if one.session == session for action in one.acted] == [
        "open",
        "click",
    ]


async def test_a_session_that_is_done_while_paused_does_not_keep_its_browser(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1, idle_timeout=0.2) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        session = await api.create("open one.example")
        await kit.browsers.acting.wait()
        await api.ok("POST", f"/api/sessions/{session}/pause")
        kit.browsers.release()
        await api.until(session, lambda event: "gave its browser back" in event["message"])

        await api.ok("POST", f"/api/sessions/{session}/resume")
        ended = await api.ended(session)
        await api.close()

    assert (ended["status"], ended["usage"]["steps"]) == ("completed", 1)


async def test_a_person_who_is_asked_is_waited_for_with_the_browser(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, idle_timeout=0.05) as kit:
        api = Api(kit.url)
        session = await api.create('open one.example then ask a person "Shall I?"')
        request = await api.asked(session)
        idle = await api.create()
        await api.until(idle, lambda event: "gave its browser back" in event["message"])

        assert not kit.browsers.of(session).closed
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        assert (await api.ended(session))["status"] == "completed"
        await api.close()


async def test_a_message_before_any_agent_is_there_is_read_once(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_sessions=1) as kit:
        api = Api(kit.url)
        first = await api.create('ask a person "Shall I?"')
        request = await api.asked(first)
        session = await api.create(sessionType="manual")
        for message in ('click "Buy"', "done"):
            await api.ok("POST", f"/api/sessions/{session}/messages", {"message": message})

        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert ended["prompt"] == 'click "Buy"'
    assert [action.verb for action in kit.browsers.of(session).acted] == ["click"]


async def test_a_disk_that_is_nearly_full_is_said_before_anything_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await api.answer("GET", "/api/health"))[0] == 200

    monkeypatch.setattr("zenobia.store.sqlite.ROOM", 1 << 62)

    status, health = await api.answer("GET", "/api/health")
    assert (status, health["status"]) == (503, "degraded")
    assert "disk" in health["problems"][0]


async def test_a_session_is_kept_no_longer_than_the_settings_say(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        old = await api.create("open example.com then screenshot")
        await api.ended(old)
        await api.close()
    pictures = tmp_path / "blobs" / "pictures" / old
    assert list(pictures.iterdir())

    async with scripted_server(tmp_path, retention=1e-9) as kit, asyncio.timeout(PATIENCE):
        api = Api(kit.url)
        while pictures.exists() and list(pictures.iterdir()):  # noqa: ASYNC110 - nobody follows what is deleted
            await asyncio.sleep(0.02)
        status, answer = await api.answer("GET", f"/api/sessions/{old}")
        await api.close()

    assert (status, answer["code"]) == (404, "unknown_session")
