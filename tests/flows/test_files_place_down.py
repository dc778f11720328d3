"""Where files are kept is down, or has lost some: who asks for one is told, and sessions that need none go on."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.flows.conftest import Api
from tests.swift import Swift
from zenobia.testing import scripted_server


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Api]:
    """REST with a server whose object store is not there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    async with scripted_server(tmp_path / "data", blobs="s3://bucket") as kit:
        speaking = Api(kit.url)
        yield speaking
        await speaking.close()


async def test_an_upload_is_refused_and_may_be_tried_again(api: Api) -> None:
    response = await api.http.put("/api/files/list", content=b"data")
    assert (response.status_code, response.json()["code"], response.json()["retryable"]) == (
        503,
        "storage_unavailable",
        True,
    )


async def test_a_session_asks_and_ends_without_its_pictures(api: Api) -> None:
    session = await api.create('open shop.example then click "Place order" (ask first)')
    request = await api.asked(session)
    await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
    ended = await api.ended(session)
    assert (ended["status"], ended["result"].get("screenshotId")) == ("completed", None)


async def test_bytes_that_are_gone_are_said_to_be(tmp_path: Path, swift: Swift, bucket: str) -> None:
    async with scripted_server(tmp_path / "data", blobs=f"s3://{bucket}") as kit:
        api = Api(kit.url)
        (await api.http.put("/api/files/list", content=b"data")).raise_for_status()
        session = await api.create('open example.com then upload "list" to "Your file"', fileIds=["list"])
        await api.ended(session)
        for key in swift.keys(bucket):
            swift.opened(bucket).delete(key)

        for path in ("/api/files/list", "/api/files/list/text"):
            status, answer = await api.answer("GET", path)
            assert (status, answer["code"], answer["retryable"]) == (404, "file_lost", False)
        status, answer = await api.answer("GET", f"/api/sessions/{session}/screenshot")
        assert (status, answer["code"]) == (404, "unknown_picture")
        await api.close()
