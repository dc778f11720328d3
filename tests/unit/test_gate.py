"""A gate by itself: what it passes on, what it refuses, and that it speaks one protocol only."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil
import pytest

from zenobia.operators.gate import Gate
from zenobia.operators.wall import Wall

HELLO = b"\x05\x01\x00"
DEADLINE = 5


def wants(host: str, port: int, command: int = 1) -> bytes:
    return struct.pack("!BBBBB", 5, command, 0, 3, len(host)) + host.encode() + struct.pack("!H", port)


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A server that speaks first, then says everything again; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome ")
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    gate = Gate(Wall(["127.0.0.1/32"]))
    await gate.open()
    yield gate
    gate.close()


Said = tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]


@asynccontextmanager
async def through(gate: Gate, *words: bytes) -> AsyncGenerator[Said]:
    """A connection to the gate that says one word after the other, and all that it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    answers = b""
    for word, length in zip(words, (2, 10), strict=False):
        writer.write(word)
        try:
            answers += await asyncio.wait_for(reader.readexactly(length), DEADLINE)
        except (asyncio.IncompleteReadError, ConnectionError):
            break
    yield reader, writer, answers
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_what_is_allowed_gets_a_tunnel_that_keeps_every_byte(gate: Gate, echo: int) -> None:
    sent = bytes(range(256)) * 40_000
    async with through(gate, HELLO, wants("127.0.0.1", echo)) as (reader, writer, answers):

        async def send() -> None:
            writer.write(sent)
            await writer.drain()

        sending = asyncio.create_task(send(), name="send")
        got = await asyncio.wait_for(reader.readexactly(len(b"welcome ") + len(sent)), DEADLINE)
        await sending

    assert answers[:4] == b"\x05\x00\x05\x00"
    assert got == b"welcome " + sent


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.2", "::1", "[::1]"])
async def test_what_is_not_allowed_is_refused(gate: Gate, host: str) -> None:
    async with through(gate, HELLO, wants(host, 80)) as (_, _, answers):
        assert answers[3] == 2


async def test_no_gate_leads_to_a_gate(gate: Gate) -> None:
    async with through(gate, HELLO, wants("127.0.0.1", gate.port)) as (_, _, answers):
        assert answers[3] == 2


@pytest.mark.parametrize(
    "words",
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",),
        (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n\r\n",),
        (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00",),
        (b"\x05\x01\x02",),
        (HELLO, wants("127.0.0.1", 80, command=3)),
        (HELLO, b"\x05\x01\x00\x09\x00\x00\x50"),
        (HELLO, wants("127.0.0.1", 80) + b"early"),
        (HELLO + b"\x00" * 700,),
    ],
)
async def test_nothing_else_is_spoken(gate: Gate, words: tuple[bytes, ...]) -> None:
    async with through(gate, *words) as (reader, _, answers):
        try:
            rest = await asyncio.wait_for(reader.read(), DEADLINE)
        except ConnectionError:
            rest = b""

    assert answers[2:4] in (b"", b"\x05\x07")
    assert rest == b""


async def test_a_closed_gate_cuts_what_is_open(gate: Gate, echo: int) -> None:
    async with through(gate, HELLO, wants("127.0.0.1", echo)) as (reader, _, _):
        await reader.readexactly(len(b"welcome "))

        gate.close()

        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), DEADLINE) == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", gate.port)


async def test_a_site_that_takes_nothing_more_is_let_go_of_all_the_same(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.operators.gate.LINGERS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as site:
        site.setblocking(False)
        port = site.getsockname()[1]
        async with through(gate, HELLO, wants("127.0.0.1", port)) as (_, writer, _):
            taken, _ = await asyncio.get_running_loop().sock_accept(site)
            writer.write(bytes(1 << 24))
            with suppress(TimeoutError):
                await asyncio.wait_for(writer.drain(), 1)  # until nobody has room for more
            writer.transport.abort()
        gate.close()
        with taken:
            async with asyncio.timeout(DEADLINE):
                while any(one.raddr and one.raddr.port == port for one in psutil.Process().net_connections("tcp")):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


async def test_a_host_that_is_refused_is_told_once(gate: Gate) -> None:
    told: list[str] = []
    gate.listen(lambda host, _: told.append(host))
    for host in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        async with through(gate, HELLO, wants(host, 80)) as (_, _, answers):
            assert answers[3] == 2

    assert told == ["10.0.0.1", "10.0.0.2"]
