"""What an agent that decides by itself is asked about, and what people can say to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.cli import zenobia
from tests.flows.conftest import Api
from zenobia.protocol.actions import Type
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

DONE = Calls(Call("done", text="Done."))
PAY = Calls(Call("click", target="Pay now"))
REQUESTS = "/api/human-layer/requests"
WHERE = {"x": 10, "y": 20, "width": 30, "height": 8, "windowWidth": 100, "windowHeight": 100}
"""Where scripted browsers have every target."""

pytestmark = pytest.mark.usefixtures("thinking")


@pytest.fixture
def browsers() -> ScriptedBrowsers:
    """Browsers in which every target is a button that pays."""
    browsers = ScriptedBrowsers()
    browsers.facts = {"tag": "button", "said": "Pay now"}
    return browsers


def verbs(browsers: ScriptedBrowsers, session: str) -> list[str]:
    return [action.verb for action in browsers.of(session).acted]


async def test_what_cannot_be_undone_is_asked_about_in_the_servers_words(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE]
    session = await api.create("Buy it.")

    request = await api.asked(session)
    assert verbs(browsers, session) == []
    await api.ok("POST", f"{REQUESTS}/{request['id']}/approve")
    ended = await api.ended(session)

    assert request["box"] == WHERE
    assert request["action"]["kind"] == "pay"
    assert request["title"] == 'Click "Pay now"'
    assert request["reason"] == '"pay" is asked about unless a policy says otherwise.'
    assert request["allowed"] == ["approve", "deny", "respond"]
    assert verbs(browsers, session) == ["click"]
    assert ended["status"] == "completed"


async def test_a_refusal_and_its_reason_are_read_by_the_agent_which_goes_on(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [Calls(Call("click", target="Pay now"), Call("press", key="Escape")), DONE]
    session = await api.create("Buy it.")

    request = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{request['id']}/deny", {"reason": "Too expensive."})
    ended = await api.ended(session)

    assert ended["status"] == "completed"
    assert verbs(browsers, session) == []
    assert "Not done: a person refused it. Reason: Too expensive." in model.asked[1].text
    assert "Not done: what came before it was not allowed." in model.asked[1].text


async def test_an_approval_may_be_answered_in_words_instead(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE]
    session = await api.create("Buy it.")

    request = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{request['id']}/respond", {"response": "Take the blue one first."})
    await api.ended(session)

    assert verbs(browsers, session) == []
    assert "a person answered instead: Take the blue one first." in model.asked[1].text


async def test_whoever_approves_may_change_the_values(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.facts = {"tag": "textarea", "sends": "Send"}
    model.script = [Calls(Call("type", target="Message", text="Dear Sir", submit=True)), DONE]
    session = await api.create("Write to them.")

    request = await api.asked(session)
    path = f"{REQUESTS}/{request['id']}/approve"
    assert (request["action"]["editable"], request["action"]["values"]["text"]) == (["text"], "Dear Sir")
    _, refused = await api.answer("POST", path, {"values": {"submit": "no"}})
    assert refused["code"] == "not_editable"
    answer = await api.ok("POST", path, {"values": {"text": "Dear Madam"}})
    await api.ended(session)

    action = browsers.of(session).acted[0]
    assert isinstance(action, Type)
    assert action.text == "Dear Madam"
    assert answer["request"]["decision"]["values"] == {"text": "Dear Madam"}
    done = [event for event in await api.events(session) if event["eventType"] == "action"][-1]
    assert 'Type "Dear Madam"' in done["data"]["description"]


async def test_what_is_allowed_for_the_session_is_not_asked_about_again(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, Calls(Call("click", target="Pay the rest")), DONE]
    session = await api.create("Buy both.")

    request = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{request['id']}/approve", {"forSession": True})
    await api.ended(session)

    events = await api.events(session)
    assert len([event for event in events if event["eventType"] == "human_layer_request"]) == 1
    assert verbs(browsers, session) == ["click", "click"]
    last = [event for event in events if event["eventType"] == "action"][-1]
    assert last["data"]["because"] == 'A person allowed "pay" here for this session.'


async def test_what_is_allowed_for_one_session_is_asked_about_in_the_next(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE, PAY]
    first = await api.create("Buy it.")
    await api.ok("POST", f"{REQUESTS}/{(await api.asked(first))['id']}/approve", {"forSession": True})
    await api.ended(first)

    second = await api.create("Buy another.")

    assert (await api.asked(second))["action"]["kind"] == "pay"
    assert verbs(browsers, second) == []


async def test_an_approval_that_does_not_say_so_is_for_one_act_only(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, PAY, DONE]
    session = await api.create("Buy both.")

    first = await api.asked(session)
    await api.ok("POST", f"{REQUESTS}/{first['id']}/approve")
    await api.until(
        session, lambda e: e["eventType"] == "human_layer_request" and e["data"]["request"]["id"] != first["id"]
    )

    assert verbs(browsers, session) == ["click"]


async def test_what_is_denied_is_not_done_and_the_agent_is_told_why(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE]
    config = {"policy": {"rules": [{"verdict": "deny", "kinds": ["pay"], "why": "Nothing is bought here."}]}}

    session = await api.create("Buy it.", config=config)
    await api.ended(session)

    failed = [event for event in await api.events(session) if event["eventType"] == "action"]
    assert [(event["data"]["phase"], event["data"]["kind"]) for event in failed] == [("failed", "pay")]
    assert verbs(browsers, session) == []
    assert "says deny. Nothing is bought here." in model.asked[1].text


async def test_a_session_may_allow_what_is_asked_about(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE]

    session = await api.create("Buy it.", config={"policy": {"kinds": {"pay": "allow"}}})
    await api.ended(session)

    assert verbs(browsers, session) == ["click"]


async def test_a_policy_that_makes_no_sense_is_refused_at_once(api: Api) -> None:
    status, answer = await api.answer("POST", "/api/sessions", {"config": {"policy": {"kinds": {"pay": "maybe"}}}})

    assert (status, answer["code"]) == (400, "invalid_payload")
    assert "kinds.pay" in answer["error"]


async def test_a_page_that_changes_under_an_approval_is_asked_about_again(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    model.script = [PAY, DONE]
    session = await api.create("Buy it.")

    first = await api.asked(session)
    browsers.state = "another price"
    await api.ok("POST", f"{REQUESTS}/{first['id']}/approve")
    event = await api.until(
        session, lambda e: e["eventType"] == "human_layer_request" and e["data"]["request"]["id"] != first["id"]
    )
    assert verbs(browsers, session) == []
    await api.ok("POST", f"{REQUESTS}/{event['data']['request']['id']}/approve")
    await api.ended(session)

    assert verbs(browsers, session) == ["click"]


async def test_a_playbook_is_held_up_only_by_what_somebody_wrote_down(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('[kinds]\npay = "deny"\n')
    browsers = ScriptedBrowsers()
    browsers.facts = {"tag": "button", "said": "Pay now"}
    settings: list[dict[str, Any]] = [{}, {"policy": tmp_path / "policy.toml"}]

    reasons: list[str] = []
    for number, one in enumerate(settings):
        async with scripted_server(tmp_path / str(number), browsers, **one) as kit:
            api = Api(kit.url)
            reasons.append((await api.ended(await api.create('click "Pay now"')))["reason"])
            await api.close()

    assert reasons == ["done", "step_failed"]


async def test_explain_says_why_and_what_another_policy_would_say(
    kit: Kit, api: Api, model: ScriptedModel, tmp_path: Path
) -> None:
    model.script = [Calls(Call("press", key="Escape")), PAY, DONE]
    (tmp_path / "other.toml").write_text('[[rules]]\nverdict = "deny"\nkinds = ["pay"]\nwhy = "No money."\n')
    session = await api.create("Buy it.")
    await api.ok("POST", f"{REQUESTS}/{(await api.asked(session))['id']}/approve")
    await api.ended(session)

    told = await zenobia(
        *("policy", "explain", "last", "--policy", "other.toml", "--json", "--server", kit.url), cwd=tmp_path
    )

    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [(row["kind"], row["was"], row["wouldBe"].partition(":")[0]) for row in rows] == [
        ("read", "allowed", "allow"),
        ("pay", "asked", "deny"),
        ("pay", "done, as approved", "deny"),
    ]
    assert "No money." in rows[1]["wouldBe"]
    assert rows[1]["why"] == '"pay" is asked about unless a policy says otherwise.'


async def test_every_event_of_an_action_says_where_its_target_is(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.facts = {"tag": "button", "said": "Next"}
    model.script = [Calls(Call("click", target="Next"), Call("press", key="Escape")), DONE]

    sessions = [await api.create("Click it."), await api.create('click "Next"\npress Escape', sessionType="playbook")]

    for session in sessions:
        await api.ended(session)
        acted = [event["data"] for event in await api.events(session) if event["eventType"] == "action"]
        told = [(one["action"]["verb"], one["phase"], one["box"]) for one in acted]
        assert told == [
            *(("click", "started", WHERE), ("click", "done", WHERE)),
            *(("press", "started", None), ("press", "done", None)),
        ]
