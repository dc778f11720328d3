"""Who has a key of one workspace learns nothing of another, not even that something is there."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.speaking import connected
from tests.security.conftest import House
from zenobia.protocol.commands import COMMANDS, Command
from zenobia.protocol.ids import new_id
from zenobia.server.reference import EXAMPLES

ASKING = 'open https://example.com then ask a person "May I?"'
NAMED = {
    name: command
    for name, command in COMMANDS.items()
    if {"session_id", "request_id"} & set(command.payload.model_fields)
}
"""Every command that names a thing."""

ALWAYS_DONE = {"leaveSession", "stopLiveView"}
"""Who wants to see no more of something never sees it, whatever it was."""


async def theirs(house: House) -> tuple[str, str, str]:
    """A session of ours that waits for a person, its request, and a file of ours."""
    async with house.http(house.ours) as http:
        session = (await http.post("/api/sessions", json={"prompt": ASKING})).json()["sessionId"]
        request = ""
        async with http.stream(
            "GET", f"/api/sessions/{session}/events", headers={"Accept": "text/event-stream"}
        ) as sse:
            async for line in sse.aiter_lines():
                if line.startswith("data: ") and (event := json.loads(line[6:]))["eventType"] == "human_layer_request":
                    request = event["data"]["request"]["id"]
                    break
        put = await http.put("/api/files/report.txt", content=b"secret numbers")
        assert put.status_code == 200
        return session, request, "report.txt"


def payload(command: Command[Any, Any], session: str, request: str) -> dict[str, Any]:
    """A payload of the command about our things."""
    named = {"sessionId": session} if "session_id" in command.payload.model_fields else {"requestId": request}
    return EXAMPLES[command.name] | named


async def rest(http: httpx.AsyncClient, command: Command[Any, Any], said: dict[str, Any]) -> tuple[int, Any]:
    """The answer to a command over REST, as far as it is not about time."""
    path = command.path.format(**said)
    left = {key: value for key, value in said.items() if f"{{{key}}}" not in command.path}
    how: dict[str, Any] = {"params": left} if command.method == "GET" else {"json": left}
    answer = await http.request(command.method, path, **how)
    return answer.status_code, answer.json()


async def test_no_command_tells_another_workspaces_things_from_nothing(house: House) -> None:
    """38: every command of the table, over both wires, with another workspace's key and our ids."""
    session, request, _ = await theirs(house)

    async with house.http(house.other) as http, connected(house.url, token=house.other) as speaker:
        for name, command in NAMED.items():
            real, none = payload(command, session, request), payload(command, new_id("ses"), new_id("req"))
            answered = await rest(http, command, real)
            assert answered[0] == (200 if name in ALWAYS_DONE else 404), name
            assert answered == await rest(http, command, none), name
            ack = await speaker.ask(name, real)
            assert ack["success"] is (name in ALWAYS_DONE), name
            assert ack == await speaker.ask(name, none), name
        assert speaker.events == []

    async with house.http(house.ours) as http:
        left = (await http.get(f"/api/sessions/{session}")).json()["session"]
    assert left["status"] == "waiting"
    assert [one["id"] for one in left["pendingRequests"]] == [request]


@pytest.mark.parametrize(
    "path",
    [
        "/api/sessions/{session}/events",
        "/api/sessions/{session}/events?after=3",
        "/api/sessions/{session}/pictures/{picture}",
        "/api/files/{file}",
        "/api/files/{file}/text",
    ],
)
async def test_no_route_tells_another_workspaces_things_from_nothing(house: House, path: str) -> None:
    """38: what there is besides the table: events, pictures and files."""
    session, _, file = await theirs(house)
    async with house.http(house.ours) as http:
        events = (await http.get(f"/api/sessions/{session}/events?limit=1000")).json()["events"]
    asked = next(event for event in events if event["eventType"] == "human_layer_request")
    picture = asked["data"]["request"]["screenshotId"]
    real = path.format(session=session, file=file, picture=picture)
    none = path.format(session=new_id("ses"), file="nothing.txt", picture=picture)

    async with house.http(house.ours) as http:
        assert (await http.get(real)).status_code == 200
    async with house.http(house.other, Accept="text/event-stream, application/json") as http:
        answered, unknown = await http.get(real), await http.get(none)

    assert (answered.status_code, answered.json()) == (unknown.status_code, unknown.json())
    assert answered.status_code == 404


