"""Every command is answered, whatever it was, and answers come in the order of the commands."""

import asyncio
import json
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract.speaking import SPACE, connected, opened, polling
from tests.flows.conftest import Api
from zenobia.protocol.limits import Limits
from zenobia.testing import Kit, ScriptedBrowsers, scripted_server

LARGE = "x" * (2 << 20)


async def test_an_unknown_command_is_answered(kit: Kit) -> None:
    async with connected(kit.url) as client:
        assert await client.refused("makeCoffee") == "unknown_command"
        assert await client.refused(7) == "unknown_command"
        assert await client.refused("*") == "unknown_command"


async def test_a_command_that_asks_for_no_answer_is_carried_out(kit: Kit) -> None:
    async with connected(kit.url) as client:
        await client.tell("createSession", {"prompt": "open example.com"})

        assert (await client.ended())["status"] == "completed"
        assert client.order == []


async def test_commands_sent_just_before_leaving_are_carried_out(kit: Kit, browsers: ScriptedBrowsers) -> None:
    browsers.hold()
    async with connected(kit.url) as client:
        session = (await client.ok("createSession", {"prompt": "open example.com"}))["sessionId"]
        await client.call("listSessions")
        await client.tell("cancelSession")
        await client.say("41")

    async with connected(kit.url) as client:
        await client.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        assert (await client.ended())["status"] == "cancelled"


async def test_a_payload_that_is_too_large_is_refused_and_nothing_is_closed(kit: Kit) -> None:
    async with connected(kit.url) as client:
        assert await client.refused("createSession", {"prompt": LARGE}) == "payload_too_large"
        await client.tell("createSession", {"prompt": LARGE})
        assert await client.refused("createSession", {"prompt": "é" * 600_000}) == "payload_too_large"
        await client.ok("getHumanLayerRequests")


async def test_a_payload_that_is_too_large_is_refused_over_polling(kit: Kit) -> None:
    async with polling(kit.url) as client:
        await client.post("40")
        await client.packets(1)

        status, _ = await client.post("421" + json.dumps(["createSession", {"prompt": LARGE}]))
        (answer,) = await client.packets(1)
        beyond, said = await client.post("422" + "x" * (9 << 20))

        assert (status, answer[:3]) == (200, "431")
        assert json.loads(answer[3:])[0]["code"] == "payload_too_large"
        assert (beyond, json.loads(said)["code"]) == (413, "payload_too_large")


async def test_a_message_beyond_reading_is_closed_with_the_word_for_that(kit: Kit) -> None:
    async with connected(kit.url) as client:
        await client.say("421" + "x" * (9 << 20))
        await client.closed()

        assert client.websocket.close_code == 1009


