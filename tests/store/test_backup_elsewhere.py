"""The same promises where rows are in PostgreSQL, bytes in an object store, or both."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.flows.cli import zenobia
from tests.flows.conftest import Api
from tests.postgres import Postgres
from tests.swift import Swift
from zenobia.app import beside
from zenobia.protocol.audit import first_broken
from zenobia.settings import Settings
from zenobia.store.backup import RestoreImpossible, back_up, restore
from zenobia.testing import scripted_server

STEPS = "open https://a.example\nscreenshot\nask for approval\nscreenshot"


@dataclass(frozen=True)
class Place:
    """Where a server keeps rows and bytes; None is the data directory."""

    data: Path
    database: str | None
    blobs: str | None

    @property
    def elsewhere(self) -> dict[str, Any]:
        """What a server, or the command, is told of it."""
        told = {"database": self.database, "blobs": self.blobs}
        return {name: value for name, value in told.items() if value is not None}


@pytest.fixture(params=["postgresql, another folder", "object store"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, Place]:
    """Two of one kind."""
    made: list[Place] = []
    for number in (1, 2):
        if request.param == "object store":
            swift: Swift = request.getfixturevalue("swift")
            for name, value in swift.environment.items():
                monkeypatch.setenv(name, value)
            made.append(Place(tmp_path / f"data-{number}", None, f"s3://{swift.bucket()}"))
        else:
            cluster: Postgres = request.getfixturevalue("postgres")
            made.append(Place(tmp_path / f"data-{number}", cluster.database(), str(tmp_path / f"bytes-{number}")))
    return made[0], made[1]


async def backed_up(place: Place, file: Path) -> str:
    """Back a server up that runs, with a file and a session that waits for a person; the session's id."""
    async with scripted_server(place.data, **place.elsewhere) as kit:
        api = Api(kit.url)
        assert (await api.http.put("/api/files/mine", content=b"CANARY-bytes")).status_code == 200
        session = await api.create(STEPS, sessionType="playbook")
        await api.asked(session)
        await asyncio.to_thread(back_up, place.data, file, **place.elsewhere)
        await api.close()
    return session


async def test_a_session_goes_on_after_a_restore(places: tuple[Place, Place], tmp_path: Path) -> None:
    before, after = places
    session = await backed_up(before, tmp_path / "backup.tar")
    await asyncio.to_thread(restore, tmp_path / "backup.tar", after.data, **after.elsewhere)

    async with scripted_server(after.data, **after.elsewhere) as kit:
        api = Api(kit.url)
        [request] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        picture = await api.http.get(f"/api/sessions/{session}/pictures/{request['screenshotId']}")
        file = await api.http.get("/api/files/mine")
        other = await api.create("open https://b.example")
        await api.ended(other)
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        listed = (await api.ok("GET", "/api/sessions"))["sessions"]
        await api.close()
    async with beside(Settings(data_dir=after.data, **after.elsewhere)) as store:
        entries = await store.read(lambda tx: tx.audited(("", 0), 1_000))

    assert ended["status"] == "completed"
    assert picture.status_code == 200
    assert file.content == b"CANARY-bytes"
    assert [one["id"] for one in listed] == [other, session], "numbers go on from the last"
    assert len(entries) == 4
    assert first_broken(entries) is None


async def test_nothing_is_overwritten_and_nothing_is_put_where_it_does_not_belong(
    postgres: Postgres, tmp_path: Path
) -> None:
    here, there = Place(tmp_path / "here", None, None), Place(tmp_path / "there", postgres.database(), None)
    await backed_up(here, tmp_path / "here.tar")
    await backed_up(there, tmp_path / "there.tar")
    new = postgres.database()

    with pytest.raises(RestoreImpossible, match="not empty"):
        restore(tmp_path / "there.tar", tmp_path / "new", database=there.database)
    with pytest.raises(RestoreImpossible, match="leave out --database"):
        restore(tmp_path / "here.tar", tmp_path / "new", database=new)
    with pytest.raises(RestoreImpossible, match="say which with --database"):
        restore(tmp_path / "there.tar", tmp_path / "new")
    whole = (tmp_path / "there.tar").read_bytes()
    at = whole.index(b"PGCOPY")
    (tmp_path / "there.tar").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(RestoreImpossible, match="not as it was"):
        restore(tmp_path / "there.tar", tmp_path / "newer", database=new)
    with psycopg.connect(new) as connection:
        found = connection.execute("SELECT to_regclass('sessions')").fetchone()
    assert found == (None,), "nothing is there before all of it was checked"


async def test_the_commands_say_what_they_did_and_where(postgres: Postgres, tmp_path: Path) -> None:
    place = Place(tmp_path / "data", postgres.database(), None)
    await backed_up(place, tmp_path / "first.tar")
    where = ("--database", str(place.database), "--data-dir", str(place.data))
    saved = await zenobia("backup", "second.tar", *where, cwd=tmp_path)
    again = await zenobia("restore", "second.tar", *where, cwd=tmp_path)
    new = ("--database", postgres.database(), "--data-dir", "new")
    put_back = await zenobia("restore", "second.tar", *new, cwd=tmp_path)

    assert saved.out.startswith("Saved "), saved.err
    assert (tmp_path / "second.tar").stat().st_mode & 0o077 == 0
    assert (again.code, again.out) == (1, "")
    assert "cannot be restored: the data directory is not empty" in again.err
    assert put_back.out.endswith("to the database\n"), put_back.err
