"""What is deleted is gone: no byte of a deleted session is in the data directory, nor in the log of its database."""

import asyncio
from pathlib import Path

import pytest

from tests.flows.conftest import Api
from tests.security.conftest import PATIENCE
from zenobia.operators.base import Outcome
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.testing import scripted_server

WORDS = (b"CANARY-prompt", b"CANARY-page", b"CANARY-found", b"CANARY-command")


def holding(folder: Path) -> set[bytes]:
    """Which of the words stand anywhere below the folder, in a file's name or its bytes."""
    kept = b"".join(path.name.encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {word for word in WORDS if word in kept}


WRITES = 30
STEPS = 'open https://a.example/CANARY-page\nextract "Prices" as prices\nsay "CANARY-prompt"\nscreenshot'


def telling() -> ScriptedBrowsers:
    """Browsers whose pages say what nobody should find afterwards."""
    return ScriptedBrowsers({"extract": Outcome("Read it.", value="CANARY-found", title="CANARY-page")})


async def lived(api: Api) -> str:
    """A session that has ended, all of whose words are on the disk."""
    session = await api.create(STEPS, sessionType="playbook", commandId="CANARY-command")
    await api.ended(session)
    return session


async def test_no_byte_of_a_deleted_session_stays_on_disk(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, telling()) as kit:
        api = Api(kit.url)
        session = await lived(api)
        before = holding(tmp_path)
        await api.ok("DELETE", f"/api/sessions/{session}")
        await api.close()

    assert before == set(WORDS), "otherwise this test proves nothing"
    assert holding(tmp_path) == {b"CANARY-command"}, "that a command was answered stays known, for a day"


async def test_it_is_gone_while_the_server_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from the log of the database, where it would lie until something else is written over it."""
    monkeypatch.setattr("zenobia.store.sqlite.FORGETS_EVERY", 0.0)  # should somebody just read
    async with scripted_server(tmp_path, telling()) as kit:
        api = Api(kit.url)
        session = await lived(api)
        await api.ok("DELETE", f"/api/sessions/{session}")
        await gone(tmp_path, api)
        await api.close()


async def test_what_has_been_kept_for_long_enough_goes_in_the_same_way(tmp_path: Path) -> None:
    async with scripted_server(tmp_path, telling()) as kit:
        api = Api(kit.url)
        session = await lived(api)
        await api.close()
    assert holding(tmp_path) == set(WORDS)
    async with scripted_server(tmp_path, retention=1e-9) as kit:
        api = Api(kit.url)
        await gone(tmp_path, api)
        assert (await api.answer("GET", f"/api/sessions/{session}"))[0] == 404
        await api.close()


async def gone(folder: Path, api: Api) -> None:
    """Write a few other things, far too few to fill the log of the database, until nothing is left."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(WRITES):
            if holding(folder) == {b"CANARY-command"} and not pictures(folder):
                break
            await api.http.put("/api/files/other", content=b"x")
            await asyncio.sleep(PATIENCE / WRITES / 2)
    assert (holding(folder), pictures(folder)) == ({b"CANARY-command"}, [])


def pictures(folder: Path) -> list[Path]:
    """The pictures that are kept; they are deleted after what named them."""
    return [one for one in (folder / "blobs" / "pictures").rglob("*") if one.is_file()]
