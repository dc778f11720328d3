"""A command with an id of the client's own is done at most once, whoever repeats it and over whichever wire."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.contract.speaking import connected
from tests.flows.conftest import Api
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server

ONE: dict[str, Any] = {"prompt": "open example.com", "commandId": "one"}


async def sessions(api: Api) -> list[str]:
    return [session["id"] for session in (await api.ok("GET", "/api/sessions"))["sessions"]]


async def test_a_repeat_gets_the_first_answer_over_every_wire(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client, connected(kit.url) as other:
        first = await client.ok("createSession", ONE)

        again = await client.ok("createSession", ONE)
        elsewhere = await other.ok("createSession", ONE)
        rest = await api.ok("POST", "/api/sessions", ONE)

        assert first == again == elsewhere == rest
        assert await sessions(api) == [first["sessionId"]]


async def test_repeats_at_the_same_time_are_done_once(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client, connected(kit.url) as other:
        answers = await asyncio.gather(
            *(one.ok("createSession", ONE) for one in (client, other) for _ in range(10)),
            *(api.ok("POST", "/api/sessions", ONE) for _ in range(5)),
        )

        assert {answer["sessionId"] for answer in answers} == set(await sessions(api))
        assert len(await sessions(api)) == 1


async def test_a_refusal_is_repeated_too(kit: Kit, api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.hold()
    session = await api.create("open example.com")
    await api.ok("POST", f"/api/sessions/{session}/cancel")
    async with connected(kit.url) as client, connected(kit.url) as other:
        payload = {"sessionId": session, "commandId": "late"}
        first = await client.ask("cancelSession", payload)

        again = await other.ask("cancelSession", payload)
        status, rest = await api.answer("POST", f"/api/sessions/{session}/cancel", {"commandId": "late"})

        assert first["code"] == "session_ended"
        assert (first, status) == (again, 409)
        assert first == rest


async def test_an_id_belongs_to_one_command(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client:
        session = (await client.ok("createSession", ONE))["sessionId"]

        assert await client.refused("cancelSession", {"commandId": "one"}) == "command_id_reused"
        status, rest = await api.answer("POST", f"/api/sessions/{session}/pause", {"commandId": "one"})
        assert (status, rest["code"]) == (409, "command_id_reused")


async def test_a_command_that_was_only_too_fast_may_be_tried_again(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", max_commands_per_second=1) as kit, connected(kit.url) as client:
        calls = [await client.call("createSession", ONE | {"commandId": f"fast-{n}"}) for n in range(20)]
        answers = [await client.answer(call) for call in calls]
        late = next(n for n, answer in enumerate(answers) if not answer["success"])
        assert answers[late]["code"] == "rate_limited"

        async with connected(kit.url) as other:
            assert await other.ok("createSession", ONE | {"commandId": f"fast-{late}"})


async def test_a_repeated_creation_tells_nothing_twice(kit: Kit) -> None:
    async with connected(kit.url) as client:
        await client.ok("createSession", ONE)
        end = await client.ended()

        await client.ok("createSession", ONE)
        await client.ok("getHumanLayerRequests")
        await client.ok("createSession", {"prompt": "open example.org"})
        await client.until(lambda event: event["sessionId"] != end["sessionId"])

        told = [event["seq"] for event in client.events if event["sessionId"] == end["sessionId"]]
        assert told == list(range(1, end["seq"] + 1))


async def test_a_creation_whose_answer_was_lost_is_followed_from_its_beginning(kit: Kit) -> None:
    async with connected(kit.url) as client:
        await client.tell("createSession", ONE)
        await client.ended()

    async with connected(kit.url) as client:
        await client.ok("createSession", ONE)
        end = await client.ended()

        assert client.seqs == list(range(1, end["seq"] + 1))


async def test_a_repeated_join_tells_nothing_twice(kit: Kit, api: Api) -> None:
    session = await api.create("open example.com")
    end = (await api.ended(session))["lastSeq"]
    join = {"sessionId": session, "afterSeq": 1, "commandId": "join"}
    async with connected(kit.url) as client, connected(kit.url) as other:
        first = await client.ok("joinSession", join)
        await client.told(end)

        again = await client.ok("joinSession", join)
        await other.ok("joinSession", join)
        await other.told(end)
        await client.ok("joinSession", {**join, "afterSeq": end - 1, "commandId": "another"})
        await client.fact(lambda: client.seqs[-2:] == [end, end])

    assert first == again
    assert client.seqs == [*range(2, end + 1), end]
    assert other.seqs == list(range(2, end + 1))


async def test_a_repeated_command_moves_its_client_once(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client:
        await client.ok("createSession", ONE)
        second = (await client.ok("createSession", {"sessionType": "manual"}))["sessionId"]

        await client.ok("createSession", ONE)
        current = await client.ok("getSession")

    assert current["session"]["id"] == second


async def test_a_deleted_session_is_forgotten_by_the_answers_too(tmp_path: Path) -> None:
    secret = "open a-secret-address.example"
    asking = {"prompt": f'{secret} then ask a person "Shall I?"', "commandId": "create"}
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(**asking)
        request = (await api.asked(session))["id"]
        denied = f"/api/human-layer/requests/{request}/deny"
        await api.ok("POST", denied, {"commandId": "deny"})
        refused = await api.answer("POST", denied, {"commandId": "late"})
        await api.ended(session)
        await api.ok("DELETE", f"/api/sessions/{session}?commandId=delete")

        again = [
            await api.answer("POST", "/api/sessions", asking),
            await api.answer("POST", denied, {"commandId": "deny"}),
            await api.answer("POST", denied, {"commandId": "late"}),
        ]
        deleted = await api.answer("DELETE", f"/api/sessions/{session}?commandId=delete")
        left = await sessions(api)
        await api.close()

    assert refused[1]["code"] == "already_decided"
    assert [(status, answer["code"]) for status, answer in again] == [
        (404, "unknown_session"),
        (404, "unknown_request"),
        (404, "unknown_request"),
    ]
    assert (deleted, left) == ((200, {"success": True}), [])
    with closing(sqlite3.connect(tmp_path / "zenobia.sqlite")) as database:
        kept = [row[0] for row in database.execute("SELECT json FROM answers")]
    assert len(kept) == 4
    assert not [one for one in kept if session in one or "secret" in one or "Shall I?" in one]