async def test_a_client_may_ask_at_its_rate_and_no_faster(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data", max_commands_per_second=5) as kit, connected(kit.url) as client:
        began = time.monotonic()
        calls = [await client.call("getHumanLayerRequests") for _ in range(60)]
        answers = [await client.answer(call) for call in calls]
        took = time.monotonic() - began

        refused = [answer for answer in answers if not answer["success"]]
        assert {(answer["code"], answer["retryable"]) for answer in refused} == {("rate_limited", True)}
        assert 20 <= len(answers) - len(refused) <= 20 + 5 * took
        assert client.order == calls
        async with connected(kit.url) as other:
            await other.ok("getHumanLayerRequests")


async def test_two_hundred_mixed_commands_are_answered_in_their_order(kit: Kit) -> None:
    async with connected(kit.url) as client:
        session = (await client.ok("createSession", {}))["sessionId"]
        mixed: list[list[Any]] = [
            ["getSession", session],
            ["takeScreenshot"],
            ["makeCoffee"],
            ["sendFileAttachments", {"fileIds": ["one"]}],
            ["joinSession", "nothing"],
            ["listSessions", {"limit": 1}],
            ["createSession", {"prompt": 7}],
            ["getHumanLayerRequests"],
        ]

        calls = [await client.call(*mixed[number % len(mixed)]) for number in range(199)]
        await client.answer(calls[-1])

        assert client.order[1:] == calls


async def test_a_burst_over_polling_is_taken_whole(kit: Kit) -> None:
    async with polling(kit.url) as client:
        await client.post("40")
        await client.packets(1)

        burst = SPACE.join(f'42{number}["getHumanLayerRequests"]' for number in range(150))
        (status, said), answers = await asyncio.gather(client.post(burst), client.packets(150))

        assert (status, said) == (200, "ok")
        assert [int(answer[2:].partition("[")[0]) for answer in answers] == list(range(150))


async def test_the_answer_comes_before_what_it_caused(kit: Kit) -> None:
    async with connected(kit.url) as client:
        for _ in range(10):
            client.events.clear()
            call = await client.call("createSession", {"prompt": "open example.com"})
            await client.fact(lambda call=call: bool(client.events) or call in client.answers)

            assert call in client.answers
            await client.ended()
            assert client.seqs == list(range(1, len(client.seqs) + 1))


async def test_a_heartbeat_is_answered_while_a_command_takes_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.server.sockets.PING_EVERY", 0.1)
    monkeypatch.setattr("zenobia.server.sockets.PONG_WITHIN", 1.0)
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with (
        scripted_server(tmp_path / "data", browsers, screenshot_timeout=1) as kit,
        connected(kit.url) as client,
    ):
        await client.ok("createSession", {"prompt": "open example.com"})
        await client.until(lambda event: event["eventType"] == "action")

        async def never(_shot: Any) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(browsers.operators[0], "screenshot", never)
        answer = await client.ask("takeScreenshot")  # its deadline is several heartbeats later

        assert (answer["code"], client.websocket.closed) == ("timed_out", False)


async def test_the_time_a_command_may_take_counts_from_its_arrival(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.settings.Limits", partial(Limits, command=2.0))
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with scripted_server(tmp_path / "data", browsers) as kit, connected(kit.url) as client:
        await client.ok("createSession", {"prompt": "open example.com"})
        await client.until(lambda event: event["eventType"] == "action")

        async def slow_to_give_up(_shot: Any) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), 0.2)

        monkeypatch.setattr(browsers.operators[0], "screenshot", slow_to_give_up)
        first = await client.call("takeScreenshot")
        second = await client.call("createSession", {"prompt": "open example.org"})

        assert [(await client.answer(call))["code"] for call in (first, second)] == ["timed_out", "timed_out"]
        assert len((await client.ok("listSessions"))["sessions"]) == 1  # what came too late was not begun


@pytest.mark.parametrize("payload", [(), ("nothing",), ({},), ({"sessionId": "nothing"},)])
async def test_leaving_always_succeeds(kit: Kit, payload: tuple[Any, ...]) -> None:
    async with connected(kit.url) as client:
        await client.ok("leaveSession", *payload)


async def test_a_connection_that_never_says_who_it_is_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenobia.server.sockets.CONNECT_WITHIN", 0.1)
    async with (
        scripted_server(tmp_path / "data") as kit,
        connected(kit.url) as client,
        opened(kit.url) as stranger,
    ):
        await stranger.closed()

        await client.ok("getHumanLayerRequests")


async def test_a_client_too_many_is_told_why_it_cannot_connect(tmp_path: Path) -> None:
    async with (
        scripted_server(tmp_path / "data", max_clients=1) as kit,
        connected(kit.url),
        opened(kit.url) as other,
    ):
        await other.say("40")

        refusal = json.loads((await other.packet("44"))[2:])
        assert (refusal["data"]["code"], refusal["data"]["success"]) == ("capacity", False)
        assert refusal["message"] == refusal["data"]["error"]


async def test_only_the_names_of_the_wire_are_read(kit: Kit, api: Api) -> None:
    metadata = {"fileId": "f1", "file_name": "not-a-name.txt", "content_type": "not/a-type"}
    told = {"fileName": None, "contentType": None, **metadata}
    async with connected(kit.url) as client:
        created = await client.ok("createSession", {"files": [metadata], "commandId": "c1"})
        again = await client.ok("createSession", {"files": [metadata], "commandId": "c1"})
        rest = await api.ok("POST", "/api/sessions", {"files": [metadata]})
        refused = await client.refused("createSession", {"session_type": "manual"})
        status, answer = await api.answer("POST", "/api/sessions", {"session_type": "manual"})
        events = await api.events(created["sessionId"])

    for files in (created["files"], again["files"], rest["files"], events[1]["data"]["files"]):
        assert {key: files[0][key] for key in told} == told
    assert (refused, status, answer["code"]) == ("invalid_payload", 400, "invalid_payload")
