"""Security test 24, what is small and unpacks to much: documents that are read as text, pictures, WebSocket frames."""

import asyncio
import io
import struct
import time
import zipfile
import zlib
from contextlib import AsyncExitStack
from functools import partial
from types import SimpleNamespace

import httpx
import orjson
import psutil
import pytest

from tests.contract.speaking import connected
from tests.security.conftest import PATIENCE, House
from zenobia.protocol.wire import Json
from zenobia.server.turns import LARGE
from zenobia.sessions.reading import READERS, WAITING, read_text

GROWTH = 100 << 20
"""Bytes by which the server may grow meanwhile."""


def pdf(page: bytes) -> bytes:
    """A document of one page with this content, packed."""
    packed = zlib.compress(page, 1)
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>",
    )
    made, places = b"%PDF-1.4\n", b""
    for number, content in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    end = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(made)
    return made + b"xref\n0 5\n0000000000 65535 f \n" + places + end


def package(parts: int, size: int) -> bytes:
    """A Word document with so many parts of so many bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for number in range(parts):
            zipped.writestr(f"word/{number}.xml", bytes(size))
    return made.getvalue()


def lying_package() -> bytes:
    """One whose directory says that it holds a thousandth of what it does."""
    honest = package(1, 8 << 20)
    return honest.replace(struct.pack("<I", 8 << 20), struct.pack("<I", 8 << 10))


def picture(side: int) -> bytes:
    """A PNG that is said to be so many pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


async def reads(http: httpx.AsyncClient, name: str) -> tuple[int, str]:
    """The status and the code with which a file's text is answered."""
    answer = await http.get(f"/api/files/{name}/text", timeout=4 * PATIENCE)
    return answer.status_code, answer.json().get("code", "")


async def test_bombs_are_refused_by_what_they_are(house: House) -> None:
    bombs = {
        "parts.docx": package(20_001, 0),
        "lies.docx": lying_package(),
        "wide.png": picture(65_535),
    }
    held = psutil.Process().memory_info().rss
    async with house.http(house.ours) as http:
        for name, data in bombs.items():
            assert len(data) < 4 << 20
            await http.put(f"/api/files/{name}", content=data)
            status, code = await reads(http, name)
            assert (status, code) == (409, "file_unreadable"), name
        assert psutil.Process().memory_info().rss - held < GROWTH


async def test_bombs_that_take_their_time_take_turns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many at once: a few are read, each until its deadline; the others wait, or are told to come back."""
    monkeypatch.setattr("zenobia.sessions.files.read_text", partial(read_text, deadline=1))
    most = 0
    async with house.http(house.ours) as http, house.http(house.other) as other:
        await http.put("/api/files/bomb", content=pdf(b"(xxxxxxxx) Tj " * (4 << 20)))
        asking = [asyncio.create_task(reads(http, "bomb"), name="read") for _ in range(READERS + WAITING + 3)]
        done: set[asyncio.Task[tuple[int, str]]] = set()
        while len(done) < 3 + 2 * READERS:  # those for whom there was no room, and two rounds
            began = time.monotonic()
            assert (await other.get("/api/sessions")).status_code == 200
            assert time.monotonic() - began < PATIENCE / 3
            most = max(most, len(readers()))
            done, _ = await asyncio.wait(asking, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
        answers = [one.result() for one in done]
        for one in asking:
            one.cancel()
        await asyncio.wait(asking)
        async with asyncio.timeout(PATIENCE):
            while readers():
                await other.get("/api/sessions")

    assert 0 < most <= READERS
    assert answers.count((429, "capacity")) == 3
    assert set(answers) == {(429, "capacity"), (409, "file_unreadable")}


def readers() -> list[psutil.Process]:
    """The processes that read for the server, which is this one."""
    return [one for one in psutil.Process().children() if "zenobia.sessions.reading_child" in _words(one)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
async def test_a_frame_that_is_deep_or_wide_is_refused_at_a_glance(house: House, opens: str, closes: str) -> None:
    """Over Socket.IO as over REST: with a code, and before its members are looked at."""
    wide = ",".join("0" for _ in range(400_000)) if opens == "[" else ",".join(f'"{n}":0' for n in range(80_000))
    async with connected(house.url, token=house.ours) as speaker:
        for number, inside in enumerate((wide, "0"), 100):
            whole = f"{opens[0]}{inside}{closes}" if inside is wide else opens * 65 + inside + closes * 65
            await speaker.say(f'42{number}["createSession",{{"config":{{"a":{whole}}}}}]')
            answer = await speaker.answer(number)
            assert answer["code"] == "invalid_payload"
            assert ("members" if inside is wide else "deeper") in answer["error"]
        assert (await speaker.ok("listSessions"))["sessions"] == []


class Loop:
    """What the server's loop, which is this one, did: `m` for the reading of a large message, `.` for each turn."""

    def __init__(self) -> None:
        self.did = ""
        self._going = True
        asyncio.get_running_loop().call_soon(self._turns)

    def stop(self) -> None:
        """Note no more."""
        self._going = False

    def loads(self, text: str | bytes) -> Json:
        """Read JSON, and note it."""
        if len(text) > LARGE:
            self.did += "m"
        return orjson.loads(text)

    def _turns(self) -> None:
        if not self.did.endswith("."):
            self.did += "."
        if self._going:
            asyncio.get_running_loop().call_soon(self._turns)


