"""A message to a session that has ended takes it up again: in another life, with the same log, memory and pages."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.flows.conftest import Api
from zenobia.agents import base
from zenobia.operators.base import Outcome
from zenobia.protocol.session import Result
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Asked, Call, Calls, ScriptedModel, Turn

DONE = Calls(Call("done", text="Done."))


async def end_again(api: Api, session: str, after: int) -> dict[str, Any]:
    """The session at its first end after that event."""
    await api.until(session, lambda event: event["seq"] > after and "reason" in event["data"] and ended(event))
    return await api.session(session)


def ended(event: dict[str, Any]) -> bool:
    return event["status"] in {"completed", "failed", "cancelled"} and event["eventType"] == "status"


async def say(api: Api, session: str, words: str) -> int:
    """Send a message to a session that has ended; the `seq` before it."""
    before = (await api.session(session))["lastSeq"]
    answer = await api.ok("POST", f"/api/sessions/{session}/messages", {"message": words})
    assert answer["session"]["status"] == "queued"
    assert answer["session"]["endedAt"] is None
    assert answer["session"]["reason"] is None
    return before


async def test_further_steps_go_on_from_where_a_playbook_ended(api: Api, kit: Kit) -> None:
    session = await api.create("open example.com/list")
    await api.ended(session)
    first = kit.browsers.of(session)

    again = await end_again(api, session, await say(api, session, 'click "Next"'))

    second = kit.browsers.of(session)
    assert (again["status"], again["reason"]) == ("completed", "done")
    assert first.closed
    assert second is not first
    assert [action.verb for action in second.acted] == ["click"]
    assert second.url == first.url, "the new browser is where the old one was"
    events = await api.events(session)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    told = [(event["eventType"], event["status"]) for event in events]
    here = told.index(("status", "completed"))
    assert told[here : here + 4] == [
        ("status", "completed"),
        ("status", "queued"),
        ("message", "queued"),
        ("status", "running"),
    ]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
async def test_what_failed_or_was_cancelled_can_be_taken_up_too(
    api: Api, kit: Kit, browsers: ScriptedBrowsers, end: str
) -> None:
    if end == "cancelled":
        browsers.hold()
    session = await api.create("open example.com" if end == "cancelled" else "frobnicate")
    if end == "cancelled":
        await browsers.acting.wait()
        await api.ok("POST", f"/api/sessions/{session}/cancel")
        browsers.release()
    assert (await api.ended(session))["status"] == end

    again = await end_again(api, session, await say(api, session, 'click "Next"'))

    assert (again["status"], again["error"]) == ("completed", None)
    assert [action.verb for action in kit.browsers.of(session).acted] == ["click"]


async def test_the_same_step_said_again_is_done_again(api: Api, kit: Kit) -> None:
    session = await api.create('click "More"')
    await api.ended(session)

    await end_again(api, session, await say(api, session, 'click "More"'))

    assert [action.verb for action in kit.browsers.of(session).acted] == ["click"]


async def test_a_message_that_is_no_step_ends_a_playbook_again_and_what_was_found_stays(
    api: Api, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["extract"] = Outcome("Read it.", value="5 euros")
    session = await api.create('extract "Price" as price')
    await api.ended(session)

    again = await end_again(api, session, await say(api, session, "thank you"))

    assert (again["status"], again["reason"]) == ("failed", "unreadable_prompt")
    assert again["result"]["extracted"] == {"price": "5 euros"}


async def test_words_that_were_no_steps_and_were_answered_do_not_come_again(
    api: Api, browsers: ScriptedBrowsers
) -> None:
    browsers.hold()
    session = await api.create("open one.example")
    await browsers.acting.wait()
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "please be so kind and dance"})
    browsers.release()
    await api.ended(session)

    again = await end_again(api, session, await say(api, session, 'click "Next"'))

    assert again["status"] == "completed"


async def test_steps_said_while_a_playbook_runs_are_done_after_its_own(api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.hold()
    session = await api.create("open example.com")
    await browsers.acting.wait()
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "thanks so far"})
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": 'click "Next"'})
    browsers.release()

    found = await api.ended(session)

    assert found["status"] == "completed"
    assert [action.verb for action in browsers.of(session).acted] == ["open", "click"]
    said = [event for event in await api.events(session) if event["eventType"] == "message"]
    assert [event["data"]["author"] for event in said] == ["user", "user", "agent"], "what is no step is answered"


async def test_a_driven_session_is_driven_on(api: Api, kit: Kit) -> None:
    session = await api.create("open example.com", sessionType="manual")
    await api.until(session, lambda event: event["status"] == "waiting")
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "done"})
    before = (await api.ended(session))["lastSeq"]

    await say(api, session, "go back")
    await api.until(session, lambda event: event["seq"] > before and event["status"] == "waiting")
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "done"})
    again = await end_again(api, session, before)

    assert again["status"] == "completed"
    assert [action.verb for action in kit.browsers.of(session).acted] == ["go back"]


async def test_a_session_cancelled_before_it_had_a_prompt_begins_with_the_message(api: Api, kit: Kit) -> None:
    session = await api.create()
    await api.until(session, lambda event: event["status"] == "waiting")
    await api.ok("POST", f"/api/sessions/{session}/cancel")
    before = (await api.session(session))["lastSeq"]

    await say(api, session, "open example.com")
    again = await end_again(api, session, before)

    assert (again["status"], again["prompt"]) == ("completed", "open example.com")
    assert [action.verb for action in kit.browsers.of(session).acted] == ["open"]


async def test_steps_count_anew_in_every_life_and_are_told_in_all(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, max_steps=2) as kit:
        api = Api(kit.url)
        session = await api.create("go back\ngo back\ngo back")
        assert (await api.ended(session))["reason"] == "step_limit"

        again = await end_again(api, session, await say(api, session, "go back\ngo back"))

        assert (again["status"], again["usage"]["steps"]) == ("completed", 4)
        await api.close()


async def test_an_agent_that_does_not_know_of_it_is_not_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Simple:
        name: ClassVar[str] = "simple"

        async def run(self, turn: base.Turn) -> Result:
            return Result(text=turn.prompt or "")

    def known(*_: object) -> dict[str, type[Simple]]:
        return {"playbook": Simple, "simple": Simple}

    monkeypatch.setattr("zenobia.app.agents", known)
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create("anything", sessionType="simple")
        await api.ended(session)

        status, refused = await api.answer("POST", f"/api/sessions/{session}/messages", {"message": "more"})

        assert (status, refused["code"]) == (409, "session_ended")
        assert (await api.session(session))["status"] == "completed"
        await api.close()


async def test_a_session_taken_up_and_a_server_that_stops_lose_no_message(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    async with scripted_server(tmp_path, browsers, max_sessions=1) as kit:
        api = Api(kit.url)
        session = await api.create("open example.com")
        before = (await api.ended(session))["lastSeq"]
        browsers.hold()
        await api.create("open example.org")  # takes the only slot
        await browsers.acting.wait()
        await say(api, session, 'click "Next"')
        await api.close()

    later = ScriptedBrowsers()
    async with scripted_server(tmp_path, later) as kit:
        api = Api(kit.url)
        again = await end_again(api, session, before)
        await api.close()

    assert again["status"] == "completed"
    assert [action.verb for action in later.of(session).acted] == ["click"]


@pytest.mark.usefixtures("thinking")
class TestTheModel:
    """What a language model knows of an earlier life."""

    async def test_it_knows_what_was_done_and_that_it_ended(self, api: Api, model: ScriptedModel) -> None:
        seen: list[str] = []

        def again(asked: Asked) -> Calls:
            seen.append(asked.text)
            return Calls(Call("done", text="Tuesday."))

        model.script = [Calls(Call("press", key="End"), text="The ferry costs 5."), DONE, again]
        session = await api.create("What does the ferry cost?")
        await api.ended(session)

        found = await end_again(api, session, await say(api, session, "And when does it leave?"))

        assert found["result"]["text"] == "Tuesday."
        assert "What does the ferry cost?" in seen[0]
        assert "The ferry costs 5." in seen[0]
        assert "After that the session ended." in seen[0]
        assert "The user says: And when does it leave?" in seen[0]
        assert "was interrupted" not in seen[0]

    async def test_a_budget_counts_anew(self, api: Api, model: ScriptedModel) -> None:
        model.script = [Calls(Call("press", key="End"), input_tokens=900), DONE, DONE]
        session = await api.create("Go.", config={"budget": {"tokens": 940}})
        assert (await api.ended(session))["reason"] == "budget"

        again = await end_again(api, session, await say(api, session, "Go on."))

        assert again["reason"] == "done"
        assert again["usage"]["inputTokens"] == 900 + 1_000

    async def test_a_message_that_comes_with_the_end_is_heeded_first(self, api: Api, model: ScriptedModel) -> None:
        async def late(_: Asked) -> Turn:
            [going] = (await api.ok("GET", "/api/sessions"))["sessions"]
            await api.ok("POST", f"/api/sessions/{going['id']}/messages", {"message": "Wait: in dollars."})
            return DONE

        model.script = [late, Calls(Call("done", text="6 dollars."))]
        session = await api.create("What does it cost?")

        found = await api.ended(session)

        assert found["result"]["text"] == "6 dollars."
        assert "Not ended: the user said something meanwhile." in model.asked[1].text
        assert "Wait: in dollars." in model.asked[1].text
