"""What no client should send: answered where it can be, and else the end of its connection, as the protocol says."""

from typing import Any

import pytest

from tests.contract.conftest import Running
from tests.contract.speaking import connected, opened


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("createSession", [{"prompt": 7}]),
        ("createSession", [["a list"]]),
        ("createSession", ["a string"]),
        ("createSession", [{"prompt": "open example.com"}, {"prompt": "open example.org"}]),
        ("createSession", [{"unheard": "of"}]),
        ("createSession", [{"prompt": "nothing\0 at all"}]),
        ("createSession", [{"prompt": "half a character \ud83d"}]),
        ("createSession", [{"commandId": ""}]),
        ("joinSession", []),
        ("joinSession", [{"sessionId": "one", "afterSeq": -1}]),
        ("sendFileAttachments", [{"fileIds": "one"}]),
        ("approveHumanLayerRequest", [17]),
    ],
)
async def test_a_payload_of_the_wrong_shape_is_refused(server: Running, name: str, payload: list[Any]) -> None:
    async with connected(server.url) as client:
        assert await client.refused(name, *payload) == "invalid_payload"
        await client.ok("getHumanLayerRequests")


@pytest.mark.parametrize("payload", ['{"prompt": 1e', "[" * 5_000 + "]" * 5_000, '{"prompt": "\\ud83d"}'])
async def test_a_payload_that_cannot_be_read_is_refused_under_its_id(server: Running, payload: str) -> None:
    async with connected(server.url) as client:
        await client.say(f'4217["createSession",{payload}]')

        assert (await client.answer(17))["code"] == "invalid_payload"
        await client.ok("getHumanLayerRequests")


async def test_binary_data_is_refused_once_it_is_all_there(server: Running) -> None:
    async with connected(server.url) as client:
        await client.say('452-9["createSession",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
        await client.say(b"one", b"two")
        await client.say('451-10["createSession",{"_placeholder":true,"num":0}]', b"x" * (2 << 20))

        assert (await client.answer(9))["code"] == "invalid_payload"
        assert (await client.answer(10))["code"] == "payload_too_large"
        await client.ok("getHumanLayerRequests")


async def test_events_before_connecting_end_the_connection(server: Running) -> None:
    async with opened(server.url) as client:
        await client.say('421["createSession",{}]')
        await client.closed()

        assert client.order == []


async def test_there_is_one_namespace(server: Running) -> None:
    async with opened(server.url) as client:
        await client.say("40/elsewhere,")

        assert await client.packet("44") == '44/elsewhere,{"message":"Invalid namespace"}'
        await client.say("40")
        await client.packet("40")
        await client.ok("getHumanLayerRequests")


@pytest.mark.parametrize(
    "frames",
    [
        ["4abc"],
        ["4"],
        ["42"],
        ["42{}"],
        ["42[]"],
        ["42[null]"],
        ['42abc["leaveSession"]'],
        ['42["connect"]'],
        ['421["disconnect"]'],
        ['42/elsewhere,1["leaveSession"]'],
        ["40"],
        ["44"],
        ["47"],
        ['4{"a":1}'],
        ["4null"],
        [b"\x00\xff\x01"],
        ['451-1["leaveSession",{"_placeholder":true,"num":0}]', "42[1]"],
        ["abc"],
        ["9"],
        ["2"],
        [""],
    ],
    ids=repr,
)
async def test_what_is_no_packet_ends_the_connection(server: Running, frames: list[str | bytes]) -> None:
    async with connected(server.url) as client:
        await client.say(*frames)

        await client.closed()


async def test_answers_to_what_was_never_asked_are_let_pass(server: Running) -> None:
    async with connected(server.url) as client:
        await client.say("431[]", '431["again"]', '43999[{"of":"nothing"}]')

        await client.ok("getHumanLayerRequests")
