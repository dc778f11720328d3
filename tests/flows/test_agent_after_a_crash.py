"""A session that a model drives goes on after its server was killed, and the model is told what is not known."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Api
from tests.flows.server import ServerProcess
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