@pytest.mark.parametrize("wire", ["rest", "sockets"])
async def test_many_large_messages_at_once_do_not_hold_the_loop_together(
    house: House, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long one takes to read, everybody else has a turn before the next."""
    wide = '{"config":{' + ",".join(f'"{n}":0' for n in range(60_000)) + "}}"
    most = 30
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(house.http(house.ours, **{"Content-Type": "application/json"}))
        await http.post("/api/sessions", content="[]")  # the framework gets its routes ready at the first request
        speakers = [await stack.enter_async_context(connected(house.url, token=house.ours)) for _ in range(most)]
        loop = Loop()
        seen = SimpleNamespace(loads=loop.loads, dumps=orjson.dumps, Fragment=orjson.Fragment)
        monkeypatch.setattr(f"zenobia.server.{'rest' if wire == 'rest' else 'packets'}.orjson", seen)
        if wire == "rest":
            answers = await asyncio.gather(*(http.post("/api/sessions", content=wide) for _ in range(most)))
            codes = {one.json()["code"] for one in answers}
        else:
            await asyncio.gather(*(speaker.say(f'429["createSession",{wide}]') for speaker in speakers))
            codes = {(await speaker.answer(9))["code"] for speaker in speakers}
        loop.stop()

    assert codes == {"invalid_payload"}
    assert loop.did.count("m") == most
    assert "mm" not in loop.did


async def test_no_frame_is_ever_unpacked(house: House) -> None:
    """Compression is not agreed to, and a frame that says it is compressed all the same ends its connection."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b'42["listSessions"]' + bytes(64 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    frame = b"\xc1\xff" + struct.pack("!Q", len(bomb)) + bytes(4) + bomb  # its first bit but one: compressed
    asks = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    )
    held = psutil.Process().memory_info().rss
    async with connected(house.url, token=house.ours) as bystander, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rpartition(":")[2]))
        writer.write(asks.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(frame)
        rest = await reader.read()
        writer.close()
        await bystander.ok("listSessions")

    assert head.startswith(b"HTTP/1.1 101")
    assert b"sec-websocket-extensions" not in head.lower()
    assert rest[rest.index(b"\x88") + 2 :][:2] == struct.pack("!H", 1002), "a breach of the protocol"
    assert len(bomb) < 1 << 17
    assert psutil.Process().memory_info().rss - held < 32 << 20
