"""Test 26: a thousand uploads of a byte a second, and one that comes as it should."""

import asyncio
import time
from contextlib import suppress

import httpx

from tests.security.at_length.victim import Victim, at_work, victim

CUT_WITHIN = 40.0
"""Seconds after which each must be cut: the grace of twenty, and what a busy machine adds."""


async def drip(server: Victim, number: int) -> tuple[bytes, float]:
    """Send a byte a second; the answer, and when it came."""
    url = httpx.URL(server.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    began = time.monotonic()
    head = f"PUT /api/files/slow-{number} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    writer.write(head.encode())
    reading = asyncio.create_task(reader.readline(), name="answer")
    while not reading.done():
        writer.write(b"x")
        await asyncio.wait({reading}, timeout=1)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return await reading, time.monotonic() - began


async def uploads(many: int) -> str:
    """All of it, against a server of its own."""
    async with victim() as server, httpx.AsyncClient(base_url=server.url, timeout=60) as http:
        held = server.held
        async with at_work(server.bystander):
            slow = [asyncio.create_task(drip(server, number), name="slow upload") for number in range(many)]
            quick, longest = 0, 0.0
            while not all(one.done() for one in slow):
                began = time.monotonic()
                assert (await http.put("/api/files/quick", content=b"y" * 100_000)).status_code == 200
                quick, longest = quick + 1, max(longest, time.monotonic() - began)
            answers = [await one for one in slow]
        files = (await http.get("/api/files")).json()["files"]
        assert {line for line, _ in answers} == {b"HTTP/1.1 408 Request Timeout\r\n"}
        assert max(took for _, took in answers) < CUT_WITHIN
        assert [one["fileId"] for one in files] == ["quick"], "nothing of them is kept"
        return (
            f"{many:,} uploads of a byte a second, each answered 408 after {min(took for _, took in answers):.0f} to "
            f"{max(took for _, took in answers):.0f} s; the server grew by {(server.held - held) / 2**20:.0f} MiB; "
            f"meanwhile {quick:,} other uploads were taken, each within {longest:.2f} s"
        )
