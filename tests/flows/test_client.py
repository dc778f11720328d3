"""The Python client: typed, told why, and not put off by a lost connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from zenobia.client import ApiError, Client, NotZenobia, Unreachable
from zenobia.protocol.events import RequestEvent
from zenobia.protocol.human import RequestStatus
from zenobia.protocol.session import Status
from zenobia.testing import Kit

PATIENCE = 20.0


class Wire:
    """A way to the server that can be cut."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._open: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.cut_after: int | None = None
        """Bytes from the server after which every new connection breaks."""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        up, down = await asyncio.open_connection(*self._server)
        self._open |= {writer, down}
        sending = asyncio.create_task(self._copy(reader, down, None), name="to the server")
        await self._copy(up, writer, self.cut_after)
        sending.cancel()
        for end in (writer, down):
            end.transport.abort()
            self._open.discard(end)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None) -> None:
        try:
            while (most is None or most > 0) and (data := await reader.read(1 << 16)):
                writer.write(data if most is None else data[:most])
                most = None if most is None else most - len(data)
                await writer.drain()
        except ConnectionError:
            pass

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()


@asynccontextmanager
async def wired(url: str) -> AsyncGenerator[tuple[Wire, str]]:
    wire = Wire(url)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield wire, f"http://127.0.0.1:{port}"
    finally:
        server.close()
        wire.cut()


async def test_every_verb_is_typed_and_works(kit: Kit, tmp_path: Path) -> None:
    given = tmp_path / 'tricky "name" ü.txt'
    given.write_bytes(b"bytes")
    async with Client(kit.url) as client:
        file = await client.upload(given)
        session = await client.create('open example.com then ask a person "Well?"', files=[file.file_id])
        async for event in client.follow(session.id):
            if isinstance(event, RequestEvent):
                assert await client.requests() == [event.data.request]
                assert (await client.respond(event.data.request.id, {"well": 1})).status is RequestStatus.ANSWERED
        ended = await client.get(session.id)
        assert [one.id for one in await client.sessions(status=Status.COMPLETED)] == [session.id]
        assert (await client.screenshot(session.id)).startswith(b"\x89PNG")
        assert b"".join([chunk async for chunk in client.download(file.file_id)]) == b"bytes"
        assert [one.file_name for one in await client.files()] == [given.name]
        assert (await client.health()).status == "ok"
        await client.delete(session.id)

    assert (ended.status, ended.usage.steps) == (Status.COMPLETED, 1)


async def test_a_refusal_says_why_and_whether_to_try_again(kit: Kit) -> None:
    async with Client(kit.url) as client:
        with pytest.raises(ApiError) as refused:
            await client.create("x", agent="nobody")

    error = refused.value
    assert (error.code, error.retryable) == ("unknown_session_type", False)
    assert "nobody" in error.message
    assert error.details
    assert "known" in error.details


async def test_a_server_that_is_not_there_is_named(kit: Kit) -> None:
    async with Client("http://127.0.0.1:9") as client:
        with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:9 .*Start one with: zenobia serve"):
            await client.sessions()


async def test_something_else_that_answers_is_not_taken_for_a_server(kit: Kit) -> None:
    async with Client(f"{kit.url}/docs") as client:
        with pytest.raises((NotZenobia, ApiError)):
            await client.health()


async def test_following_goes_on_after_the_connection_is_cut(kit: Kit) -> None:
    kit.browsers.hold()
    async with wired(kit.url) as (wire, url), Client(url) as client:
        session = await client.create('open example.com then click "Next"')
        seen: list[int] = []
        before = 0
        async with asyncio.timeout(PATIENCE), aclosing(client.follow(session.id)) as events:
            async for event in events:
                seen.append(event.seq)
                if event.seq == 3:
                    before = wire.connections
                    wire.cut()
                    kit.browsers.release()
        last = (await client.get(session.id)).last_seq

    assert seen == list(range(1, last + 1))
    assert wire.connections > before


async def test_following_survives_a_connection_that_breaks_again_and_again(kit: Kit) -> None:
    async with Client(kit.url) as direct:
        session = await direct.create("open a.example then open b.example then open c.example")
        whole = [event.seq async for event in direct.follow(session.id)]

    async with wired(kit.url) as (wire, url), Client(url) as client:
        wire.cut_after = 2_500  # a few events, the last one cut in half
        async with asyncio.timeout(PATIENCE):
            seen = [event.seq async for event in client.follow(session.id)]

    assert seen == whole
    assert wire.connections > 2


async def test_following_from_the_middle_gives_only_what_is_after_it(kit: Kit) -> None:
    async with Client(kit.url) as client:
        session = await client.create("open example.com")
        whole = [event.seq async for event in client.follow(session.id)]

        assert [event.seq async for event in client.follow(session.id, after=4)] == whole[4:]
        assert [event.seq async for event in client.follow(session.id, after=whole[-1])] == []
        assert [event.seq async for event in client.events(session.id)] == whole


async def test_following_what_does_not_exist_ends_at_once(kit: Kit) -> None:
    async with Client(kit.url) as client:
        with pytest.raises(ApiError, match="There is no session with that id"):
            async for _ in client.follow("ses_nobody"):
                pass
