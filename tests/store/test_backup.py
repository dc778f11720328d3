"""A backup is made while the server works, and what comes back goes on; one that was changed does not come back."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows.conftest import Api
from zenobia.store import copying
from zenobia.store.backup import BackupImpossible, RestoreImpossible, back_up, restore
from zenobia.store.opening import DatabaseTooNew, migrate
from zenobia.testing import scripted_server

STEPS = "open https://a.example\nscreenshot\nask for approval\nscreenshot"


async def backed_up(tmp_path: Path) -> tuple[Path, str]:
    """A backup of a server that runs, with a session that waits for a person; the session's id."""
    async with scripted_server(tmp_path / "data") as kit:
        api = Api(kit.url)
        session = await api.create(STEPS, sessionType="playbook")
        await api.until(session, lambda event: event["eventType"] == "human_layer_request")
        (tmp_path / "data" / "secrets.key").write_text("CANARY-key")
        await asyncio.to_thread(back_up, tmp_path / "data", tmp_path / "backup.tar")
        await api.close()
    return tmp_path / "backup.tar", session


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if "backup" in path.name or "restore" in path.name]


async def test_a_session_goes_on_after_a_restore(tmp_path: Path) -> None:
    file, session = await backed_up(tmp_path)
    await asyncio.to_thread(restore, file, tmp_path / "restored")

    async with scripted_server(tmp_path / "restored") as kit:
        api = Api(kit.url)
        [request] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        picture = await api.http.get(f"/api/sessions/{session}/pictures/{request['screenshotId']}")
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        await api.close()

    assert ended["status"] == "completed"
    assert picture.status_code == 200
    assert b"CANARY-key" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert left(tmp_path) == []


async def test_what_a_newer_version_wrote_is_not_backed_up_by_this_one(tmp_path: Path) -> None:
    migrate(tmp_path / "zenobia.sqlite")
    with closing(sqlite3.connect(tmp_path / "zenobia.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(DatabaseTooNew):
        await asyncio.to_thread(back_up, tmp_path, tmp_path / "backup.tar")

    assert not (tmp_path / "backup.tar").exists()
    assert left(tmp_path) == []


async def test_a_place_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file, _ = await backed_up(tmp_path)
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RestoreImpossible):
        await asyncio.to_thread(restore, file, tmp_path / "file" / "below")


async def test_it_is_restored_where_the_directory_itself_cannot_be_replaced(tmp_path: Path) -> None:
    file, session = await backed_up(tmp_path)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    before = mounted.stat().st_ino
    await asyncio.to_thread(restore, file, mounted)

    async with scripted_server(mounted) as kit:
        api = Api(kit.url)
        found = await api.ok("GET", f"/api/sessions/{session}")
        await api.close()

    assert found["session"]["status"] == "waiting"
    assert mounted.stat().st_ino == before
    assert left(tmp_path) == []


@pytest.mark.parametrize("lost", [False, True], ids=["deleted", "lost"])
def test_what_comes_and_goes_while_it_is_made_leaves_no_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    data = tmp_path / "data"
    (data / "blobs").mkdir(parents=True)
    migrate(data / "zenobia.sqlite")
    copies: list[Path] = []

    def copy_while_a_file_comes_and_goes(source: Path, target: Path) -> None:
        if not copies:
            (data / "blobs" / "brief").write_bytes(b"here for a moment")
            change(source, "INSERT INTO files VALUES ('default', 'f', 'f', 'text/plain', 17, '0', 'brief', 1)")
        copies.append(target)
        copy_database(source, target)
        if not lost:
            change(source, "DELETE FROM files")
        (data / "blobs" / "brief").unlink(missing_ok=True)

    copy_database = copying.copy_database
    monkeypatch.setattr(copying, "copy_database", copy_while_a_file_comes_and_goes)
    back_up(data, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", tmp_path / "restored")

    with closing(sqlite3.connect(tmp_path / "restored" / "zenobia.sqlite")) as connection:
        named = [blob for (blob,) in connection.execute("SELECT blob FROM files")]
    assert named == (["brief"] if lost else [])
    assert len(copies) == 2


def change(database: Path, statement: str) -> None:
    """Change what a database holds, as a server would meanwhile."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


async def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    file, _ = await backed_up(tmp_path)
    whole = file.read_bytes()
    at = whole.index(b"SQLite format 3") + 200
    for damaged in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[: len(whole) // 2], b"no backup"):
        file.write_bytes(damaged)
        with pytest.raises(RestoreImpossible):
            restore(file, tmp_path / "restored")
        assert not (tmp_path / "restored").exists()


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file, _ = await backed_up(tmp_path)

    with pytest.raises(RestoreImpossible, match="not empty"):
        restore(file, tmp_path / "data")
    with pytest.raises(BackupImpossible, match="already"):
        back_up(tmp_path / "data", file)
    with pytest.raises(BackupImpossible, match="no database"):
        back_up(tmp_path / "elsewhere", tmp_path / "other.tar")
