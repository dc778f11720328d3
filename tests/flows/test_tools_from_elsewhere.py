"""Tools of real MCP servers, over standard input and output and over HTTP, called by a scripted model."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.flows.conftest import Api
from tests.flows.server import ServerProcess
from tests.mcp_server import ORDER, serving_notes
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server
from zenobia.testing.models import Call, Calls, ScriptedModel

DONE = Calls(Call("done", text="At nine."))
SEARCH = Calls(Call("notes__search", words="bread"))
REQUESTS = "/api/human-layer/requests"
START = 30.0
"""Seconds of patience: programs have to start, load much, and end."""

ALLOWED = {"policy": {"rules": [{"verdict": "allow", "origins": ["mcp://notes/*"]}]}}

pytestmark = pytest.mark.usefixtures("thinking")


def notes(folder: Path, **more: Any) -> dict[str, Any]:
    """The setting that names the notebook as a program."""
    return {"command": sys.executable, "args": ["-m", "tests.mcp_server", str(folder)], **more}


@pytest.fixture
async def over_http(tmp_path: Path) -> AsyncGenerator[str]:
    """The notebook's address; with this it is no program."""
    async with serving_notes(tmp_path) as url:
        yield url


@pytest.fixture
def chosen(model: ScriptedModel, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    thinking = {"model": "openai:scripted", "model_base_url": f"{model.url}/v1", "model_timeout": 5}
    far = "over_http" in request.fixturenames
    server = {"url": request.getfixturevalue("over_http")} if far else notes(tmp_path)
    return {**thinking, "mcp_servers": {"notes": server}, "mcp_timeout": 1 if far else 60}


@pytest.fixture
async def api(kit: Kit) -> AsyncGenerator[Api]:
    speaking = Api(kit.url)
    speaking.wait(START)
    yield speaking
    await speaking.close()


def calls(folder: Path) -> list[str]:
    kept = folder / "calls"
    return kept.read_text().splitlines() if kept.exists() else []


def processes(folder: Path) -> list[psutil.Process]:
    """Those that the notebook had, and that live."""
    numbers = (folder / "processes").read_text().split()
    return [psutil.Process(int(number)) for number in numbers if psutil.pid_exists(int(number))]


async def gone(left: list[psutil.Process]) -> bool:
    """Whether they all end within the time that a server is given to end by itself, and to be ended."""
    return (await asyncio.to_thread(psutil.wait_procs, left, timeout=START))[1] == []


def of_actions(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(e["data"]["phase"], e["data"]["action"]["tool"]) for e in events if e["eventType"] == "action"]


async def test_a_call_is_asked_about_recorded_done_once_and_what_it_answers_is_only_data(
    api: Api, model: ScriptedModel, browsers: ScriptedBrowsers, tmp_path: Path
) -> None:
    model.script = [SEARCH, Calls(Call("notes__delete", number=1)), DONE]
    session = await api.create("When is the bread done?")

    request = await api.pending(session)
    assert calls(tmp_path) == []
    await api.ok("POST", f"{REQUESTS}/{request['id']}/approve")
    obeyed = await api.pending(session)
    await api.ok("POST", f"{REQUESTS}/{obeyed['id']}/deny", {"reason": "Nobody asked for that."})
    ended, events = await api.ended(session), await api.events(session)

    assert (request["action"]["kind"], request["action"]["origin"]) == ("tool", "mcp://notes/search")
    assert request["title"] == 'Call search of notes with {"words":"bread"}'
    assert request["action"]["values"]["arguments"] == {"words": "bread"}
    assert calls(tmp_path) == ["search bread"], "the agent that obeys the answer is stopped by policy"
    assert of_actions(events) == [("started", "search"), ("done", "search")]
    assert browsers.of(session).acted == []
    assert {"click", "notes__search", "notes__delete"} <= model.asked[0].tools
    said = model.asked[1].text
    assert said.index("<answer of notes ") < said.index(ORDER) < said.index("\n</answer of notes ")
    assert "Nobody asked for that." in model.asked[2].text
    assert ended["status"] == "completed"
    assert await gone(processes(tmp_path))


@pytest.mark.usefixtures("over_http")
async def test_a_tool_is_allowed_and_denied_by_name(api: Api, model: ScriptedModel, tmp_path: Path) -> None:
    rules = [
        {"verdict": "allow", "origins": ["mcp://notes/*"]},
        {"verdict": "deny", "origins": ["mcp://notes/delete"], "why": "Notes stay."},
    ]
    model.script = [SEARCH, Calls(Call("notes__delete", number=1)), DONE]

    session = await api.ended(await api.create("Tidy up.", config={"policy": {"rules": rules}}))

    assert calls(tmp_path) == ["search bread"]
    assert "Notes stay." in model.asked[2].text
    assert session["status"] == "completed"


@pytest.mark.usefixtures("over_http")
async def test_what_goes_wrong_with_a_call_is_read_by_the_model_which_goes_on(
    api: Api, model: ScriptedModel, tmp_path: Path
) -> None:
    tried = ("torn", "everything", "keys", "ponder")
    wrong = Calls(Call("notes__search", phrase="bread"))
    model.script = [*(Calls(Call(f"notes__{tool}")) for tool in tried), wrong, SEARCH, DONE]

    session = await api.create("Read.", config=ALLOWED)
    ended, events = await api.ended(session), await api.events(session)

    told = [asked.text for asked in model.asked[1:]]
    assert 'The tool "torn" of "notes" failed: Error executing tool torn' in told[0]
    assert "(60000 characters, the rest is not kept)" in told[1]
    assert len(told[1]) < 20_000
    assert "None None None" in told[2], "nothing of the server's environment is passed on unasked"
    assert "nobody knows whether it did anything: Request 'tools/call' timed out." in told[3]
    assert '"words" is a required property' in model.asked[5].last
    assert "bread at nine" in told[5]
    assert calls(tmp_path) == ["ponder", "search bread"]
    assert [phase for phase, _ in of_actions(events) if phase != "started"] == [
        *("failed", "done", "done", "unknown", "done"),
    ]
    assert ended["status"] == "completed"


async def test_a_program_that_ends_in_a_call_is_started_anew_for_the_next_one(
    api: Api, model: ScriptedModel, tmp_path: Path
) -> None:
    model.script = [Calls(Call("notes__burn")), SEARCH, DONE]

    session = await api.create("Read.", config=ALLOWED)
    await api.ended(session)

    assert "nobody knows whether it did anything: Connection closed." in model.asked[1].text
    assert calls(tmp_path) == ["burn", "search bread"]
    assert await gone(processes(tmp_path))


async def test_a_server_over_http_gets_the_headers_that_the_environment_holds(
    tmp_path: Path, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_FOR_NOTES", "sesame")
    model.script = [Calls(Call("notes__keys")), SEARCH, DONE]
    async with serving_notes(tmp_path) as url:
        servers = {
            "notes": {"url": url, "headers": {"X-Notes-Key": "KEY_FOR_NOTES"}},
            "keyless": {"url": url, "headers": {"X-Notes-Key": "NO_SUCH_VARIABLE"}},
            "nowhere": {"command": "/nowhere/at/all"},
        }
        thinking: dict[str, Any] = {"model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
        async with scripted_server(tmp_path / "data", mcp_servers=servers, **thinking) as kit:
            api = Api(kit.url)
            session = await api.create("When?", config=ALLOWED)
            ended, events = await api.ended(session), await api.events(session)
            await api.close()

    assert "sesame" in model.asked[1].text
    assert calls(tmp_path) == ["search bread"]
    assert ended["status"] == "completed"
    missing = {e["data"]["details"]["server"]: e["message"] for e in events if e["eventType"] == "warning"}
    assert missing == {
        "keyless": 'The MCP server "keyless" is not there: the environment variable NO_SUCH_VARIABLE is not set.',
        "nowhere": 'The MCP server "nowhere" is not there: its program was not found.',
    }


async def test_a_session_can_neither_describe_a_server_nor_name_one_that_the_settings_do_not(
    api: Api, model: ScriptedModel, tmp_path: Path
) -> None:
    for named in (["others"], [{"command": "sh"}], {"evil": {"command": "sh"}}, "notes", [5]):
        status, answer = await api.answer("POST", "/api/sessions", {"prompt": "Go.", "config": {"mcpServers": named}})
        assert (status, answer["code"]) == (400, "invalid_payload")
        assert "config.mcpServers" in answer["error"]

    model.script = [Calls(Call("notes__search", words="bread")), DONE]

    session = await api.ended(await api.create("Go.", config={"mcpServers": [], **ALLOWED}))

    assert not any(tool.startswith("notes__") for tool in model.asked[0].tools)
    assert 'There is no tool "notes__search"' in model.asked[1].last
    assert session["status"] == "completed"
    assert not (tmp_path / "processes").exists()


async def test_a_killed_server_leaves_no_program_behind_and_a_call_that_it_cut_off_is_not_repeated(
    tmp_path: Path, model: ScriptedModel
) -> None:
    thinking: dict[str, Any] = {"model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
    settings: dict[str, Any] = {"data_dir": tmp_path / "data", "mcp_servers": {"notes": notes(tmp_path)}, **thinking}
    model.script = [Calls(Call("notes__ponder")), DONE]
    server = ServerProcess(**settings)
    try:
        api = Api(await server.url())
        api.wait(START)
        session = await api.create("Ponder.", config=ALLOWED)
        await api.until(session, lambda event: event["eventType"] == "action")
        await api.close()
        left = processes(tmp_path)
    finally:
        server.kill()

    assert len(left) == 2
    assert await gone(left)
    async with scripted_server(**settings) as kit:
        api = Api(kit.url)
        await api.ended(session)
        events = await api.events(session)
        await api.close()
    assert of_actions(events) == [("started", "ponder"), ("unknown", "ponder")]
    assert "Nobody knows whether this was done" in model.asked[1].text
    assert calls(tmp_path) in ([], ["ponder"])
