"""`zenobia doctor` on what is far away: it asks, says what is the matter, and repeats no secret."""

import asyncio
import json
import logging
import signal
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.browser.far import Far
from tests.swift import KEY, SECRET, Swift
from zenobia.cli import app


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """Nothing that hangs is waited for long."""
    monkeypatch.setattr("zenobia.store.blobs.PROVEN_WITHIN", 2.0)
    monkeypatch.setattr("zenobia.operators.sources.KEEPS_TRYING", 1.0)
    yield
    logging.disable(logging.NOTSET)  # a doctor's process says nothing else; the tests' does


def findings(tmp_path: Path, *flags: str) -> list[dict[str, Any]]:
    """What the doctor says."""
    done = CliRunner().invoke(app, ["doctor", "--json", "--data-dir", str(tmp_path), *flags])
    return json.loads(done.stdout)["findings"]


def finding(what: str, tmp_path: Path, *flags: str) -> dict[str, Any]:
    """What the doctor says of one thing."""
    return next(one for one in findings(tmp_path, *flags) if one["what"] == what)


def test_files_are_kept_in_the_data_directory_if_nothing_else_is_said(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert [one["level"] for one in found if one["what"] == "Files"] == ["ok"]
    assert not [one for one in found if one["what"] == "Wall"], "browsers that are started here have one"


def test_a_bucket_that_can_be_written_is_fine(tmp_path: Path, bucket: str, swift: Swift) -> None:
    assert finding("Files", tmp_path, "--blobs", f"s3://{bucket}/files")["level"] == "ok"
    assert swift.keys(bucket) == []


def test_a_bucket_that_is_not_there_is_told(tmp_path: Path, bucket: str) -> None:
    found = finding("Files", tmp_path, "--blobs", f"s3://no-{bucket}")
    assert (found["level"], "404" in found["found"]) == ("fail", True)


def test_wrong_credentials_are_told_and_not_shown(tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"not-{SECRET}")
    found = finding("Files", tmp_path, "--blobs", f"s3://{bucket}")
    assert (found["level"], "403" in found["found"]) == ("fail", True)
    assert KEY not in str(found)
    assert SECRET not in str(found)


def test_a_store_that_hangs_is_told_in_time(tmp_path: Path, bucket: str, swift: Swift) -> None:
    swift.send(signal.SIGSTOP)
    try:
        found = finding("Files", tmp_path, "--blobs", f"s3://{bucket}")
    finally:
        swift.send(signal.SIGCONT)
    assert (found["level"], "no answer" in found["found"]) == ("fail", True)


async def test_a_remote_browser_that_answers_is_fine_and_one_that_does_not_is_told(tmp_path: Path) -> None:
    far = Far()
    await far.start()
    try:
        addresses = f"{far.address},http://127.0.0.1:9/?token=s3cret"
        found = await asyncio.to_thread(findings, tmp_path, "--browser-cdp", addresses)
    finally:
        await far.remove()
    wall = next(one for one in found if one["what"] == "Wall")
    assert (wall["level"], wall["found"].startswith("none: ")) == ("warn", True)
    good, bad = [one for one in found if one["what"] == "Remote"]
    assert (good["level"], "took its picture" in good["found"]) == ("ok", True)
    assert (bad["level"], bad["found"].startswith("127.0.0.1:9: ")) == ("fail", True)
    assert "s3cret" not in str(found)
    assert not [one for one in found if one["what"] in {"Browser", "Sandbox", "Page"}]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    assert finding("Files", tmp_path, "--blobs", str(tmp_path / "taken"))["level"] == "fail"


def test_what_a_server_would_refuse_is_told(tmp_path: Path) -> None:
    assert finding("Database", tmp_path)["level"] == "ok"
    (tmp_path / "zenobia.sqlite").write_bytes(b"no database" * 1_000)
    found = {
        one["what"]: one["level"]
        for one in findings(
            tmp_path, "--policy", "/nonexistent.toml", "--default-agent", "nope", "--host", "0.0.0.0", "--port", "0"
        )
    }

    assert {what: found[what] for what in ("Database", "Policy", "Agent", "Access")} == {
        **dict.fromkeys(("Database", "Policy", "Agent"), "fail"),
        "Access": "warn",
    }


def test_a_database_of_a_newer_zenobia_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "zenobia.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")

    found = finding("Database", tmp_path)
    assert (found["level"], "update Zenobia" in found["found"]) == ("fail", True)
