"""People in the loop: nothing acts without the approval it needed, and nothing acts twice."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.speaking import connected
from tests.flows.conftest import PATIENCE, Api
from tests.flows.server import never
from zenobia.operators.base import Outcome, Sight
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.actions import Action
from zenobia.protocol.errors import StorageUnavailable
from zenobia.protocol.wire import Json
from zenobia.store.tx import Tx
from zenobia.testing import Kit, ScriptedBrowsers, ScriptedOperator, scripted_server

BUY = 'open shop.example then click "Place order" (ask first)'


def clicks(kit: Kit, session: str) -> int:
    return [action.verb for action in kit.browsers.of(session).acted].count("click")


async def test_a_step_marked_ask_first_waits_for_a_person_and_is_done_once(api: Api, kit: Kit) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)
    assert (await api.session(session))["status"] == "waiting"
    assert clicks(kit, session) == 0

    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    ended = await api.ended(session)

    assert ended["status"] == "completed"
    assert clicks(kit, session) == 1


async def test_a_request_shows_what_the_server_sees_not_what_an_agent_says(api: Api) -> None:
    session = await api.create('open shop.example then type "hunter2" into "Password" (ask first)')

    request = await api.asked(session)

    action = request["action"]
    assert (request["kind"], request["allowed"]) == ("approval", ["approve", "deny"])
    assert (action["verb"], action["target"]) == ("type", '"Password"')
    assert action["pageUrl"].endswith("shop.example")
    assert request["screenshotId"].startswith("pic_")
    assert request["expiresAt"] - request["createdAt"] == 3_600_000
    assert "hunter2" not in str((await api.events(session))[1:])  # the first repeats the prompt as it was given


async def test_a_denied_step_is_not_done_and_ends_the_session(api: Api, kit: Kit) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)

    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/deny", {"reason": "Too expensive."})
    ended = await api.ended(session)

    assert (ended["status"], ended["reason"]) == ("failed", "denied")
    assert "Too expensive." in ended["error"]["error"]
    assert clicks(kit, session) == 0


async def test_a_page_that_changed_meanwhile_is_asked_about_again(api: Api, kit: Kit) -> None:
    session = await api.create(BUY)
    first = await api.asked(session)
    kit.browsers.state = "another price"

    await api.ok("POST", f"/api/human-layer/requests/{first['id']}/approve")
    second = await api.until(
        session,
        lambda event: event["eventType"] == "human_layer_request" and event["data"]["request"]["id"] != first["id"],
    )
    assert clicks(kit, session) == 0
    decided = [e["data"]["request"] for e in await api.events(session) if e["eventType"] == "human_layer_decision"]
    assert [one["status"] for one in decided] == ["approved", "superseded"]

    await api.ok("POST", f"/api/human-layer/requests/{second['data']['request']['id']}/approve")
    assert (await api.ended(session))["status"] == "completed"
    assert clicks(kit, session) == 1


async def test_the_first_of_many_answers_wins(api: Api, kit: Kit) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)
    verbs = ["approve" if number % 2 else "deny" for number in range(20)]

    answers = await asyncio.gather(
        *(api.answer("POST", f"/api/human-layer/requests/{request['id']}/{verb}") for verb in verbs)
    )

    won = [answer for status, answer in answers if status == 200]
    lost = [answer for status, answer in answers if status == 409]
    assert (len(won), len(lost)) == (1, 19)
    assert {answer["code"] for answer in lost} == {"already_decided"}
    assert all(answer["details"]["request"]["decision"] == won[0]["request"]["decision"] for answer in lost)
    assert clicks(kit, session) <= 1


async def test_nobody_answering_never_approves(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, human_timeout=0.2) as kit:
        api = Api(kit.url)
        session = await api.create(BUY)

        ended = await api.ended(session)

        decided = [e["data"]["request"] for e in await api.events(session) if e["eventType"] == "human_layer_decision"]
        await api.close()
    assert (ended["status"], ended["reason"]) == ("failed", "gave_up")
    assert [one["status"] for one in decided] == ["expired"]
    assert clicks(kit, session) == 0


async def test_a_clock_that_is_set_ahead_expires_and_never_approves(
    api: Api, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)
    ahead = 2 * 3_600
    now, exactly = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + ahead)
    monkeypatch.setattr(time, "time_ns", lambda: exactly() + ahead * 1_000_000_000)

    decision = await api.until(session, lambda event: event["eventType"] == "human_layer_decision")

    assert (decision["data"]["request"]["id"], decision["data"]["request"]["status"]) == (request["id"], "expired")
    assert (await api.ended(session))["status"] == "failed"
    assert clicks(kit, session) == 0


async def test_a_yes_that_comes_after_its_time_is_none(api: Api, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)
    exactly = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: exactly() + 2 * 3_600 * 1_000_000_000)  # before anybody has looked

    status, answer = await api.answer("POST", f"/api/human-layer/requests/{request['id']}/approve")

    assert (status, answer["code"]) == (409, "already_decided")
    assert answer["details"]["request"]["status"] == "expired"
    assert (await api.ended(session))["reason"] == "gave_up"
    assert clicks(kit, session) == 0


async def test_a_person_can_answer_in_words(api: Api) -> None:
    session = await api.create('ask a person "Which size?"')
    request = await api.asked(session)

    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "Large"})
    ended = await api.ended(session)

    assert ended["status"] == "completed"
    assert "Large" in str(ended["result"]["extracted"])


async def test_requests_of_all_sessions_are_listed_oldest_first(api: Api) -> None:
    sessions = [await api.create(f'ask a person "Question {number}"') for number in range(3)]
    asked = [(await api.asked(session))["id"] for session in sessions]

    listed = (await api.ok("GET", "/api/human-layer/requests"))["requests"]

    assert sorted(one["id"] for one in listed) == sorted(asked)
    assert [one["createdAt"] for one in listed] == sorted(one["createdAt"] for one in listed)


async def test_an_approval_is_refused_where_words_are_wanted(api: Api) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)

    status, answer = await api.answer(
        "POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "go on"}
    )

    assert (status, answer["code"]) == (409, "verdict_not_allowed")
    assert (await api.session(session))["status"] == "waiting"


async def test_a_request_outlives_its_server(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(BUY)
        before = await api.asked(session)
        await api.close()

    browsers = ScriptedBrowsers({"click": Outcome("Clicked.")})
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        [after] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        assert (after["id"], after["expiresAt"]) == (before["id"], before["expiresAt"])
        assert (await api.session(session))["status"] == "waiting"
        await api.ok("POST", f"/api/human-layer/requests/{after['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert ended["status"] == "completed"
    assert clicks(kit, session) == 1


async def test_after_a_crash_no_step_is_done_on_the_page_before_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(_: ScriptedOperator) -> Json:
        raise BrowserLost

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(
            'open one.example then ask a person "Go on?" then open two.example then click "Buy" (ask first)'
        )
        asked = await api.asked(session)
        monkeypatch.setattr(ScriptedOperator, "checkpoint", too_late)  # as it is where a server dies just before
        await api.ok("POST", f"/api/human-layer/requests/{asked['id']}/respond", {"response": "Yes"})
        told = await api.until(session, lambda e: e["eventType"] == "human_layer_request" and "Buy" in e["message"])
        request = told["data"]["request"]
        await api.close()

    monkeypatch.undo()
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert ended["status"] == "completed"
    assert kit.browsers.of(session).url == "two.example"


async def test_an_approval_from_before_a_restart_is_good_for_one_of_two_steps_that_are_alike(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(f'{BUY} then click "Place order" (ask first)')
        first = await api.asked(session)
        await api.close()

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/human-layer/requests/{first['id']}/approve")
        again = await api.until(
            session, lambda e: e["eventType"] == "human_layer_request" and e["data"]["request"]["id"] != first["id"]
        )
        assert again["status"] == "waiting"
        assert clicks(kit, session) == 1
        await api.close()


@pytest.mark.parametrize(
    ("prompt", "verdict", "said", "next_write", "end"),
    [
        (BUY, "deny", {"reason": "No."}, "end", ("failed", "denied")),
        ('ask a person "Which size?"', "respond", {"response": "Large"}, "memorise", ("completed", "done")),
    ],
)
async def test_a_decision_counts_also_if_the_server_dies_before_anything_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str, verdict: str, said: Json, next_write: str, end: Any
) -> None:
    came = threading.Event()  # it is set on the thread that writes

    def dies(*_: object, **__: object) -> None:
        came.set()
        raise StorageUnavailable

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(prompt)
        request = await api.asked(session)
        monkeypatch.setattr(Tx, next_write, dies)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/{verdict}", said)
        assert await asyncio.to_thread(came.wait, PATIENCE)
        await api.close()

    monkeypatch.undo()
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        ended = await api.ended(session)
        asked = [e for e in await api.events(session) if e["eventType"] == "human_layer_request"]
        await api.close()

    assert (ended["status"], ended["reason"]) == end
    assert len(asked) == 1
    assert clicks(kit, session) == 0


async def test_a_decision_counts_for_one_message_also_if_the_server_stops_before_the_next(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create('say "Hello" (ask first)', sessionType="manual")
        first = await api.asked(session)
        await api.ok("POST", f"/api/human-layer/requests/{first['id']}/deny", {})
        await api.until(session, lambda e: e["message"] == "The session waits for a message.")
        await api.close()

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/sessions/{session}/messages", {"message": 'say "Hello" (ask first)'})
        again = await api.until(
            session, lambda e: e["eventType"] == "human_layer_request" and e["data"]["request"]["id"] != first["id"]
        )
        assert again["status"] == "waiting"
        await api.close()


async def test_an_action_cut_off_by_a_stop_is_not_repeated_unless_a_person_says_so(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, ScriptedBrowsers({"click": never})) as kit:
        api = Api(kit.url)
        session = await api.create('open shop.example then click "Place order" then go back')
        await api.until(session, lambda event: event["data"].get("step") == 2)
        await api.close()

    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        request = await api.asked(session)
        assert "Was this done?" in request["title"]
        assert kit.browsers.of(session).acted == []
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "It was."})
        ended = await api.ended(session)
        phases = [event["data"]["phase"] for event in await api.events(session) if event["eventType"] == "action"]
        await api.close()

    assert ended["status"] == "completed"
    assert clicks(kit, session) == 0
    assert phases == ["started", "done", "started", "unknown", "started", "done"]


async def test_a_lost_browser_is_replaced_and_what_was_cut_off_is_put_to_a_person(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers({"click": BrowserLost()})
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create('open shop.example then click "Place order" then go back')
        request = await api.asked(session)
        browsers.answers["click"] = Outcome("Clicked.")
        assert [action.verb for action in browsers.operators[0].acted] == ["open", "click"]
        assert browsers.operators[0].closed
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        warnings = [e["data"]["code"] for e in await api.events(session) if e["eventType"] == "warning"]
        await api.close()

    assert ended["status"] == "completed"
    assert warnings == ["browser_lost"]
    assert browsers.of(session) is not browsers.operators[0]
    assert [action.verb for action in browsers.of(session).acted] == ["click", "go back"]


async def test_a_lost_browser_costs_nothing_when_the_action_only_looked(tmp_path: Path) -> None:
    browsers = ScriptedBrowsers()
    lost = [BrowserLost()]

    def once(_action: Action) -> Outcome:
        if lost:
            raise lost.pop()
        return Outcome("Opened.", url="https://shop.example")

    browsers.answers["open"] = once
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        ended = await api.ended(await api.create("open shop.example"))
        await api.close()

    assert ended["status"] == "completed"
    assert len(browsers.operators) == 2


async def test_an_approval_given_before_a_pause_is_held_against_the_page_after_it(api: Api, kit: Kit) -> None:
    session = await api.create(BUY)
    request = await api.asked(session)
    looking, look = asyncio.Event(), asyncio.Event()
    operator = kit.browsers.of(session)
    sight = operator.sight

    async def slowly(action: Action, *, in_view: bool = False) -> Sight:
        seen = await sight(action, in_view=in_view)
        looking.set()
        await look.wait()
        return seen

    operator.sight = slowly  # the page is looked at again after the approval; the pause comes just then
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    await looking.wait()
    await api.ok("POST", f"/api/sessions/{session}/pause")
    kit.browsers.state = "another price"
    look.set()
    await api.ok("POST", f"/api/sessions/{session}/resume")

    again = await api.until(
        session,
        lambda event: event["eventType"] == "human_layer_request" and event["data"]["request"]["id"] != request["id"],
    )
    assert again["status"] == "waiting"
    assert clicks(kit, session) == 0


async def test_what_is_typed_into_a_secret_field_is_never_told(api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.secrets = {"Access key"}

    ended = await api.ended(await api.create('type "hunter2" into "Access key"'))

    told = [event for event in await api.events(ended["id"]) if event["eventType"] == "action"]
    assert ended["status"] == "completed"
    assert "hunter2" not in str(told)


async def test_a_request_can_be_read_by_its_id_also_when_it_is_settled(api: Api, kit: Kit) -> None:
    session = await api.create('ask a person "Shall I?"')
    request = await api.asked(session)
    route = f"/api/human-layer/requests/{request['id']}"

    pending = (await api.ok("GET", route))["request"]
    await api.ok("POST", f"{route}/approve")
    async with connected(kit.url) as client:
        settled = (await client.ok("getHumanLayerRequest", request["id"]))["request"]
    unknown = await api.answer("GET", "/api/human-layer/requests/req_nowhere")

    assert pending == request
    assert (settled["status"], settled["decision"]["status"]) == ("approved", "approved")
    assert (unknown[0], unknown[1]["code"]) == (404, "unknown_request")


async def test_a_session_that_is_cancelled_while_it_asks_has_nothing_more_to_keep(kit: Kit, api: Api) -> None:
    session = await api.create(BUY)
    await api.asked(session)
    operator, kept = kit.browsers.of(session), list[str]()
    checkpoint = operator.checkpoint

    async def noted() -> Json:
        kept.append("checkpoint")
        return await checkpoint()

    operator.checkpoint = noted
    await api.ok("POST", f"/api/sessions/{session}/cancel")

    assert kept == []
