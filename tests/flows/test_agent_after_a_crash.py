"""A session that a model drives goes on after its server was killed, and the model is told what is not known."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic_ai.messages import ModelResponse, ToolCallPart

from tests.flows.conftest import Api
from tests.flows.server import ServerProcess
from tests.flows.test_replaying import Shop
from zenobia.agents.base import Left
from zenobia.agents.base import Turn as AgentsTurn
from zenobia.agents.browser.conversation import Conversation
from zenobia.agents.browser.resuming import left_over
from zenobia.operators.base import Outcome
from zenobia.protocol.events import ActionData
from zenobia.testing import ScriptedBrowsers, scripted_server
from zenobia.testing.models import Asked, Call, Calls, ScriptedModel, Stalls, Turn


@pytest.mark.usefixtures("thinking")
async def test_an_action_that_a_crash_cut_off_is_unknown_to_the_model_and_not_repeated(
    tmp_path: Path, model: ScriptedModel
) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    model.script = [
        Calls(Call("scroll", to="down"), Call("press", key="Escape"), Call("scroll", to="up"), text="The price is 5."),
        Calls(Call("done", text="It costs 5.")),
    ]
    server = ServerProcess("press", **settings)
    try:
        api = Api(await server.url())
        api.wait(40)  # a fresh process has to load what thinks
        session = await api.create("What does it cost?")
        await api.until(session, lambda event: "Escape" in event["message"])
        await api.close()
    finally:
        server.kill()

    browsers = ScriptedBrowsers()
    async with scripted_server(browsers=browsers, **settings) as kit:
        api = Api(kit.url)
        ended = await api.ended(session)
        events = await api.events(session)
        await api.close()

    said = model.asked[1].text
    assert "Nobody knows whether this was done" in said
    assert "Not done: the server was interrupted." in said
    assert "The price is 5." in said, "what the model noted is kept"
    assert browsers.of(session).acted == []
    assert ended["result"]["text"] == "It costs 5."
    assert [e["data"]["phase"] for e in events if e["eventType"] == "action"] == [
        *("started", "done", "started", "unknown"),
    ]


@pytest.mark.usefixtures("thinking")
async def test_a_message_that_was_read_and_not_yet_decided_on_survives_a_crash(
    tmp_path: Path, model: ScriptedModel
) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    thinks = asyncio.Event()

    def stall(_: Asked) -> Turn:
        thinks.set()
        return Stalls()

    model.script = [Calls(Call("press", key="Escape")), stall, Calls(Call("done", text="The red one."))]
    server = ServerProcess("press", **settings)
    try:
        api = Api(await server.url())
        api.wait(40)  # a fresh process has to load what thinks
        session = await api.create("Which one?")
        await api.until(session, lambda event: "Escape" in event["message"])
        await api.close()
    finally:
        server.kill()
    server = ServerProcess(**settings)
    try:
        api = Api(await server.url())
        await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "The red one, please."})
        async with asyncio.timeout(40):
            await thinks.wait()
        await api.close()
    finally:
        server.kill()

    async with scripted_server(**settings) as kit:
        api = Api(kit.url)
        await api.ended(session)
        await api.close()

    assert "The user says: The red one, please." in model.asked[-1].text


def stalls(reached: asyncio.Event) -> Callable[[Asked], Turn]:
    """A model that is reached and does not answer."""

    def stall(_: Asked) -> Turn:
        reached.set()
        return Stalls()

    return stall


@pytest.mark.usefixtures("thinking")
@pytest.mark.parametrize(
    ("call", "verdict", "said", "told"),
    [
        (Call("ask", what="Which size?"), "respond", {"response": "XL"}, "A person answered: XL"),
        (Call("ask", what="Which size?"), "deny", {"reason": "Not me."}, "A person declined. Reason: Not me."),
        (Call("click", target="e1"), "deny", {"reason": "Never."}, "a person refused it. Reason: Never."),
        (Call("click", target="e1"), "respond", {"response": "Ask Bob."}, "a person answered instead: Ask Bob."),
    ],
)
@pytest.mark.parametrize("down", ["before it is decided", "while the model thinks"])
async def test_what_a_person_decided_is_told_once_whenever_the_server_stops(
    tmp_path: Path, model: ScriptedModel, call: Call, verdict: str, said: dict[str, str], told: str, down: str
) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    thinks = asyncio.Event()
    model.script = [Calls(Call("say", text="One moment."), call), stalls(thinks)]
    policy = {"policy": {"kinds": {"click": "ask"}}}
    async with scripted_server(browsers=Shop(), **settings) as kit:
        api = Api(kit.url)
        session = await api.create("Buy one.", config=policy)
        request = await api.asked(session)
        if down == "while the model thinks":
            await api.ok("POST", f"/api/human-layer/requests/{request['id']}/{verdict}", said)
            await thinks.wait()
        await api.close()

    model.script = [Calls(Call("done", text="Done."))]
    async with scripted_server(browsers=Shop(), **settings) as kit:
        api = Api(kit.url)
        if down == "before it is decided":
            await api.ok("POST", f"/api/human-layer/requests/{request['id']}/{verdict}", said)
        await api.ended(session)
        events = await api.events(session)
        await api.close()

    assert told in model.asked[-1].text
    assert "decide again" not in model.asked[-1].text
    assert [event["eventType"] for event in events].count("human_layer_request") == 1
    assert [event["message"] for event in events].count("One moment.") == 1


@pytest.mark.usefixtures("thinking")
async def test_what_was_allowed_while_the_server_was_down_is_done_once_and_not_asked_again(
    tmp_path: Path, model: ScriptedModel
) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    click = Calls(Call("click", target="e2"))
    model.script = [click]
    async with scripted_server(browsers=Shop(), **settings) as kit:
        api = Api(kit.url)
        session = await api.create("Go on.", config={"policy": {"kinds": {"click": "ask"}}})
        request = await api.asked(session)
        await api.close()

    model.script = [click, Calls(Call("done", text="Done."))]
    browsers = Shop()
    async with scripted_server(browsers=browsers, **settings) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        events = await api.events(session)
        await api.close()

    assert "a person had allowed it" in model.asked[1].text
    assert (ended["status"], [action.verb for action in browsers.of(session).acted]) == ("completed", ["click"])
    assert [event["eventType"] for event in events].count("human_layer_request") == 1


@pytest.mark.usefixtures("thinking")
@pytest.mark.parametrize(
    ("verdict", "said", "end"),
    [("respond", {"response": "Never press it."}, "completed"), ("deny", {"reason": "Leave it."}, "failed")],
)
async def test_what_a_person_says_to_an_agent_that_does_not_get_on_is_heard_after_a_stop(
    tmp_path: Path, model: ScriptedModel, verdict: str, said: dict[str, str], end: str
) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    model.script = [Calls(Call("press", key="Escape")) for _ in range(20)]
    async with scripted_server(browsers=Shop(), **settings) as kit:
        api = Api(kit.url)
        session = await api.create("Close it.")
        request = await api.asked(session)
        await api.close()

    model.script = [Calls(Call("done", text="Done."))]
    async with scripted_server(browsers=Shop(), **settings) as kit:
        api = Api(kit.url)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/{verdict}", said)
        ended = await api.ended(session)
        await api.close()

    assert "does not get on" in request["title"]
    assert ended["status"] == end
    assert "A person says: Never press it." in model.asked[-1].text or "Leave it." in ended["error"]["error"]


@pytest.mark.usefixtures("thinking")
async def test_what_was_read_is_known_after_a_stop(tmp_path: Path, model: ScriptedModel) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    thinks = asyncio.Event()
    model.script = [Calls(Call("extract", target="Price", name="price")), stalls(thinks)]
    read = ScriptedBrowsers({"extract": Outcome("Read it.", value="5 euros")})
    async with scripted_server(browsers=read, **settings) as kit:
        api = Api(kit.url)
        session = await api.create("What does it cost?")
        await thinks.wait()
        await api.close()

    model.script = [Calls(Call("done", text="It is read."))]
    async with scripted_server(**settings) as kit:
        api = Api(kit.url)
        ended = await api.ended(session)
        await api.close()

    assert "It says: 5 euros" in model.asked[-1].text
    assert ended["result"]["extracted"] == {"price": "5 euros"}


class Former:
    """A turn of which an earlier runner left this."""

    def __init__(self, action: ActionData, since: int = 0) -> None:
        self._left = Left(action, [])
        self.since = since

    async def ready(self) -> None: ...

    async def before(self) -> Left:
        return self._left


@pytest.mark.parametrize(("steps", "told"), [(8, "Not done: the server was interrupted."), (None, "Done, before the")])
async def test_an_action_of_a_playbook_is_none_of_the_model_that_stands_in(steps: int | None, told: str) -> None:
    newest = ActionData(action_id="1", phase="done", action={}, description="", step=1, steps=steps)
    response = ModelResponse(parts=[ToolCallPart("click", {"target": "e1"}, tool_call_id="c")])

    [(_, text)] = await left_over(cast("AgentsTurn", Former(newest)), Conversation(messages=[response]))

    assert text.startswith(told)


async def test_what_was_said_before_a_session_ended_is_not_told_to_be_undone() -> None:
    newest = ActionData(action_id="1", phase="done", action={}, description="", step=1, steps=None)
    parts = [ToolCallPart(name, {}, tool_call_id=name) for name in ("say", "click", "scroll")]

    told = await left_over(
        cast("AgentsTurn", Former(newest, since=9)), Conversation(messages=[ModelResponse(parts=parts)])
    )

    assert [(call.tool, text) for call, text in told] == [
        ("say", "Done."),
        ("click", "Done, before the session ended."),
        ("scroll", "Not done: the session ended. Look at the page and decide again."),
    ]
