"""A data directory belongs to one server, is checked after a crash, and is brought to the newest schema."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from tests.postgres import Postgres
from zenobia.protocol.limits import Limits
from zenobia.store.opening import (
    HEAD,
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseNotUnicode,
    DatabaseTooNew,
    DatabaseUnreachable,
    DataDirectory,
    DataDirectoryInUse,
    DataDirectoryUnusable,
    migrate,
    open_store,
    require_readable,
)
from zenobia.store.schema import metadata
from zenobia.store.sqlite import sqlite_engine

HOLD = """
import sys, time
from pathlib import Path
from zenobia.store.opening import DataDirectory
held = DataDirectory(Path(sys.argv[1]))
held.open()
print("held", flush=True)
time.sleep(60)
"""


def holder(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_second_server_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    first = holder(tmp_path)
    try:
        with pytest.raises(DataDirectoryInUse) as refused:
            DataDirectory(tmp_path).open()
    finally:
        kill(first)

    assert str(first.pid) in refused.value.message


def test_a_killed_server_leaves_its_directory_free_but_marked(tmp_path: Path) -> None:
    kill(holder(tmp_path))

    directory = DataDirectory(tmp_path)
    directory.open()

    assert directory.unclean
    directory.close()
    again = DataDirectory(tmp_path)
    again.open()
    assert not again.unclean
    again.close()


async def test_a_damaged_database_is_refused_after_an_unclean_stop(tmp_path: Path) -> None:
    migrate(tmp_path / "zenobia.sqlite")
    with (tmp_path / "zenobia.sqlite").open("r+b") as file:
        file.seek(4_096)
        file.write(os.urandom(8_192))
    kill(holder(tmp_path))
    directory = DataDirectory(tmp_path)
    directory.open()

    with pytest.raises(DatabaseDamaged):
        open_store(directory, Limits())
    directory.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zenobia.sqlite").write_bytes(b"this is not a database, whatever it is called" * 50)

    with pytest.raises(DatabaseDamaged):
        migrate(tmp_path / "zenobia.sqlite")


def test_a_database_that_may_not_be_opened_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "zenobia.sqlite").mkdir()

    with pytest.raises(DataDirectoryUnusable):
        migrate(tmp_path / "zenobia.sqlite")
    with pytest.raises(DataDirectoryUnusable):
        require_readable(tmp_path)


def test_a_database_that_another_program_holds_is_not_taken_for_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.store.sqlite.BUSY_TIMEOUT", 0.05)
    path = tmp_path / "zenobia.sqlite"
    migrate(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE alembic_version SET version_num = version_num")

    with pytest.raises(DatabaseLocked):
        migrate(path)
    other.close()

    migrate(path)


async def test_nobody_else_can_read_what_is_stored_in_a_directory_that_was_there_before(tmp_path: Path) -> None:
    folder = tmp_path / "made-before"
    folder.mkdir(mode=0o755)
    directory = DataDirectory(folder)
    directory.open()
    store = open_store(directory, Limits())
    await store.write(lambda tx: tx.add_session("default", "manual", "hello", {}))

    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.glob("zenobia.sqlite*")}
    await store.close()
    directory.close()

    assert len(modes) > 1
    assert set(modes.values()) == {0o600}


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zenobia.sqlite"
    migrate(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(DatabaseTooNew):
        migrate(path)


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(DataDirectoryUnusable):
        DataDirectory(tmp_path / "file" / "data").open()


def test_the_migrations_make_exactly_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "zenobia.sqlite"
    migrate(path)
    engine = sqlite_engine(path)

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        plans = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'events'").scalar()
    engine.dispose()

    assert differences == []
    assert "WITHOUT ROWID" in str(plans)


async def test_the_migrations_make_exactly_the_schema_on_postgresql_too(postgres: Postgres) -> None:
    database = postgres.database()
    await open_store(DataDirectory(Path()), Limits(), database).close()
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


async def test_a_database_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(DatabaseUnreachable):
        open_store(DataDirectory(Path()), Limits(), "postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Postgres, encoding: str) -> None:
    with pytest.raises(DatabaseNotUnicode, match=encoding):
        open_store(DataDirectory(Path()), Limits(), postgres.database(encoding))


def test_head_is_the_newest_migration() -> None:
    versions = Path(sys.modules["zenobia.store.opening"].__file__ or "").parent / "migrations" / "versions"

    assert max(path.name for path in versions.glob("[0-9]*.py")).startswith(HEAD)
