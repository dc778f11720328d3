"""What one workspace may hold: refused with a code when it is reached, and never at the cost of another workspace."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from tests.security.conftest import PATIENCE, House
from zenobia.app import beside
from zenobia.protocol.audit import first_broken
from zenobia.settings import Settings


async def put(http: httpx.AsyncClient, name: str, size: int) -> tuple[int, str | None]:
    """The status and the code with which a file of that many bytes is answered."""
    answer = await http.put(f"/api/files/{name}", content=b"x" * size)
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("settings", [{"max_workspace_files": 3, "max_workspace_bytes": 1_000}])
async def test_a_workspace_holds_so_many_files_and_bytes_and_no_more(house: House, settings: dict[str, Any]) -> None:
    async with house.http(house.ours) as http, house.http(house.other) as other:
        assert await put(http, "a", 600) == (200, None)
        assert await put(http, "b", 500) == (409, "quota_reached")
        assert await put(http, "b", 400) == (200, None)
        assert await put(http, "a", 601) == (409, "quota_reached"), "new bytes for an old file count as well"
        assert await put(http, "a", 600) == (200, None), "the bytes that it replaces do not"
        assert await put(http, "a", 10) == (200, None)
        assert await put(http, "c", 10) == (200, None)
        assert await put(http, "d", 10) == (409, "quota_reached")
        form = await http.post("/api/files", files=[("file", ("e", b"e")), ("file", ("f", b"f"))])
        assert (form.status_code, form.json()["details"]) == (409, {"what": "files", "limit": 3})
        assert await put(other, "d", 1_000) == (200, None)
        await http.delete("/api/files/b")
        assert await put(http, "d", 980) == (200, None)
        listed = (await http.get("/api/files")).json()["files"]
        assert await put(other, "d", 0) == (200, None)

    assert sorted((one["fileId"], one["size"]) for one in listed) == [("a", 10), ("c", 10), ("d", 980)]
    kept = [path for path in (house.data_dir / "blobs" / "files").rglob("*") if path.is_file()]
    assert len(kept) == 4, "nothing is left of what was refused"


@pytest.mark.parametrize("settings", [{"max_workspace_bytes": 100_000}])
async def test_what_is_on_its_way_counts_before_it_is_here(house: House, settings: dict[str, Any]) -> None:
    """Ten uploads that would each fit, and together do not: cut while they come, not kept to be refused at the end."""
    port = int(house.url.rpartition(":")[2])
    head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {house.ours}\r\nContent-Length: 80000\r\n\r\n"
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
    async with asyncio.timeout(PATIENCE), house.http(house.ours) as http, house.http(house.other) as other:
        for number, (_, writer) in enumerate(lines):
            writer.write(f"PUT /api/files/{number} {head}".encode() + b"x" * 60_000)
        reading = {asyncio.create_task(reader.readline(), name="answer"): writer for reader, writer in lines}
        waiting = set(reading)
        while len(waiting) > 1:
            refused, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert {one.result() for one in refused} == {b"HTTP/1.1 409 Conflict\r\n"}
        assert await put(other, "theirs", 100_000) == (200, None)
        (last,) = waiting
        reading[last].write(b"x" * 20_000)
        assert await last == b"HTTP/1.1 200 OK\r\n"
        listed = (await http.get("/api/files")).json()["files"]
        for _, writer in lines:
            writer.close()

    assert [one["size"] for one in listed] == [80_000]


@pytest.mark.parametrize("settings", [{"max_workspace_sessions": 2}])
async def test_a_workspace_has_so_many_sessions_in_progress(house: House, settings: dict[str, Any]) -> None:
    async with house.http(house.ours) as http, house.http(house.other) as other:
        made = [await http.post("/api/sessions", json={"sessionType": "manual"}) for _ in range(3)]
        theirs = await other.post("/api/sessions", json={"sessionType": "manual"})
        await http.post(f"/api/sessions/{made[0].json()['sessionId']}/cancel", json={})
        again = await http.post("/api/sessions", json={"sessionType": "manual"})

    assert [one.status_code for one in (*made, theirs, again)] == [201, 201, 429, 201, 201]
    refused = made[2].json()
    assert (refused["code"], refused["retryable"]) == ("capacity", True)
    assert refused["details"] == {"what": "sessions in progress of one workspace", "limit": 2}


async def test_files_that_are_sent_and_deleted_are_on_record_by_id(house: House) -> None:
    async with house.http(house.acting) as http:
        await http.put("/api/files/mine", content=b"CANARY", headers={"Content-Disposition": 'x; filename="CANARY"'})
        form = await http.post("/api/files", files={"file": ("CANARY", b"CANARY")})
        await http.get("/api/files/mine")
        await http.delete("/api/files/mine")
        await http.delete("/api/files/mine")
    async with beside(Settings(data_dir=house.data_dir)) as store:
        entries = await store.read(lambda tx: tx.audited(("", 0), 100))

    told = [orjson.loads(one.text) for one in entries]
    assert [(one["what"], one["by"], one["about"]) for one in told] == [
        ("putFile", "robot", {"file": "mine"}),
        ("putFile", "robot", {"file": form.json()["fileIds"][0]}),
        ("deleteFile", "robot", {"file": "mine"}),
    ]
    assert "CANARY" not in str(told)
    assert first_broken(entries) is None
