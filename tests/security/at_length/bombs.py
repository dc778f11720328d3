"""Test 24: what is small and becomes much, over every way in, one after the other and some at once."""

import asyncio
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress

import aiohttp
import httpx

from tests.contract.speaking import opened
from tests.security.at_length.victim import Victim, at_work, victim
from tests.security.test_bombs import lying_package, package, pdf, picture

GROWTH = 100 << 20
"""Bytes by which the server may grow."""

KEYS = 1_000_000
DEEP = 100_000
MEMBER = 10 << 20
FRAMES = 40
"""Frames of each kind over Socket.IO, over as many connections."""


def nested(levels: int, inside: bytes) -> bytes:
    """An archive in an archive in an archive, each with ten of the one below."""
    for level in range(levels):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
            for number in range(10):
                zipped.writestr(f"{level}-{number}.zip", inside)
        inside = made.getvalue()
    return inside


def bodies() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Requests that are bombs: a path, a body and its headers."""
    json = {"Content-Type": "application/json"}
    packed = gzip.compress(bytes(MEMBER)) * 1_000  # ten megabytes that become ten gigabytes
    for path in ("/api/sessions", "/api/files"):
        yield path, packed, json | {"Content-Encoding": "gzip"}
    yield "/api/sessions", b'{"config":' + b'{"a":' * DEEP + b"1" + b"}" * (DEEP + 1), json
    yield "/api/sessions", b'{"config":' + b"[" * DEEP + b"]" * DEEP + b"}", json
    yield "/api/sessions", b'{"config":{' + b",".join(b'"%d":1' % number for number in range(KEYS)) + b"}}", json


def documents() -> dict[str, bytes]:
    """Files whose text is asked for."""
    return {
        "nested.zip": nested(6, bytes(1 << 20)),
        "nested.docx": nested(6, bytes(1 << 20)),
        "parts.docx": package(20_001, 0),
        "lies.docx": lying_package(),
        "wide.png": picture(65_535),
        "long.pdf": pdf(b"(xxxxxxxx) Tj " * (4 << 20)),
    }


def frames() -> tuple[str, ...]:
    """Frames that are as large as one may be, and hold as much as that can."""
    room = 1_000_000
    return (
        '42["createSession",' + "[" * room,
        '421["createSession",{"config":' + '{"a":' * (room // 6) + "1" + "}" * (room // 6 + 1) + "]",
        '422["createSession",{"config":{' + ",".join(f'"{number}":1' for number in range(room // 12)) + "}}]",
        "42" * (room // 2),
    )


async def thrown(server: Victim, frame: str) -> None:
    """Throw one frame, and wait for an answer or the end."""
    async with opened(server.url) as speaker:
        await speaker.say("40")
        with suppress(ConnectionError, aiohttp.ClientError, TimeoutError):
            await speaker.say(frame)
            await speaker.ask("listSessions")


async def bombs() -> str:
    """All of it, against a server of its own; what takes time to make is made before."""
    made, files, words = list(bodies()), documents(), frames()
    async with victim() as server, httpx.AsyncClient(base_url=server.url, timeout=90) as http:
        held, many = server.held, 0
        async with at_work(server.bystander):
            for path, body, headers in made:
                answer = await http.post(path, content=body, headers=headers)
                assert 400 <= answer.status_code < 500, (path, answer.status_code)
                assert answer.json()["code"]
                many += 1
            for name, data in files.items():
                await http.put(f"/api/files/{name}", content=data)
                answer = await http.get(f"/api/files/{name}/text")
                assert answer.status_code == 409, (name, answer.text[:200])
                many += 1
            for frame in words:
                await asyncio.gather(*(thrown(server, frame) for _ in range(FRAMES)))
                many += FRAMES
            grown = server.held - held
        assert grown < GROWTH, grown
        return (
            f"{many} bombs: packed bodies of ten gigabytes, JSON of {DEEP:,} levels and of {KEYS:,} keys, archives in "
            f"archives, documents, a picture, frames; each refused with a code; the server grew by "
            f"{grown / 2**20:.0f} MiB; a client who worked waited for at most {server.bystander.longest:.2f} s"
        )
