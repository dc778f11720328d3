"""Takeover: a person drives and the agent waits; it is told what was done, and goes on."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Api
from tests.flows.server import ServerProcess
from tests.flows.test_live_view import open_session
from tests.flows.viewing import Viewer, viewer
from zenobia.operators.base import Observation, Picture, Shot
from zenobia.operators.scripted import ScriptedOperator
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

CLICK = {"type": "mouse", "action": "down", "x": 10, "y": 10}
HELP = 'open gate.example then ask a person "Please solve the captcha" then click "Next"'


@pytest.fixture
async def person(kit: Kit) -> AsyncGenerator[Viewer]:
    """A client that may drive."""
    async with viewer(kit.url) as one:
        yield one


async def control(api: Api, session: str, phase: str = "released") -> dict[str, Any]:
    """The event that tells of a takeover."""
    return await api.until(session, lambda one: one["eventType"] == "control" and one["data"]["phase"] == phase)


async def test_the_agent_does_nothing_while_a_person_drives_and_goes_on_afterwards(
    kit: Kit, api: Api, person: Viewer
) -> None:
    kit.browsers.hold()
    session = await api.create('open one.example then open two.example then click "Next"')
    await kit.browsers.acting.wait()
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"]}
    await person.refused("agent_acts", "sendInput", **mine, inputs=[CLICK])
    kit.browsers.release()
    await api.until(session, lambda event: event["eventType"] == "action" and event["data"]["phase"] == "done")

    await person.ok("sendInput", **mine, inputs=[CLICK, {"type": "text", "text": "Ada"}])
    operator = kit.browsers.of(session)
    acted = [action.verb for action in operator.acted]
    await person.ok("releaseControl", **mine, note="Go on")
    ended = await api.ended(session)

    assert acted == ["open"]
    assert [one.type for one in operator.driven] == ["mouse", "text"]
    assert [action.verb for action in operator.acted] == ["open", "open", "click"]
    assert ended["status"] == "completed"
    events = await api.events(session)
    taken_at = next(at for at, event in enumerate(events) if event["eventType"] == "control")
    released_at = next(at for at, event in enumerate(events) if event["data"].get("phase") == "released")
    assert not [event for event in events[taken_at:released_at] if event["data"].get("phase") == "started"]
    released = events[released_at]
    assert released["data"]["did"] == ["did a mouse", "did a text"]
    assert (released["data"]["reason"], released["data"]["note"]) == ("handed_back", "Go on")
    assert "did a mouse; did a text" in released["message"]
    assert "They say: Go on" in released["message"]


@pytest.mark.usefixtures("thinking")
async def test_an_agent_that_was_looking_meanwhile_hears_what_was_done_before_it_decides(
    api: Api, person: Viewer, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, seen = asyncio.Event(), asyncio.Event()
    observe = ScriptedOperator.observe

    async def slowly(operator: ScriptedOperator) -> Observation:
        looking.set()
        await seen.wait()
        return await observe(operator)

    monkeypatch.setattr(ScriptedOperator, "observe", slowly)
    model.script = [Calls(Call("done", text="The ferry leaves at nine."))]
    session = await api.create("When does the ferry leave?")
    await looking.wait()
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"]}
    await person.ok("sendInput", **mine, inputs=[CLICK])
    await person.ok("releaseControl", **mine)
    seen.set()
    await api.ended(session)

    assert [("did a mouse" in asked.text) for asked in model.asked] == [True]


async def test_everybody_sees_who_drives(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)

    shown = (await api.session(session))["control"]
    told = await control(api, session, "taken")

    assert (shown["by"], shown["private"], shown["requestId"]) == ("socket", False, None)
    assert taken["session"]["control"] == shown == told["data"]["control"]
    assert taken["driverTimeout"] == 60
    assert "ctl_" not in str(told)
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
    assert (await api.session(session))["control"] is None


async def test_one_drives_at_a_time_and_another_takes_over_by_force(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    first = (await person.ok("takeControl", sessionId=session))["controlId"]
    await person.ok("sendInput", sessionId=session, controlId=first, inputs=[CLICK])
    async with viewer(kit.url) as other:
        await other.refused("already_driven", "takeControl", sessionId=session)
        await other.refused("not_driving", "sendInput", sessionId=session, controlId="ctl_guessed", inputs=[CLICK])
        await other.refused("not_driving", "releaseControl", sessionId=session, controlId="ctl_guessed")
        second = (await other.ok("takeControl", sessionId=session, force=True))["controlId"]

        await person.refused("not_driving", "sendInput", sessionId=session, controlId=first, inputs=[CLICK])
        await person.refused("not_driving", "releaseControl", sessionId=session, controlId=first)
        await other.ok("sendInput", sessionId=session, controlId=second, inputs=[CLICK])

    handed = await control(api, session)
    assert (handed["data"]["reason"], handed["data"]["did"]) == ("taken_over", ["did a mouse"])
    assert len(kit.browsers.of(session).driven) == 2


async def test_a_request_for_help_is_settled_by_taking_over(kit: Kit, api: Api, person: Viewer) -> None:
    session = await api.create(HELP)
    request = await api.asked(session)

    taken = await person.ok("takeControl", sessionId=session, requestId=request["id"])
    await person.ok("sendInput", sessionId=session, controlId=taken["controlId"], inputs=[CLICK])
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])
    ended = await api.ended(session)

    settled = (await api.ok("GET", f"/api/human-layer/requests/{request['id']}"))["request"]
    assert settled["status"] == "approved"
    assert ended["status"] == "completed"
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open", "click"]


async def test_help_with_a_note_is_an_answer(kit: Kit, api: Api, person: Viewer) -> None:
    session = await api.create(HELP)
    request = await api.asked(session)
    taken = await person.ok("takeControl", sessionId=session, requestId=request["id"])

    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"], note="It was a cat")

    ended = await api.ended(session)
    settled = (await api.ok("GET", f"/api/human-layer/requests/{request['id']}"))["request"]
    assert (settled["status"], settled["decision"]["response"]) == ("answered", "It was a cat")
    assert "It was a cat" in ended["result"]["extracted"].values()


async def test_who_gives_up_leaves_the_request_open(kit: Kit, api: Api, person: Viewer) -> None:
    session = await api.create(HELP)
    request = await api.asked(session)
    taken = await person.ok("takeControl", sessionId=session, requestId=request["id"])

    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"], done=False)

    found = (await api.ok("GET", f"/api/human-layer/requests/{request['id']}"))["request"]
    assert (found["status"], (await api.session(session))["status"]) == ("pending", "waiting")


async def test_only_help_of_this_session_can_be_answered_by_taking_over(kit: Kit, api: Api, person: Viewer) -> None:
    asking = await api.create('open shop.example then click "Buy" (ask first)')
    approval = await api.asked(asking)
    other = await open_session(api)

    await person.refused("verdict_not_allowed", "takeControl", sessionId=asking, requestId=approval["id"])
    await person.refused("unknown_request", "takeControl", sessionId=other, requestId=approval["id"])
    await person.refused("unknown_request", "takeControl", sessionId=other, requestId="req_nowhere")


async def test_an_approval_given_while_a_person_changed_the_page_is_asked_anew(
    kit: Kit, api: Api, person: Viewer
) -> None:
    session = await api.create('open shop.example then click "Buy" (ask first)')
    request = await api.pending(session)
    taken = await person.ok("takeControl", sessionId=session)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    kit.browsers.state = "another price"
    await person.ok("releaseControl", sessionId=session, controlId=taken["controlId"])

    again = await api.pending(session)

    assert again["id"] != request["id"]
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open"]


async def test_what_is_private_is_neither_kept_nor_shown_to_others(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    operator = kit.browsers.of(session)
    async with viewer(kit.url, role="observer") as other:
        await other.ok("startLiveView", sessionId=session)
        await person.ok("startLiveView", sessionId=session)
        await other.frame()
        taken = await person.ok("takeControl", sessionId=session, private=True)
        mine = {"sessionId": session, "controlId": taken["controlId"]}
        await person.frame(lambda frame: frame["private"])
        operator.show()
        await person.ok("sendInput", **mine, inputs=[{"type": "text", "text": "lovelace"}])
        seen = max(frame["number"] for frame in person.frames)
        operator.show()
        await person.frame(lambda frame: frame["number"] > seen)
        await other.ok("getSession", sessionId=session)
        assert not [frame for frame in other.frames if frame["private"]]
        status, refused = await api.answer("GET", f"/api/sessions/{session}/screenshot")
        assert (status, refused["code"]) == (409, "private")

        await person.ok("takeControl", **mine, private=False)
        await other.frame(lambda frame: frame["number"] > seen)
        await person.ok("sendInput", **mine, inputs=[{"type": "key", "action": "down", "key": "Enter"}])
        await person.ok("releaseControl", **mine)

    released = await control(api, session)
    assert released["data"]["did"] == ["did a key"]
    assert "lovelace" not in str(await api.events(session))


async def test_a_session_cancelled_in_private_keeps_no_last_picture(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    kit.browsers.of(session).url = "https://bank.example"
    await person.ok("takeControl", sessionId=session, private=True)

    await api.ok("POST", f"/api/sessions/{session}/cancel")

    status, refused = await api.answer("GET", f"/api/sessions/{session}/screenshot")
    assert (status, refused["code"]) == (404, "unknown_picture")
    ended = await api.session(session)
    assert (ended["status"], ended["control"]) == ("cancelled", None)
    assert (await control(api, session))["data"]["reason"] == "session_ended"


@pytest.mark.parametrize("over", ["ended", "handed back"])
async def test_a_picture_that_was_asked_for_before_somebody_drove_in_private_is_not_handed_out(
    kit: Kit, api: Api, person: Viewer, over: str
) -> None:
    session = await open_session(api)
    operator, asked, drawn = kit.browsers.of(session), asyncio.Event(), asyncio.Event()
    screenshot = operator.screenshot

    async def slowly(shot: Shot) -> Picture:
        operator.screenshot = screenshot
        picture = await screenshot(shot)
        asked.set()
        await drawn.wait()
        return picture

    operator.screenshot = slowly
    asking = asyncio.create_task(api.answer("GET", f"/api/sessions/{session}/screenshot"), name="screenshot")
    await asked.wait()
    taken = await person.ok("takeControl", sessionId=session, private=True)
    mine = {"sessionId": session, "controlId": taken["controlId"]}
    await person.ok("sendInput", **mine, inputs=[{"type": "text", "text": "lovelace"}])
    if over == "ended":
        ending = asyncio.create_task(api.ok("POST", f"/api/sessions/{session}/cancel"), name="cancel")
        await api.ended(session)
        drawn.set()
        await ending
    else:
        await person.ok("releaseControl", **mine)
        drawn.set()

    status, refused = await asking
    assert (status, refused["code"]) == (409, "private")


async def test_an_input_that_is_sent_twice_is_done_once(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"], "commandId": "once"}

    first = await person.ok("sendInput", **mine, inputs=[{"type": "copy"}])
    again = await person.ok("sendInput", **mine, inputs=[{"type": "copy"}])

    assert first == again
    assert first["copied"] == "copied"
    assert len(kit.browsers.of(session).driven) == 1


async def test_a_driver_who_is_silent_hands_back(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", ScriptedBrowsers(), driver_timeout=0.5) as kit:
        api = Api(kit.url)
        session = await open_session(api)
        async with viewer(kit.url) as person:
            taken = await person.ok("takeControl", sessionId=session)
            mine = {"sessionId": session, "controlId": taken["controlId"]}
            await person.ok("sendInput", **mine, inputs=[CLICK])
            released = await control(api, session)
            await person.refused("not_driving", "sendInput", **mine)
        await api.close()

    assert (released["data"]["reason"], released["data"]["did"]) == ("timed_out", ["did a mouse"])


async def test_time_at_the_wheel_is_not_the_sessions(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", ScriptedBrowsers(), session_timeout=1, driver_timeout=2) as kit:
        api = Api(kit.url)
        kit.browsers.hold()
        session = await api.create("open one.example then open two.example")
        await kit.browsers.acting.wait()
        async with viewer(kit.url) as person:
            await person.ok("takeControl", sessionId=session)
            kit.browsers.release()

            ended = await api.ended(session)  # once the driver was silent for longer than the session may take
        await api.close()

    assert (ended["status"], ended["reason"]) == ("completed", "done")


async def test_a_takeover_ends_with_the_server_and_the_session_goes_on(tmp_path: Path) -> None:
    doomed = ServerProcess(data_dir=tmp_path / "data")
    try:
        url = await doomed.url()
        api = Api(url)
        session = await api.create(HELP)
        request = await api.asked(session)
        async with viewer(url) as person:
            await person.ok("takeControl", sessionId=session, requestId=request["id"])
        await api.close()
    finally:
        doomed.kill()

    async with scripted_server(tmp_path / "data") as kit:
        api = Api(kit.url)
        released = await control(api, session)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert released["data"]["reason"] == "server_stopped"
    assert ended["status"] == "completed"


async def test_what_cannot_be_driven_is_refused(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    await api.ok("POST", f"/api/sessions/{session}/cancel")

    await person.refused("session_ended", "takeControl", sessionId=session)
    await person.refused("session_ended", "sendInput", sessionId=session, controlId="ctl_x")
    await person.refused("unknown_session", "takeControl", sessionId="ses_nowhere")
    async with viewer(kit.url, role="observer") as observer:
        await observer.refused("observer_only", "takeControl", sessionId=session)


async def test_inputs_are_bounded(kit: Kit, api: Api, person: Viewer) -> None:
    session = await open_session(api)
    taken = await person.ok("takeControl", sessionId=session)
    mine = {"sessionId": session, "controlId": taken["controlId"]}

    for wrong in (
        [CLICK] * 101,
        [{**CLICK, "x": -1}],
        [{**CLICK, "x": True}],
        [{"type": "text", "text": "x" * 10_001}],
        [{"type": "key", "action": "down", "key": ""}],
        [{"type": "fly"}],
        [{**CLICK, "more": 1}],
    ):
        await person.refused("invalid_payload", "sendInput", **mine, inputs=wrong)
    await person.ok("sendInput", **mine, inputs=[])

    assert kit.browsers.of(session).driven == []


async def test_over_rest_it_is_the_same(kit: Kit, api: Api) -> None:
    session = await open_session(api)
    path = f"/api/sessions/{session}/control"

    taken = await api.ok("POST", f"{path}/take", {})
    mine = {"controlId": taken["controlId"]}
    await api.ok("POST", f"{path}/input", {**mine, "inputs": [CLICK]})
    await api.ok("POST", f"{path}/release", mine)
    status, refused = await api.answer("POST", f"{path}/release", mine)

    assert (status, refused["code"]) == (409, "not_driving")
    assert [one.type for one in kit.browsers.of(session).driven] == ["mouse"]
