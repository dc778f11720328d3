"""Files and pictures: bytes to the blobs first, then the row; a row without its bytes is never seen."""

import logging
import mimetypes
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from zenobia.operators.base import Downloaded, Picture
from zenobia.protocol.action_errors import AmbiguousFile
from zenobia.protocol.actions import Action, Upload
from zenobia.protocol.errors import (
    FileLost,
    FileNotAvailable,
    NotOfSession,
    StaleOwner,
    StorageUnavailable,
    UnknownPicture,
    ZenobiaError,
)
from zenobia.protocol.files import File, FileMetadata, plain_name
from zenobia.protocol.ids import file_id, new_id, picture_id
from zenobia.protocol.limits import Limits
from zenobia.sessions.arriving import Arriving
from zenobia.sessions.callers import Caller
from zenobia.sessions.reading import Readers, read_text
from zenobia.store.blobs import Blobs, pieces
from zenobia.store.engine import Store
from zenobia.store.file_rows import StoredFile, StoredPicture
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)


NAMED = 20
"""Files that are named to whoever asks for one that is not there."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way in: what its sender says of it, and its bytes."""

    name: str | None
    content_type: str | None
    chunks: AsyncIterable[bytes]


class Files:
    """The files of workspaces and the pictures of sessions."""

    def __init__(self, store: Store, blobs: Blobs, limits: Limits, scratch: Path) -> None:
        self._store = store
        self._blobs = blobs
        self._limits = limits
        self._scratch = scratch
        self._on_their_way = Arriving(limits.workspace_bytes)
        self._readers = Readers()

    def over(self, store: Store) -> "Files":
        """The same files, with their rows reached through another view of the store."""
        other = copy(self)
        other._store = store
        return other

    async def put(
        self, workspace: str, incoming: Incoming, file: str | None = None, *, by: Caller | None = None
    ) -> File:
        """Take a file in, under the client's id or a fresh one; an id that is there already gets the new bytes.

        What somebody sends goes on record, what sessions bring does not.

        Raises:
            FileTooLarge, QuotaReached: it has more bytes than a file may, or than the workspace has room for.
            TimedOut: it took a day to arrive.
        """
        blob = f"files/{new_id('blob')}"
        room = await self._store.read(lambda tx: tx.file_room(workspace, file))
        held = self._on_their_way.held(workspace, incoming.chunks, room, file)
        async with self._arriving(blob), aclosing(held):
            written = await self._blobs.write(blob, held, limit=self._limits.file)
            stored = StoredFile(
                id=file or file_id(),
                name=incoming.name,
                content_type=incoming.content_type,
                size=written.size,
                sha256=written.sha256,
                blob=blob,
            )

            def keep(tx: Tx) -> list[str]:
                replaced = _keep(tx, workspace, stored)
                if by is not None:
                    tx.record(by.deed("putFile", {"file": stored.id}))
                return replaced

            replaced = await self._store.write(keep)
        await self.drop(replaced)
        return File(
            file_id=stored.id,
            file_name=stored.name,
            content_type=stored.content_type,
            size=stored.size,
            sha256=stored.sha256,
            available=True,
        )

    async def find(self, workspace: str, file: str) -> StoredFile:
        """A file whose bytes are here.

        Raises:
            UnknownFile: there is none.
        """
        return await self._store.read(lambda tx: tx.file(workspace, file))

    async def newest(self, workspace: str, *, before: str | None, most: int) -> list[File]:
        """Up to `most` files, newest first."""
        return await self._store.read(lambda tx: tx.files(workspace, before=before, most=most))

    async def stream(self, stored: StoredFile, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The file's bytes from `start` up to `end`, in pieces.

        The first piece is here when this returns, so that a failure can still be told.

        Raises:
            FileLost, StorageUnavailable: they are gone, or cannot be had now.
        """
        pieces = self._blobs.stream(stored.blob, start, end)
        try:
            first = await anext(pieces, b"")
        except FileNotFoundError:
            raise FileLost(file_id=stored.id) from None
        return _with_first(first, pieces)

    async def delete(self, caller: Caller, file: str) -> None:
        """Forget a file, then its bytes.

        Raises:
            UnknownFile, FileInUse: it is not there, or a session in progress holds it.
        """

        def delete(tx: Tx) -> list[str]:
            blobs = [tx.drop_file(caller.workspace, file)]
            tx.give_up(blobs)
            tx.record(caller.deed("deleteFile", {"file": file}))
            return blobs

        await self.drop(await self._store.write(delete))

    @asynccontextmanager
    async def local(self, stored: StoredFile) -> AsyncGenerator[Path]:
        """The file on this machine's disk under its own name, for as long as the context lasts.

        Raises:
            FileLost, StorageUnavailable: its bytes are gone, or cannot be had now.
        """
        async with AsyncExitStack() as lent:
            try:
                name = stored.name or stored.id
                path = await lent.enter_async_context(self._blobs.local(stored.blob, name=name, scratch=self._scratch))
            except FileNotFoundError:
                raise FileLost(file_id=stored.id) from None
            yield path

    async def text(self, workspace: str, file: str) -> str:
        """The file's text, converted from its format.

        Raises:
            UnknownFile, FileLost, FileUnreadable: it is not there, or holds no text that can be read.
            AtCapacity: too many wait for theirs.
        """
        stored = await self.find(workspace, file)
        async with self._readers.one(), self.local(stored) as path:
            return await read_text(path, stored.name or stored.id, stored.content_type)

    async def take_download(self, workspace: str, download: Downloaded) -> FileMetadata:
        """Take over a finished download as a file of the workspace; what is told of it."""
        name = plain_name(download.name) or "download"
        incoming = Incoming(name, download.content_type, pieces(download.path))
        try:
            file = await self.put(workspace, incoming)
        finally:
            download.path.unlink(missing_ok=True)
        return FileMetadata(file_id=file.file_id, file_name=name, content_type=download.content_type)

    async def take_text(self, workspace: str, name: str, text: str) -> FileMetadata:
        """Make a text a file of the workspace, its type by its name; what is told of it."""

        async def chunks() -> AsyncIterator[bytes]:
            yield text.encode()

        name = plain_name(name) or "note.txt"
        content_type = mimetypes.guess_type(name)[0] or "text/plain"
        file = await self.put(workspace, Incoming(name, content_type, chunks()))
        return FileMetadata(file_id=file.file_id, file_name=name, content_type=content_type)

    async def session_file(self, workspace: str, session: str, wanted: str) -> StoredFile:
        """A session's file by its id or its name.

        Raises:
            UnknownFile, FileNotAvailable: the session has none, or its bytes have not arrived.
            AmbiguousFile: it has several of that name.
        """
        held = await self._store.read(lambda tx: tx.session_files(session))
        meant = [f for f in held if f.file_id == wanted] or [f for f in held if f.file_name == wanted]
        if not meant:
            names = [f'"{file.file_name or file.file_id}"' for file in held]
            more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
            raise NotOfSession(name=wanted, present=", ".join(names[:NAMED] + more) or "none")
        if len(meant) > 1:
            candidates = ", ".join(file.file_id for file in meant)
            raise AmbiguousFile(count=len(meant), name=wanted, candidates=candidates)
        file = meant[0]
        if not file.available:
            raise FileNotAvailable(file_id=file.file_id)
        stored = await self.find(workspace, file.file_id)
        return StoredFile(stored.id, file.file_name, file.content_type, stored.size, stored.sha256, stored.blob)

    async def require(self, workspace: str, session: str, action: Action) -> None:
        """Make sure that a session has the file that an action gives away, though its bytes may still have to arrive.

        Raises:
            UnknownFile, AmbiguousFile: it has not, or it has several of that name.
        """
        if isinstance(action, Upload):
            with suppress(FileNotAvailable):
                await self.session_file(workspace, session, action.file)

    async def keep_picture(self, session: str, picture: Picture, *, seq: int, most: int | None = None) -> StoredPicture:
        """Keep a picture, of the page after the event `seq`, as the session's newest; or as one of `most` of its steps.

        Raises:
            PrivateNow: a person drives in private, or has done so after that event.
            AtCapacity: there are enough.
        """
        name = picture_id()
        stored = StoredPicture(
            id=name,
            blob=f"pictures/{session}/{name}",
            mime_type=picture.mime_type,
            width=picture.width,
            height=picture.height,
            url=picture.url,
            title=picture.title,
            taken_at=picture.taken_at,
            seq=seq,
        )

        def keep(tx: Tx) -> None:
            tx.keep_picture(session, stored, most)
            tx.arrived(stored.blob)

        async with self._arriving(stored.blob):
            await self._blobs.put(stored.blob, picture.data)
            await self._store.write(keep)
        return stored

    async def picture(self, session: str, picture: str | None = None) -> Picture:
        """A kept picture: the one named, or the newest.

        Raises:
            UnknownPicture: there is none.
        """
        stored = await self._store.read(lambda tx: tx.picture(session, picture))
        try:
            data = await self._blobs.get(stored.blob)
        except FileNotFoundError:
            raise UnknownPicture from None
        return Picture(data, stored.mime_type, stored.width, stored.height, stored.url, stored.title, stored.taken_at)

    async def picture_of(self, workspace: str, session: str, picture: str) -> Picture:
        """A kept picture of a session that the workspace must have.

        Raises:
            UnknownSession, UnknownPicture: it has none.
        """
        await self._store.read(lambda tx: tx.require(session, workspace))
        return await self.picture(session, picture)

    async def erase(self, session: str, workspace: str) -> None:
        """Delete an ended session with everything of it.

        Raises:
            UnknownSession, SessionActive: it is not there, or still goes on.
        """

        def erase(tx: Tx) -> list[str]:
            blobs = tx.erase(session, workspace)
            tx.give_up(blobs)
            return blobs

        await self.drop(await self._store.write(erase))

    async def drop(self, blobs: list[str]) -> bool:
        """Delete bytes that no row names any more; whether they are gone. What is left, the next sweep finds."""
        gone: list[str] = []
        try:
            for blob in blobs:
                await self._blobs.delete(blob)
                gone.append(blob)
        except StorageUnavailable:
            log.warning("%s could not be deleted; nothing names it any more", blobs[len(gone)])
        if gone:
            try:
                await self._store.write(lambda tx: tx.deleted(gone))
            except ZenobiaError:
                log.warning("the store did not answer; it is told later which bytes are gone")
                return False
        return gone == blobs

    @asynccontextmanager
    async def _arriving(self, blob: str) -> AsyncGenerator[None]:
        """Write a blob and name it, inside: whatever comes between, it is known that it may have been left."""
        await self._store.write(lambda tx: tx.expect(blob))
        try:
            yield
        except (StorageUnavailable, StaleOwner):  # it may have been named all the same: a sweep finds out
            raise
        except ZenobiaError:  # it broke off, was too large, or its session was deleted meanwhile
            await self.drop([blob])
            raise


def _keep(tx: Tx, workspace: str, stored: StoredFile) -> list[str]:
    """Name a file's bytes; which bytes nothing names any more."""
    tx.arrived(stored.blob)
    old = tx.keep_file(workspace, stored)
    replaced = [] if old is None else [old]
    tx.give_up(replaced)
    return replaced


async def _with_first(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
