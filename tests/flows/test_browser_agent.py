"""Sessions that a model drives, with scripted browsers: what it is told, what comes of its calls, and how they end."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest

from tests.flows.conftest import Api
from tests.unit.test_schemas import doubling
from zenobia.agents.browser.conversation import KEPT
from zenobia.operators.base import Observation, Outcome, Tab
from zenobia.operators.scripted import ScriptedOperator
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Asked, Call, Calls, Fails, ScriptedModel, Stalls, Turn

DONE = Calls(Call("done", text="The ferry leaves at nine."))

pytestmark = pytest.mark.usefixtures("thinking")


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["eventType"] == kind]


async def test_a_configured_model_drives_sessions_by_default(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("open", url="https://ferry.example/")), DONE]

    session = await api.ended(await api.create("When does the ferry leave?"))

    assert (session["type"], session["status"], session["reason"]) == ("browser", "completed", "done")
    assert session["result"]["text"] == "The ferry leaves at nine."
    assert "When does the ferry leave?" in model.asked[0].text
    assert "https://ferry.example/" in model.asked[1].last


async def test_actions_are_recorded_as_any_agents_are_with_what_they_cost(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("open", url="https://a.example/"), Call("scroll", to="down"), input_tokens=900), DONE]

    session = await api.create("Look.")
    ended, events = await api.ended(session), await api.events(session)

    told = [
        (event["data"]["phase"], event["data"]["description"], event["data"]["step"])
        for event in of_type(events, "action")
    ]
    assert told == [
        ("started", "Open https://a.example/", 1),
        ("done", "Open https://a.example/", 1),
    ], "the page changed, so the second was dropped"
    assert ended["usage"] == {"steps": 1, "inputTokens": 1_900, "outputTokens": 100, "cost": None}
    assert "a cost that is not known" in of_type(events, "usage")[-1]["message"]


async def test_what_comes_of_a_call_is_told_to_the_model(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["extract"] = Outcome("Read the table.", value=[{"to": "Bergen", "at": "9:00"}])
    browsers.answers["click"] = TargetNotFound(wanted='"Tickets"', present='link "Times"')
    model.script = [
        Calls(
            Call("extract", target="Times", name="times"), Call("click", target="Tickets"), Call("press", key="Enter")
        ),
        Calls(
            Call(
                "done", text="At nine.", claims=[{"kind": "read", "value": "9:00"}, {"kind": "shows", "value": "Moon"}]
            )
        ),
    ]

    session = await api.ended(await api.create("When?"))

    said = model.asked[1].text
    assert '{"to":"Bergen","at":"9:00"}' in said
    assert 'Failed: There is no "Tickets" on the page. What is there: link "Times".' in said
    assert "Not done: what came before it failed." in said
    assert session["result"]["extracted"] == {"times": [{"to": "Bergen", "at": "9:00"}]}
    assert [(claim["value"], claim["verified"]) for claim in session["result"]["claims"]] == [
        ("9:00", True),
        ("Moon", False),
    ]


async def test_an_answer_that_cannot_be_used_gets_one_more_chance(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("click", raw='{"target": "e')), DONE]

    session = await api.ended(await api.create("Go."))

    assert session["status"] == "completed"
    assert "Your last answer could not be used. click: " in model.asked[1].last


@pytest.mark.parametrize(
    "useless",
    [
        Calls(text="I am done."),
        Calls(Call("run_python", code="1")),
        Calls(Call("click", where="e5")),
        Calls(Call("click", raw="{")),
    ],
    ids=["no call", "unknown tool", "wrong arguments", "no JSON"],
)
async def test_answers_that_stay_useless_end_the_session(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers, useless: Calls
) -> None:
    model.script = [useless, useless]

    session = await api.ended(await api.create("Go."))

    assert (session["status"], session["reason"]) == ("failed", "model_error")
    assert "answers cannot be used" in session["error"]["error"]
    assert browsers.of(session["id"]).acted == []


async def test_waiting_for_a_model_is_told_with_the_time_of_the_next_try(api: Api, model: ScriptedModel) -> None:
    model.script = [Fails(429, retry_after=0.05), DONE]

    session = await api.create("Go.")
    await api.ended(session)

    warning = of_type(await api.events(session), "warning")[0]
    assert warning["data"]["code"] == "waiting_for_model"
    assert warning["data"]["details"]["nextTryAt"] > warning["timestamp"] - 1_000
    assert warning["data"]["details"]["problem"] == "too many requests"


async def test_a_model_that_refuses_ends_the_session_with_its_reason(api: Api, model: ScriptedModel) -> None:
    model.script = [Fails(401)]

    session = await api.ended(await api.create("Go."))

    assert (session["status"], session["reason"]) == ("failed", "model_error")
    assert "status 401" in session["error"]["error"]


async def test_a_session_may_choose_its_model(api: Api, model: ScriptedModel) -> None:
    model.script = [DONE]

    await api.ended(await api.create("Go.", config={"model": "openai:another"}))

    assert model.asked[0].body["model"] == "another"


async def test_a_model_that_gives_up_says_what_is_missing(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("done", text="There is no ferry on Sundays.", success=False))]

    session = await api.ended(await api.create("Book."))

    assert (session["status"], session["reason"]) == ("failed", "gave_up")
    assert session["result"]["text"] == "There is no ferry on Sundays."


async def test_done_beside_other_calls_waits_until_they_are_seen(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("press", key="Enter"), Call("done", text="Sent.")), DONE]

    session = await api.ended(await api.create("Send."))

    assert session["result"]["text"] == "The ferry leaves at nine."
    assert "Not ended: call done alone" in model.asked[1].text


async def test_the_user_is_read_at_the_next_step(api: Api, model: ScriptedModel, browsers: ScriptedBrowsers) -> None:
    browsers.hold()
    model.script = [Calls(Call("press", key="Enter")), DONE]
    session = await api.create("Go.")
    await browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "The red one, please."})
    browsers.release()
    await api.ended(session)

    assert "The user says: The red one, please." in model.asked[1].text


async def test_a_question_is_asked_and_its_answer_read(api: Api, model: ScriptedModel) -> None:
    model.script = [Calls(Call("ask", what="Which day?")), DONE]
    session = await api.create("Book a ferry.")

    request = await api.asked(session)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "Friday"})
    await api.ended(session)

    assert (request["kind"], request["title"]) == ("question", "Which day?")
    assert "A person answered: Friday" in model.asked[1].text


async def test_files_are_read_and_written(api: Api, kit: Kit, model: ScriptedModel) -> None:
    headers = {"Content-Type": "text/plain", "Content-Disposition": 'attachment; filename="list.txt"'}
    async with httpx.AsyncClient(base_url=kit.url, timeout=30) as client:
        await client.put("/api/files/list", content=b"bread\nfish", headers=headers)
    model.script = [
        Calls(Call("read_file", file="list.txt"), Call("write_file", name="bought.csv", text="bread,1")),
        DONE,
    ]

    session = await api.ended(await api.create("Buy what is on the list.", fileIds=["list"]))

    assert "Files: list.txt" in model.asked[0].last
    assert "bread\nfish" in model.asked[1].text
    assert "*bought.csv" in model.asked[1].last
    assert [(file["fileName"], file["origin"]) for file in session["files"]] == [
        ("list.txt", "client"),
        ("bought.csv", "agent"),
    ]


async def test_a_result_has_the_form_that_was_asked_for(api: Api, model: ScriptedModel) -> None:
    form = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
    model.script = [
        Calls(Call("done", text="Nine.", data={"when": 9})),
        Calls(Call("done", text="Nine.", data={"at": "9:00"})),
    ]

    session = await api.ended(await api.create("When?", config={"outputSchema": form}))

    assert session["result"]["data"] == {"at": "9:00"}
    assert "data does not fit" in model.asked[1].text
    [offered] = [tool["function"] for tool in model.asked[0].body["tools"] if tool["function"]["name"] == "done"]
    assert set(offered["parameters"]["properties"]["data"]["properties"]) == {"at"}, "the model is told of the form"
    assert "data" in offered["parameters"]["required"]


@pytest.mark.parametrize(("form", "said"), [("object", "an object"), ({"pattern": "("}, "regex")])
async def test_a_form_that_is_no_schema_is_refused_when_the_session_is_made(api: Api, form: Any, said: str) -> None:
    status, refused = await api.answer("POST", "/api/sessions", {"prompt": "When?", "config": {"outputSchema": form}})

    assert (status, refused["code"]) == (400, "invalid_payload")
    assert said in refused["error"]


async def test_a_form_that_takes_for_ever_holds_no_other_session_up(api: Api, model: ScriptedModel) -> None:
    model.script = [
        Calls(Call("done", text="Nine.", data={"at": "9:00"})),
        Calls(Call("done", text="It cannot be said so.", success=False)),
    ]
    session = await api.create("When?", config={"outputSchema": doubling(60)})

    ending, answers = asyncio.create_task(api.ended(session), name="ending"), 0
    while not ending.done():
        await api.session(session)
        await asyncio.sleep(0.05)  # a client may send 50 a second
        answers += 1

    assert ((await ending)["reason"], "takes too long" in model.asked[1].text) == ("gave_up", True)
    assert answers > 20


async def test_a_result_that_never_has_the_form_ends_the_session_and_is_not_taken(
    api: Api, model: ScriptedModel
) -> None:
    form = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
    model.script = [*[Calls(Call("done", text="Nine.", data={"when": 9}))] * 5]

    session = await api.ended(await api.create("When?", config={"outputSchema": form}))

    assert (session["status"], session["reason"]) == ("failed", "model_error")
    assert "does not fit the schema" in session["error"]["error"]
    assert "when" not in str(session["result"])
    assert len(model.asked) == 3


async def test_an_answer_that_uses_up_the_budget_and_cannot_be_used_gets_no_other(
    api: Api, model: ScriptedModel
) -> None:
    model.script = [Calls(text="Hm.", input_tokens=1_200, output_tokens=0), DONE]

    session = await api.ended(await api.create("When?", config={"budget": {"tokens": 1_000}}))

    assert (session["status"], session["reason"]) == ("failed", "budget")
    assert "1200 of 1000 tokens" in session["error"]["error"]
    assert len(model.asked) == 1


async def test_a_budget_is_warned_of_at_four_fifths_and_then_ends_the_session_with_what_was_found(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.answers["extract"] = Outcome("Read it.", value="9:00")
    model.script = [
        Calls(Call("extract", target="Time", name=f"time {at}"), input_tokens=tokens, output_tokens=0)
        for at, tokens in enumerate((790, 10, 550, 400))
    ]

    session = await api.create("When?", config={"budget": {"tokens": 1_000}})
    ended, events = await api.ended(session), await api.events(session)

    assert (ended["status"], ended["reason"]) == ("failed", "budget")
    assert "1350 of 1000 tokens" in ended["error"]["error"]
    [warning] = of_type(events, "warning")
    assert (warning["data"]["code"], warning["data"]["details"]["part"]) == ("budget", 0.8)
    assert "The budget runs low" not in model.asked[1].text
    assert "The budget runs low: 800 of 1000 tokens" in model.asked[2].text
    assert set(ended["result"]["extracted"]) == {"time 0", "time 1", "time 2"}


async def test_a_conversation_that_was_shortened_still_holds_the_job_the_files_the_tabs_and_what_was_decided(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.agents.browser.conversation.LONG", 4_000)
    browsers.answers["extract"] = Outcome("Read it.", value="9:00 " * 200)
    tabs = tuple(Tab(at, name, f"https://{at}.example/", current=at == 1) for at, name in ((1, "Times"), (2, "Fares")))
    seen = Observation("https://1.example/", "Times", tabs, "# Times")
    monkeypatch.setattr(ScriptedOperator, "observe", AsyncMock(return_value=seen))
    model.script = [
        Calls(Call("write_file", name="fares.txt", text="5")),
        Calls(Call("ask", what="Which day?")),
        *(Calls(Call("extract", target="Times", name=f"times {at}"), text=f"Noted {at}.") for at in range(KEPT + 3)),
        DONE,
    ]
    session = await api.create("When is the ferry?")

    request = await api.asked(session)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "On Friday."})
    await api.ended(session)

    told = [event["data"]["code"] for event in of_type(await api.events(session), "warning")]
    assert "conversation_shortened" in told
    last = model.asked[-1].text
    assert "What was done before, summed up:" in last
    for words in (
        "The job: When is the ferry?",
        "A person answered: On Friday.",
        "Files: fares.txt",
        "'Fares'",
        "Noted 0.",
    ):
        assert words in last


async def test_nothing_of_models_is_loaded_before_a_session_thinks(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from zenobia.testing import scripted_server
async def main():
    there = dict(model="openai:scripted", model_base_url="http://127.0.0.1:9/v1")
    async with scripted_server(Path({str(tmp_path)!r}), **there) as kit:
        from zenobia.client import Client
        async with Client(kit.url) as client:
            made = await client.create("go back", agent="playbook")
            async for _ in client.follow(made.id):
                pass
            print((await client.get(made.id)).status.value)
    print(*(name for name in ("pydantic_ai", "openai", "anthropic", "google.genai", "mcp") if name in sys.modules))
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()

    assert said == b"completed\n\n"


async def test_an_agent_in_a_rut_asks_instead_of_going_on(api: Api, model: ScriptedModel) -> None:
    model.script = [*[Calls(Call("click", target="Next"))] * 3, DONE]
    session = await api.create("Go.")

    request = await api.asked(session)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/respond", {"response": "Use the menu."})
    ended = await api.ended(session)

    assert "tried the same 3 times" in request["title"]
    assert ended["status"] == "completed"
    assert "A person says: Use the menu." in model.asked[3].text


async def test_a_message_may_interrupt_the_model(api: Api, model: ScriptedModel) -> None:
    model.script = [Stalls(), DONE]
    session = await api.create("Go.", config={"onMessage": "interrupt"})
    await model.woken.wait()

    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "Stop, take the bus."})
    await api.ended(session)

    assert "The user says: Stop, take the bus." in model.asked[1].text


async def test_a_message_waits_for_what_the_model_decides_unless_it_is_to_interrupt(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    async def told_meanwhile(_: Asked) -> Turn:
        [going] = (await api.ok("GET", "/api/sessions"))["sessions"]
        await api.ok("POST", f"/api/sessions/{going['id']}/messages", {"message": "The red one, please."})
        return Calls(Call("press", key="Escape"))

    model.script = [told_meanwhile, DONE]

    session = await api.create("Go.")
    await api.ended(session)

    assert [action.verb for action in browsers.of(session).acted] == ["press"]
    assert "The user says: The red one, please." in model.asked[1].text


@pytest.mark.parametrize(("wish", "done"), [("interrupt", ["scroll"]), ("queue", ["scroll", "press"])])
async def test_a_message_may_interrupt_what_is_left_of_a_turn(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers, wish: str, done: list[str]
) -> None:
    browsers.hold()
    model.script = [Calls(Call("scroll", to="down"), Call("press", key="Escape")), DONE]
    session = await api.create("Go.", config={"onMessage": wish})
    await browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "Stop, take the bus."})
    browsers.release()
    await api.ended(session)

    assert [action.verb for action in browsers.of(session).acted] == done
    assert "The user says: Stop, take the bus." in model.asked[1].text
    assert ("Not done: the user said something." in model.asked[1].text) == (wish == "interrupt")


async def test_without_a_model_such_a_session_says_what_to_set(tmp_path: Path) -> None:
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.ended(await api.create("Go.", sessionType="browser"))
        await api.close()

    assert (session["status"], session["reason"]) == ("failed", "model_error")
    assert "ZENOBIA_MODEL" in session["error"]["error"]


async def test_a_pause_holds_the_next_action_and_the_next_thought(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.hold()
    model.script = [Calls(Call("scroll", to="down"), Call("press", key="Escape")), DONE]
    session = await api.create("Go.")
    await browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/pause")
    browsers.release()
    await api.until(session, lambda event: event["eventType"] == "action" and event["data"]["phase"] == "done")
    assert len(browsers.of(session).acted) == 1
    assert (await api.session(session))["status"] == "paused"
    await api.ok("POST", f"/api/sessions/{session}/resume")
    ended = await api.ended(session)

    assert [action.verb for action in browsers.of(session).acted] == ["scroll", "press"]
    assert ended["status"] == "completed"


async def test_a_session_paused_in_the_middle_of_a_step_asks_no_model_until_it_is_resumed(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers
) -> None:
    browsers.hold()
    model.script = [Calls(Call("scroll", to="down")), DONE]
    session = await api.create("Go.")
    await browsers.acting.wait()

    await api.ok("POST", f"/api/sessions/{session}/pause")
    browsers.release()
    await api.until(session, lambda event: event["eventType"] == "action" and event["data"]["phase"] == "done")
    for _ in range(20):
        assert (await api.session(session))["status"] == "paused"  # and each question gives it time to go wrong
    assert len(model.asked) == 1
    await api.ok("POST", f"/api/sessions/{session}/resume")

    assert (await api.ended(session))["status"] == "completed"
    assert len(model.asked) == 2


async def test_a_pause_while_the_model_thinks_holds_what_it_then_decides(api: Api, model: ScriptedModel) -> None:
    async def paused_meanwhile(_: Asked) -> Turn:
        [going] = (await api.ok("GET", "/api/sessions"))["sessions"]
        await api.ok("POST", f"/api/sessions/{going['id']}/pause")
        return Calls(Call("press", key="Escape"))

    model.script = [paused_meanwhile, DONE]
    session = await api.create("Go.")
    await api.until(session, lambda event: event["eventType"] == "usage")

    await api.ok("POST", f"/api/sessions/{session}/resume")
    await api.ended(session)

    told = [(event["eventType"], event["status"]) for event in await api.events(session)]
    assert ("action", "paused") not in told
    assert told.index(("status", "paused")) < told.index(("usage", "paused")) < told.index(("action", "running"))


@pytest.mark.parametrize(("wish", "pictures"), [("always", 1), ("never", 0), ("auto", 0)])
async def test_a_picture_goes_along_when_it_is_wanted(api: Api, model: ScriptedModel, wish: str, pictures: int) -> None:
    model.script = [DONE]

    await api.ended(await api.create("Look.", config={"vision": wish}))

    assert model.asked[0].images == pictures


async def test_a_whole_session_runs_in_anthropics_format_too(
    api: Api, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_module("pydantic_ai.models.anthropic")  # which takes seconds, and is not what is timed here
    monkeypatch.setenv("ANTHROPIC_BASE_URL", model.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    model.script = [Calls(Call("scroll", to="down"), Call("press", key="Escape"), text="I look."), DONE]

    config = {"model": "anthropic:claude-sonnet-5", "vision": "always"}
    session = await api.ended(await api.create("When?", config=config))

    assert (session["status"], session["error"]) == ("completed", None)
    assert {asked.path for asked in model.asked} == {"/v1/messages"}
    assert [asked.images for asked in model.asked] == [1, 1]
    assert "cache_control" in str(model.asked[1].body["messages"]), "what stays need not be charged in full"