async def test_lists_hold_only_ones_own(house: House) -> None:
    """38: listing sessions, requests and files, also from a place in another workspace's list."""
    session, _, file = await theirs(house)

    async with house.http(house.other) as http:
        assert (await http.get("/api/sessions")).json()["sessions"] == []
        assert (await http.get("/api/sessions", params={"before": session})).json()["sessions"] == []
        assert (await http.get("/api/human-layer/requests")).json()["requests"] == []
        assert (await http.get("/api/files")).json()["files"] == []
        assert (await http.get("/api/files", params={"before": file})).json()["files"] == []


async def test_the_same_file_id_in_two_workspaces_is_two_files(house: House) -> None:
    """38: an id that the client chooses means nothing outside its workspace: no reading, replacing or deleting."""
    _, _, file = await theirs(house)

    async with house.http(house.other) as http:
        assert (await http.delete(f"/api/files/{file}")).status_code == 404
        await http.put(f"/api/files/{file}", content=b"mine")
        created = await http.post("/api/sessions", json={"prompt": "wait", "sessionType": "manual", "fileIds": [file]})
        assert created.json()["files"][0]["size"] == 4

    async with house.http(house.ours) as http:
        assert (await http.get(f"/api/files/{file}")).content == b"secret numbers"


async def test_who_knows_the_id_of_a_control_drives_no_browser_of_another_workspace(house: House) -> None:
    """38: ids are no keys: with ours, and all scopes in its own workspace, it gets what nothing gets."""
    click = [{"type": "mouse", "action": "down", "x": 10, "y": 10}]
    async with house.http(house.ours) as http, house.http(house.other) as other:
        session = (await http.post("/api/sessions", json={"sessionType": "manual"})).json()["sessionId"]
        async with connected(house.url, token=house.ours) as mine:
            await mine.ok("joinSession", {"sessionId": session, "afterSeq": 0})
            await mine.until(lambda event: event["status"] == "waiting")
            control = (await mine.ok("takeControl", {"sessionId": session}))["controlId"]
            said: dict[str, Any] = {"controlId": control}
            for verb, body in (("input", said | {"inputs": click}), ("release", said), ("take", said)):
                tried = await other.post(f"/api/sessions/{session}/control/{verb}", json=body)
                none = await other.post(f"/api/sessions/{new_id('ses')}/control/{verb}", json=body)
                assert (tried.status_code, tried.json()) == (404, none.json()), verb
            assert house.browsers.of(session).driven == []
            await mine.ok("sendInput", {"sessionId": session, "inputs": click} | said)
            assert len(house.browsers.of(session).driven) == 1


async def test_another_workspaces_client_takes_no_updates_away(house: House) -> None:
    """39: the single active client is one a workspace: who connects with another's key takes nothing over."""
    async with connected(house.url, token=house.ours) as mine, connected(house.url, token=house.other) as eve:
        session = (await mine.ask("createSession", {"sessionType": "manual"}))["sessionId"]
        await eve.ask("listSessions")
        await mine.until(lambda event: event["sessionId"] == session and event["status"] == "waiting")

        assert eve.events == []


async def test_who_watches_the_requests_hears_of_its_own_workspace_only(house: House) -> None:
    async with connected(house.url, token=house.other) as other, connected(house.url, token=house.ours) as ours:
        for one in (other, ours):
            await one.ok("watchHumanLayerRequests", {})
        await theirs(house)
        await ours.fact(lambda: {"pending": 1} in ours.events)
        await other.ok("watchHumanLayerRequests", {})

        assert other.events == [{"pending": 0}]
