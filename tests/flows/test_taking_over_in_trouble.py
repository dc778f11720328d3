"""Takeover where things cross: sessions that end, inputs that fail, approvals and notices while a person drives."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Api
from tests.flows.test_after_the_end import say
from tests.flows.test_live_view import open_session
from tests.flows.viewing import Viewer, viewer
from zenobia.operators.base import Noticed, Picture, Shot
from zenobia.operators.scripted import ScriptedOperator
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.inputs import Input
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

CLICK = {"type": "mouse", "action": "down", "x": 10, "y": 10}


@pytest.fixture
async def person(kit: Kit) -> AsyncGenerator[Viewer]:
    """A client that may drive."""
    async with viewer(kit.url) as one:
        yield one


async def test_who_drove_before_an_end_drives_no_more_after_it(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"]}
    await person.ok("sendInput", **mine, inputs=[CLICK])
    await api.ok("POST", f"/api/sessions/{session}/cancel")
    kit.browsers.hold()
    await say(api, session, 'click "Next"')
    await kit.browsers.acting.wait()

    await person.refused("not_driving", "sendInput", **mine, inputs=[CLICK])
    kit.browsers.release()

    assert kit.browsers.of(session).driven == []


async def test_a_browser_that_is_still_being_opened_is_taken_over(
    kit: Kit, api: Api, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, opened = asyncio.Event(), kit.browsers.open

    async def late(*words: Any, **facts: Any) -> ScriptedOperator:
        await there.wait()
        return await opened(*words, **facts)

    monkeypatch.setattr(kit.browsers, "open", late)
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)
    there.set()
    await person.ok("sendInput", sessionId=session, controlId=taken["controlId"], inputs=[CLICK])

    assert len(kit.browsers.of(session).driven) == 1


async def test_an_end_in_private_tells_once_that_nobody_drives(api: Api, person: Viewer) -> None:
    session = await open_session(api)
    await person.ok("takeControl", sessionId=session, private=True)
    await api.ok("POST", f"/api/sessions/{session}/cancel")
    await say(api, session, 'open two.example then ask a person "Well?"')
    await api.asked(session)

    events = await api.events(session)
    released = [one["data"]["reason"] for one in events if one["data"].get("phase") == "released"]

    assert released == ["session_ended"]


async def test_what_a_page_says_in_private_is_not_told(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    await person.ok("takeControl", sessionId=session, private=True)

    await kit.browsers.of(session).notice(Noticed("dialog", 'The page shows an alert, "Your code is 4711".', {}))

    assert "4711" not in str(await api.events(session))


async def test_an_approval_looks_at_nothing_that_a_person_does(
    api: Api, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await api.create('open one.example then click "Next" (ask first)')
    request = await api.asked(session)
    taken = await person.ok("takeControl", sessionId=session, private=True)
    sight, looks = ScriptedOperator.sight, list[str]()

    async def looking(self: ScriptedOperator, *args: Any, **kwargs: Any) -> Any:
        looks.append("looked")
        return await sight(self, *args, **kwargs)

    monkeypatch.setattr(ScriptedOperator, "sight", looking)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    await api.until(session, lambda event: event["eventType"] == "human_layer_decision")
    await person.ok("sendInput", sessionId=session, controlId=taken["controlId"], inputs=[CLICK])
    seen_while_driven = list(looks)
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
    ended = await api.ended(session)

    assert seen_while_driven == []
    assert looks
    assert ended["status"] == "completed"


@pytest.mark.parametrize("way", ["for it", "answered meanwhile", "answered after"])
async def test_a_request_does_not_expire_under_the_hands_of_who_drives(tmp_path: Path, way: str) -> None:
    async with (
        scripted_server(tmp_path / "data", ScriptedBrowsers(), human_timeout=2) as kit,
        viewer(kit.url) as person,
    ):
        api = Api(kit.url)
        session = await api.create('open gate.example then ask a person "Please solve the captcha" then click "Next"')
        request = await api.asked(session)
        fields = {"requestId": request["id"]} if way == "for it" else {}
        taken = await person.ok("takeControl", sessionId=session, **fields)
        path = f"/api/human-layer/requests/{request['id']}"
        later = await api.create('ask a person "Anybody?"')
        assert (await api.ended(later))["reason"] == "gave_up"  # what was asked before it is out of time, too

        if way == "answered meanwhile":
            await api.ok("POST", f"{path}/approve")
        await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
        if way == "answered after":
            await api.ok("POST", f"{path}/approve")
        ended = await api.ended(session)
        settled = (await api.ok("GET", path))["request"]
        await api.close()

    assert (settled["status"], ended["status"], ended["reason"]) == ("approved", "completed", "done")


async def test_a_request_expires_after_who_drove_was_silent_for_too_long(tmp_path: Path) -> None:
    bounds = {"human_timeout": 1, "driver_timeout": 2}
    async with scripted_server(tmp_path / "data", ScriptedBrowsers(), **bounds) as kit, viewer(kit.url) as person:
        api = Api(kit.url)
        session = await api.create('ask a person "Please solve the captcha"')
        request = await api.asked(session)
        await person.ok("takeControl", sessionId=session, requestId=request["id"])

        ended = await api.ended(session)
        events = await api.events(session)
        await api.close()

    told = [one["data"].get("reason") or one["data"]["request"]["status"] for one in events if _over(one)]
    assert told == ["timed_out", "expired"]
    assert (ended["status"], ended["reason"]) == ("failed", "gave_up")


def _over(event: dict[str, Any]) -> bool:
    return event["eventType"] == "human_layer_decision" or event["data"].get("phase") == "released"


async def test_an_input_that_failed_midway_is_not_begun_again_by_a_repeat(
    kit: Kit, api: Api, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"], "commandId": "once"}
    drive = ScriptedOperator.drive

    async def failing(self: ScriptedOperator, given: Input, files: Any = ()) -> Any:
        if given.type == "dialog":
            raise TargetNotFound(wanted="a dialog", present="none")
        return await drive(self, given, files)

    monkeypatch.setattr(ScriptedOperator, "drive", failing)
    both = [{"type": "text", "text": "Ada"}, {"type": "dialog", "accept": True}]
    for _ in range(2):
        await person.refused("target_not_found", "sendInput", **mine, inputs=both)

    assert [one.type for one in kit.browsers.of(session).driven] == ["text"]


async def test_a_picture_asked_for_while_the_browser_opens_is_answered_when_that_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsers, opening = ScriptedBrowsers(), asyncio.Event()

    async def never(*_: Any, **__: Any) -> Any:
        opening.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(browsers, "open", never)
    async with scripted_server(tmp_path / "data", browsers) as kit, viewer(kit.url) as person:
        api = Api(kit.url)
        session = await api.create("open one.example")
        await opening.wait()
        asked = asyncio.create_task(person.ask("takeScreenshot", sessionId=session), name="picture")
        await api.ok("POST", f"/api/sessions/{session}/cancel")
        async with asyncio.timeout(10):
            answer = await asked
            await person.ok("getSession", sessionId=session)
        await api.close()

    assert answer["success"] is False


async def test_nothing_is_pictured_in_private_for_who_asks_and_waits(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session, private=True)
    pictured: list[Shot] = []

    async def picture(shot: Shot) -> Picture:
        pictured.append(shot)
        raise AssertionError

    kit.browsers.of(session).screenshot = picture
    status, answer = await api.answer("GET", f"/api/sessions/{session}/screenshot")
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])

    assert (status, answer["code"]) == (409, "private")
    assert pictured == []


async def test_who_drives_no_more_and_does_not_know_it_takes_updates_from_nobody(kit: Kit, api: Api) -> None:
    async with viewer(kit.url) as first, viewer(kit.url) as second:
        session = await open_session(api)
        mine = await first.ok("takeControl", sessionId=session)
        await second.ok("joinSession", sessionId=session)
        await second.ok("takeControl", sessionId=session, force=True)

        await first.refused("not_driving", "sendInput", sessionId=session, controlId=mine["controlId"], inputs=[])
        await api.ok("POST", f"/api/sessions/{session}/cancel")

        await second.event(lambda event: event["status"] == "cancelled")


@pytest.mark.usefixtures("thinking")
async def test_an_agent_hears_what_a_person_did_and_looks_again(
    kit: Kit, api: Api, person: Viewer, model: ScriptedModel
) -> None:
    model.script = [
        Calls(Call("open", url="https://gate.example/")),
        Calls(Call("open", url="https://next.example/")),
        Calls(Call("done", text="Done.")),
    ]
    kit.browsers.hold()
    session = await api.create("Get past the gate.")
    await kit.browsers.acting.wait()
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"]}
    kit.browsers.release()
    await api.until(session, lambda event: event["data"].get("phase") == "done")
    await person.ok("sendInput", **mine, inputs=[CLICK])
    kit.browsers.of(session).snapshot = "what the person left"
    await person.ok("releaseControl", **mine, note="You are signed in now")
    ended = await api.ended(session)

    assert ended["status"] == "completed"
    assert "did a mouse" in model.asked[1].text
    assert "You are signed in now" in model.asked[1].text
    assert "what the person left" in model.asked[1].last


@pytest.mark.usefixtures("thinking")
async def test_a_picture_for_the_agent_that_a_takeover_overtook_is_taken_again(
    api: Api, person: Viewer, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.script = [Calls(Call("done", text="Done.")), Calls(Call("done", text="Done."))]
    screenshot, looking, look, looks = ScriptedOperator.screenshot, asyncio.Event(), asyncio.Event(), list[str]()

    async def slowly(self: ScriptedOperator, shot: Shot) -> Picture:
        looks.append(shot.format)
        looking.set()
        await look.wait()
        return await screenshot(self, shot)

    monkeypatch.setattr(ScriptedOperator, "screenshot", slowly)
    session = await api.create("Look at it.", config={"vision": "always"})
    await looking.wait()
    taken = await person.ok("takeControl", sessionId=session, private=True)
    look.set()
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
    ended = await api.ended(session)

    assert ended["status"] == "completed", ended["error"]
    assert looks[:2] == ["jpeg", "jpeg"], "once for what nobody may see, once for what is there now"


class Slow:
    """A browser whose next picture is drawn when a test says so."""

    def __init__(self, operator: ScriptedOperator) -> None:
        self.asked, self.draw = asyncio.Event(), asyncio.Event()
        self._screenshot = operator.screenshot
        operator.screenshot = self._slowly

    async def _slowly(self, shot: Shot) -> Picture:
        self.asked.set()
        await self.draw.wait()
        return await self._screenshot(shot)


async def drawing(kit: Kit, api: Api, prompt: str) -> tuple[str, Slow]:
    """A session whose first action is done, and whose browser is drawing a picture of it."""
    kit.browsers.hold()
    session = await api.create(prompt)
    await kit.browsers.acting.wait()
    slow = Slow(kit.browsers.of(session))
    kit.browsers.release()
    await slow.asked.wait()
    return session, slow


async def test_a_step_that_takes_a_picture_is_done_without_one_where_somebody_drives_in_private(
    kit: Kit, api: Api, person: Viewer
) -> None:
    session, slow = await drawing(kit, api, "open one.example then take a screenshot then open two.example")
    taken = await person.ok("takeControl", sessionId=session, private=True)
    slow.draw.set()
    done = await api.until(session, lambda one: one["data"].get("step") == 2 and one["data"]["phase"] != "started")
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])

    assert (done["data"]["phase"], done["data"]["value"]) == ("done", None)
    assert done["message"] == "Took no picture, because a person drives in private."
    assert (await api.ended(session))["status"] == "completed"


async def test_the_last_picture_of_a_playbook_waits_until_nobody_drives_in_private(
    kit: Kit, api: Api, person: Viewer
) -> None:
    session, slow = await drawing(kit, api, "open one.example")
    taken = await person.ok("takeControl", sessionId=session, private=True)
    await person.ok("sendInput", sessionId=session, controlId=taken["controlId"], inputs=[CLICK])
    slow.draw.set()
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
    ended = await api.ended(session)
    picture = (await api.ok("GET", f"/api/sessions/{session}/pictures"))["pictures"]
    released = next(one for one in await api.events(session) if one["data"].get("phase") == "released")

    assert ended["status"] == "completed"
    assert [one["pictureId"] for one in picture] == [ended["result"]["screenshotId"]]
    assert picture[0]["seq"] >= released["seq"]
