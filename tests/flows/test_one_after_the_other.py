"""Servers on one database that work on the same files and sessions at once wait for each other, never in a circle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from tests.flows.conftest import Api
from tests.postgres import Postgres
from zenobia.protocol.errors import FileInUse, UnknownFile
from zenobia.protocol.files import FileMetadata, Origin
from zenobia.protocol.limits import Limits
from zenobia.sessions.callers import Caller
from zenobia.sessions.files import Files, Incoming
from zenobia.store.blobs import Blobs
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.tx import Tx
from zenobia.testing import scripted_server

ADA = Caller("ada")
ROUNDS = 12


async def chunks() -> AsyncIterator[bytes]:
    yield b"data"


async def test_nobody_waits_in_a_circle(postgres: Postgres, tmp_path: Path) -> None:
    url, log = postgres.database(), postgres.folder / "log"
    before = len(log.read_text())
    stores = [open_store(DataDirectory(tmp_path), Limits(), url) for _ in range(2)]
    blobs = Blobs.at(str(tmp_path))
    folders = [Files(store, blobs, store.limits, tmp_path) for store in stores]

    def created(tx: Tx) -> str:
        session = tx.add_session(ADA.workspace, "manual", None, {}).id
        tx.attach(session, [FileMetadata(file_id="shared")], Origin.CLIENT)
        return session

    sessions = [await stores[0].write(created) for _ in range(2)]

    def spoken(tx: Tx, session: str) -> None:
        tx.require(session, ADA.workspace)
        tx.say(session, "hello")
        tx.record(ADA.deed("sendMessage", {"session": session}))

    async def deleted(folder: Files, file: str) -> None:
        with suppress(UnknownFile, FileInUse):
            await folder.delete(ADA, file)

    async def commanded(at: int) -> None:
        folder, store = folders[at % 2], stores[at % 2]
        await asyncio.gather(
            folder.put(ADA.workspace, Incoming("a", None, chunks()), "shared", by=ADA),
            folder.put(ADA.workspace, Incoming("b", None, chunks()), "alone", by=ADA),
            deleted(folder, "alone"),
            store.write(lambda tx: spoken(tx, sessions[at % 2])),
        )

    await asyncio.gather(*(commanded(at) for at in range(ROUNDS)))
    for store in stores:
        await store.close()

    assert "deadlock detected" not in log.read_text()[before:]


async def test_of_many_sessions_that_are_taken_up_at_once_no_more_are_than_may(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.database()
    async with scripted_server(tmp_path, database=url, worker=False, max_workspace_sessions=2) as kit:
        api, sessions = Api(kit.url), list[str]()
        for _ in range(12):
            sessions.append(await api.create("open example.com"))
            await api.ok("POST", f"/api/sessions/{sessions[-1]}/cancel")

        said = await asyncio.gather(
            *(api.answer("POST", f"/api/sessions/{one}/messages", {"message": "go back"}) for one in sessions)
        )
        await api.close()

    assert sorted(answer.get("code", "") for _, answer in said) == ["", ""] + 10 * ["capacity"]
