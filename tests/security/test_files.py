"""Hostile files, names and bodies: kept as data, cut where they are too much, and never run."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.security.conftest import PATIENCE, House
from tests.security.test_approvals import asked

NAMES = (
    "../../x",
    "..\\..\\x",
    "/etc/cron.d/x",
    "C:\\x",
    "a\\0b",
    "x" * 3_000,
    "CON",
    ".",
    "",
    "\u202egnp.exe",
    "%2e%2e%2f",
    "<img src=x onerror=alert(1)>",
)
RUNS = {
    "x.svg": ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "x.html": ("text/html", b"<script>alert(1)</script>"),
    "x.xml": ("application/xml", b"<?xml version='1.0'?><x/>"),
    "x.gif": ("image/gif", b"GIF89a/*\x00*/=1;alert(1)"),
    "x.js": ("text/javascript", b"alert(1)"),
}
TRAVERSALS = (
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "%2fetc%2fpasswd",
    "..%5c..%5cetc",
)


def outside(house: House) -> set[Path]:
    """Everything beside the data directory."""
    return {path for path in house.data_dir.parent.rglob("*") if house.data_dir not in path.parents}


async def test_a_hostile_name_is_data(house: House) -> None:
    """20: nothing is written outside the data directory, nor under that name, and the list gives it back."""
    before = outside(house)
    async with house.http(house.ours) as http:
        for name in NAMES:
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
            body = head.encode() + b"content\r\n--b--\r\n"
            kind = {"Content-Type": "multipart/form-data; boundary=b"}
            answer = await http.post("/api/files", content=body, headers=kind)
            assert answer.status_code in {201, 400}, name
            if answer.status_code == 201:
                file = answer.json()["files"][0]
                assert file["fileId"].startswith("fil_")
                assert "/" not in (file["fileName"] or "")
                assert (await http.get(f"/api/files/{file['fileId']}")).content == b"content"
        listed = (await http.get("/api/files")).json()["files"]

    assert listed
    assert outside(house) == before
    kept = {path.name for path in house.data_dir.rglob("*") if path.is_file()}
    assert not [name for name in kept if any(part in name for part in ("img", "CON", "gnp", "xxx"))]


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_a_path_in_an_id_leads_nowhere(house: House, path: str) -> None:
    """21: once and twice encoded, and absolute."""
    async with house.http(house.ours) as http:
        answer = await http.get(httpx.URL(f"{house.url}/api/files/{path}"))

    assert answer.status_code in {400, 404}
    assert b"root:" not in answer.content


@pytest.mark.parametrize("name", RUNS)
async def test_what_could_run_is_an_attachment_without_rights(house: House, name: str) -> None:
    """22: sent to be saved, of the type it was given, and sandboxed should it be shown."""
    kind, data = RUNS[name]
    async with house.http(house.ours) as http:
        await http.put(f"/api/files/{name}", content=data, headers={"Content-Type": kind})
        answer = await http.get(f"/api/files/{name}")

    assert answer.content == data
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox; default-src 'none'" in answer.headers.get_list("content-security-policy")


async def test_a_picture_is_a_picture_and_is_taken_for_nothing_else(house: House) -> None:
    """22: a page has a hand in its bytes."""
    async with house.http(house.ours) as http:
        request = await asked(http)
        answer = await http.get(f"/api/sessions/{request['sessionId']}/pictures/{request['screenshotId']}")

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_packed_body_is_not_unpacked(house: House) -> None:
    """24: whatever it would become, over every route that takes a body."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    packed = {"Content-Encoding": "gzip"}
    async with house.http(house.ours) as http:
        for method, path in (("POST", "/api/sessions"), ("PUT", "/api/files/x"), ("POST", "/api/files")):
            answer = await http.request(method, path, content=bomb, headers=packed)
            assert (answer.status_code, answer.json()["code"]) == (415, "packed_body"), path
        assert (await http.get("/api/files")).json()["files"] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"config":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"config":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"config":{' + b",".join(b'"%d":1' % number for number in range(60_000)) + b"}}",
    ],
    ids=["deep objects", "deep lists", "many keys"],
)
async def test_json_that_is_too_deep_or_too_wide_is_refused(house: House, body: bytes) -> None:
    """24: at once, with a code."""
    async with house.http(house.ours) as http:
        answer = await http.post("/api/sessions", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload")


@pytest.mark.parametrize("settings", [{"body_grace": 1}])
async def test_uploads_that_hardly_come_are_cut_while_others_are_served(house: House, settings: dict[str, Any]) -> None:
    """26: a hundred uploads that stop after a byte, and one that does not."""
    port = int(house.url.rpartition(":")[2])
    head = f"HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {house.ours}\r\nContent-Length: 1000\r\n\r\nx"

    async def upload(number: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"PUT /api/files/slow-{number} {head}".encode())
        try:
            async with asyncio.timeout(2 * PATIENCE):
                return await reader.readline()
        finally:
            writer.close()

    async with asyncio.TaskGroup() as group:
        uploads = [group.create_task(upload(number), name="slow upload") for number in range(100)]
        async with house.http(house.ours) as quick:
            assert (await quick.put("/api/files/quick", content=b"y" * 100_000)).status_code == 200
    async with house.http(house.ours) as http:
        listed = (await http.get("/api/files")).json()["files"]

    assert {one.result() for one in uploads} == {b"HTTP/1.1 408 Request Timeout\r\n"}
    assert [file["fileId"] for file in listed] == ["quick"]
