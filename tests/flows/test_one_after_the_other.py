"""Servers on one database that work on the same files and sessions at once wait for each other, never in a circle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from tests.postgres import Postgres
from zenobia.protocol.errors import FileInUse, UnknownFile
from zenobia.protocol.files import FileMetadata, Origin
from zenobia.protocol.limits import Limits
from zenobia.sessions.callers import Caller
from zenobia.sessions.files import Files, Incoming
from zenobia.store.blobs import Blobs
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.tx import Tx

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
