"""Two servers, one database, one bucket: what is uploaded at one is used by the browser of the other, and back."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.browser.conftest import Ask
from tests.flows.conftest import Api
from tests.postgres import Postgres
from tests.swift import Swift
from zenobia.app import serving, working
from zenobia.settings import Settings

SEND = """open {site}/form
type "Ada" into "Full name"
type "ada@example.org" into "Email"
upload "list.txt" to "Attach a document"
click "Send request"
open {site}/downloads
download "Download report (CSV)"
"""


@pytest_asyncio.fixture(loop_scope="session")
async def api(server: str) -> AsyncIterator[Api]:
    """REST with that server."""
    speaking = Api(server)
    yield speaking
    await speaking.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server(postgres: Postgres, bucket: str, tmp_path: Path) -> AsyncIterator[str]:
    """A server without browsers, whose sessions run at a worker that shares nothing but database and bucket with it."""
    shared: dict[str, Any] = {
        "database": postgres.database(),
        "blobs": f"s3://{bucket}/files",
        "host": "127.0.0.1",
        "port": 0,
        "allow_networks": ["127.0.0.0/8"],
    }
    here = Settings(data_dir=tmp_path / "here", worker=False, **shared)
    there = Settings(data_dir=tmp_path / "there", warm_browsers=0, **shared)
    async with serving(here) as listening, working(there):
        yield listening.url


async def test_a_file_goes_from_one_server_through_the_browser_of_another_and_back(
    api: Api, site: str, ask: Ask, swift: Swift, bucket: str
) -> None:
    sent = bytes(range(256)) * (40 << 10)  # ten megabytes: more than one part
    put = await api.http.put(
        "/api/files/list", content=sent, headers={"Content-Disposition": 'attachment; filename="list.txt"'}
    )
    assert put.status_code == 200, put.text

    session = await api.create(SEND.format(site=site), fileIds=["list"])
    ended = await api.ended(session)

    assert ended["status"] == "completed", ended
    arrived = (await ask("/form/submissions.json"))[-1]["file"]
    assert (arrived["size"], arrived["sha256"]) == (len(sent), hashlib.sha256(sent).hexdigest())
    [download] = [file for file in ended["files"] if file.get("origin") == "download"]
    got = await api.http.get(f"/api/files/{download['fileId']}")
    async with httpx.AsyncClient(timeout=30) as there:
        report = await there.get(f"{site}/downloads/report.csv")
    assert (got.status_code, got.content) == (200, report.content)
    picture = await api.http.get(f"/api/sessions/{session}/pictures/{ended['result']['screenshotId']}")
    assert picture.content.startswith(b"\x89PNG")
    kept = [key.split("/")[1] for key in swift.keys(bucket)]
    steps = (await api.http.get(f"/api/sessions/{session}/pictures")).json()["pictures"]
    assert kept.count("files") == 2, "the file and the download"
    assert kept.count("pictures") == len(kept) - 2 == len(steps) > 1
