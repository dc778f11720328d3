"""Nonsense on the wire harms nobody else: it is refused or cut, and what the server holds does not grow.

A few thousand frames go with every run, a hundred thousand with `make fuzz`.
"""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.contract.speaking import connected, opened
from tests.security.at_length.frames import GROWTH, nonsense
from tests.security.at_length.victim import victim
from tests.security.conftest import PATIENCE, House, Shared

FRAMES = 5_000
INTERNAL = re.compile(
    r"Traceback|site-packages|\.py\b|/tmp/|/home/|/root/|sqlite|SELECT |INSERT |pydantic|0x[0-9a-f]{6}"
)
RAW = {
    "both lengths": b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two lengths": b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n"
    b"abcde",
    "broken header": b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nX: a\rY: b\r\n\r\n",
    "huge header": b"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 17) + b"\r\n\r\n",
    "HTTP/1.0": b"GET /api/health HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "no host": b"GET /api/health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
}


async def test_any_frames_at_all_leave_the_server_and_its_other_clients_as_they_were() -> None:
    """46: wrong types, namespaces, acks and counts, attachments that never come, cut and random bytes."""
    async with victim() as server:
        tasks = await server.number("zenobia_tasks")
        borne = await nonsense(server, FRAMES, "1")
        await server.bystander.works()
        await server.bystander.require_undisturbed()
        assert borne.connections > 10
        assert borne.grown < GROWTH
        async with asyncio.timeout(PATIENCE):
            while await server.number("zenobia_tasks") > tasks + 5:
                pass


async def test_what_comes_behind_a_frame_that_ends_the_connection_is_no_matter(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """46: it is not read, and writes nothing into the log: who sends nonsense must not fill a disk with it."""
    async with connected(house.url, token=house.ours) as bystander:
        for behind in ("40", f'40{{"token":"{house.ours}"}}', "451-[" + "[" * 100, '421["listSessions"]'):
            for before in ("4", "45999-", "49"):
                async with opened(house.url) as speaker:
                    await speaker.say(before, *[behind] * 5)
                    await speaker.closed()
        await bystander.ok("listSessions")

    assert [one.getMessage() for one in caplog.records if one.levelname in {"ERROR", "CRITICAL"}] == []


async def test_a_storm_of_heartbeats_makes_nothing_grow(shared: Shared) -> None:
    """47: ten thousand answers to a question that nobody asked."""
    async with connected(shared.url) as speaker:
        before = await shared.tasks()
        await speaker.say(*["3"] * 10_000)
        await speaker.ok("listSessions")

        assert await shared.tasks() <= before + 2


async def test_more_sessions_than_there_is_room_for_are_refused_with_a_hint(shared: Shared) -> None:
    """45: a thousand at once; those that fit are made, the others told to come back, and the server still answers."""
    async with connected(shared.url) as speaker, connected(shared.url) as bystander:
        numbers = [await speaker.call("createSession", {"sessionType": "manual"}) for _ in range(1_000)]
        answers = [await speaker.answer(number) for number in numbers]
        await bystander.ok("listSessions")

    refused = [one for one in answers if not one["success"]]
    assert {one["code"] for one in refused} == {"capacity"}
    assert all(one["retryable"] for one in refused)
    assert 50 <= len(answers) - len(refused) <= 60
    assert len(list(shared.process.children(recursive=True))) == 0


@pytest.mark.parametrize("path", ["/api/sessions", "/socket.io/?EIO=4&transport=polling&sid={sid}"])
async def test_a_body_that_is_too_large_is_never_held(shared: Shared, path: str) -> None:
    """25: in pieces, it is counted and dropped; where its length is told, it is refused before it comes."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * (1 << 16)

    async with httpx.AsyncClient(base_url=shared.url, timeout=4 * PATIENCE) as http:
        polled = await http.get("/socket.io/?EIO=4&transport=polling")
        where = path.format(sid=polled.text.partition('"sid":"')[2].partition('"')[0])
        before = shared.process.memory_info().rss
        answer = await http.post(where, content=pieces())
        assert answer.status_code == 413
        assert shared.process.memory_info().rss - before < 32 << 20
    reader, writer = await asyncio.open_connection("127.0.0.1", int(shared.url.rpartition(":")[2]))
    writer.write(f"POST {where} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {200 << 20}\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        assert b" 413 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize("name", RAW)
async def test_requests_that_can_be_read_in_two_ways_are_refused(house: House, name: str) -> None:
    """49: by raw bytes; never a second answer for what hides in the first."""
    port = int(house.url.rpartition(":")[2])
    answer = b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):
            writer.write(RAW[name])
            await writer.drain()
            writer.write_eof()
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                answer = await reader.read()
    finally:
        writer.close()

    statuses = [int(one) for one in re.findall(rb"HTTP/1\.1 (\d+)", answer)]
    assert statuses in ([400], [401], [431], [])
    assert b"zenobia_" not in answer
    assert not INTERNAL.search(answer.decode("latin-1"))


async def test_no_refusal_shows_what_is_inside(house: House) -> None:
    """43: five hundred malformed requests: no trace, path, statement or version."""
    chance = random.Random(7)  # noqa: S311
    values: list[Any] = [
        None,
        True,
        -1,
        2**70,
        "",
        "\x00",
        "x" * 300,
        [],
        {},
        [[]],
        {"a": {}},
        "';--",
        "${7*7}",
        "\ud800",
    ]
    fields = ("prompt", "sessionType", "files", "fileIds", "config", "commandId", "afterSeq", "limit", "values", "x")
    paths = ("/api/sessions", "/api/sessions/x/join", "/api/sessions/x/messages", "/api/human-layer/requests/y/approve")
    async with house.http(house.ours) as http:
        for number in range(500):
            given = {chance.choice(fields): chance.choice(values) for _ in range(chance.randint(1, 4))}
            body = json.dumps(given).encode() if number % 3 else chance.randbytes(60)
            path = chance.choice((*paths, "/api/sessions?limit=x", "/api/files/%00", f"/{number}"))
            kind = {"Content-Type": "application/json"}
            answer = await http.request(
                chance.choice(["POST", "GET", "DELETE", "PUT"]), path, content=body, headers=kind
            )
            if answer.status_code >= 400:
                assert not INTERNAL.search(answer.text), answer.text
                assert answer.json()["code"] != "internal_error", answer.text
                assert "server" not in answer.headers
