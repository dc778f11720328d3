"""The verbs of files and pictures: their rows; the bytes are the blobs'."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from zenobia.protocol.control import PrivateNow
from zenobia.protocol.errors import AtCapacity, FileInUse, LogFull, TooManyFiles, UnknownFile, UnknownPicture
from zenobia.protocol.events import FilesData
from zenobia.protocol.files import File, FileMetadata, Origin
from zenobia.protocol.wire import Millis
from zenobia.store.control_rows import ControlRows
from zenobia.store.log import pack
from zenobia.store.measured import file_of, stored_file
from zenobia.store.quota_rows import GOING
from zenobia.store.schema import files, pictures, session_files, sessions


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are here: `blob` is where."""

    id: str
    name: str | None
    content_type: str | None
    size: int
    sha256: str
    blob: str


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture whose bytes are at `blob`; `seq` is the number of the event that it shows the page after."""

    id: str
    blob: str
    mime_type: str
    width: int
    height: int
    url: str
    title: str
    taken_at: Millis
    seq: int


class FileRows(ControlRows):
    """Files and pictures in one transaction."""

    def attach(self, session: str, told: Sequence[FileMetadata], origin: Origin, message: str | None = None) -> None:
        """Add files to a session, by what is told of them; telling again updates.

        Raises:
            TooManyFiles: the session would hold more than it may.
        """
        self.status(session)  # holds the session, and so its files
        held = select(session_files.c.file).where(session_files.c.session == session)
        known = {row.file for row in self.rows(held)}
        position = len(known)
        for one in told:
            values = {"json": pack(one.model_dump(mode="json", by_alias=True, exclude_unset=True)), "origin": origin}
            mine = (session_files.c.session == session, session_files.c.file == one.file_id)
            if one.file_id in known:
                self.run(update(session_files).where(*mine).values(**values))
                continue
            if len(known) >= self.limits.files_per_session:
                raise TooManyFiles(limit=self.limits.files_per_session)
            known.add(one.file_id)
            position += 1
            self.run(insert(session_files).values(session=session, file=one.file_id, position=position, **values))
        ids = {one.file_id for one in told}
        shown = [file for file in self._files_of([session])[session] if file.file_id in ids]
        names = ", ".join(one.file_name or one.file_id for one in shown[:5]) + (" …" if len(shown) > 5 else "")
        self.append(session, FilesData(files=shown), message or f"Attached {names}.")

    def session_files(self, session: str) -> list[File]:
        """The session's files, in the order in which they were attached."""
        return self._files_of([session])[session]

    def keep_file(self, workspace: str, file: StoredFile) -> str | None:
        """Keep a file whose bytes have arrived; tells every session that waits for it. The blob it replaces, if any.

        Raises:
            QuotaReached: the workspace has no room for it.
        """
        self.hold_quotas(workspace)
        old = self.row(select(files.c.blob, files.c.size).where(files.c.workspace == workspace, files.c.id == file.id))
        more = (1, file.size) if old is None else (0, file.size - old.size)
        self.count_files(workspace, more_files=more[0], more_bytes=more[1])
        self.run(delete(files).where(files.c.workspace == workspace, files.c.id == file.id))
        self.run(
            insert(files).values(
                workspace=workspace,
                id=file.id,
                name=file.name,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
                blob=file.blob,
                created_at=self.now,
            )
        )
        for session in self._users(workspace, file.id):
            shown = [one for one in self.session_files(session) if one.file_id == file.id]
            with suppress(LogFull):  # a session that can only end must not keep the file from the others
                self.append(session, FilesData(files=shown), f"{shown[0].file_name or file.id} has arrived.")
        return None if old is None else old.blob

    def file(self, workspace: str, file_id: str) -> StoredFile:
        """A file whose bytes are here.

        Raises:
            UnknownFile: this workspace has none with that id.
        """
        row = self.row(select(*stored_file()).where(files.c.workspace == workspace, files.c.id == file_id))
        if row is None:
            raise UnknownFile
        return StoredFile(row.id, row.name, row.content_type, row.size, row.sha256, row.blob)

    def files(self, workspace: str, *, before: str | None, most: int) -> list[File]:
        """Up to `most` files of the workspace, newest first, older than `before`."""
        query = select(*stored_file()).where(files.c.workspace == workspace)
        if before is not None:
            mark = select(files.c.created_at).where(files.c.workspace == workspace, files.c.id == before)
            at = mark.scalar_subquery()
            query = query.where((files.c.created_at < at) | ((files.c.created_at == at) & (files.c.id < before)))
        newest_first = query.order_by(files.c.created_at.desc(), files.c.id.desc())
        return [self._file(row) for row in self.rows(newest_first.limit(most))]

    def drop_file(self, workspace: str, file_id: str) -> str:
        """Forget a file that no session in progress uses; the blob to delete.

        Raises:
            UnknownFile, FileInUse: it is not there, or in use.
        """
        self.hold_quotas(workspace)
        self.file(workspace, file_id)
        if self._users(workspace, file_id):
            raise FileInUse
        mine = (files.c.workspace == workspace, files.c.id == file_id)
        gone = self.row(delete(files).where(*mine).returning(files.c.blob, files.c.size))
        if gone is None:  # another transaction was quicker, and has counted it
            raise UnknownFile
        self.count_files(workspace, more_files=-1, more_bytes=-gone.size)
        return gone.blob

    def keep_picture(self, session: str, picture: StoredPicture, most: int | None = None) -> None:
        """Keep a picture as the session's newest; or, if there may be so many, as one of its steps.

        Raises:
            PrivateNow: a person drives in private, or has done so since what it shows.
            AtCapacity: there are enough.
        """
        if self.private(session, picture.seq):
            raise PrivateNow
        if most is not None and self._count_steps_pictured(session) >= most:
            raise AtCapacity(what="pictures of one session's steps", limit=most)
        self.run(
            insert(pictures).values(
                id=picture.id,
                session=session,
                blob=picture.blob,
                mime_type=picture.mime_type,
                width=picture.width,
                height=picture.height,
                url=picture.url,
                title=picture.title,
                taken_at=picture.taken_at,
                seq=picture.seq,
                of_step=most is not None,
            )
        )
        if most is None:
            self.run(update(sessions).where(sessions.c.id == session).values(picture=picture.id))

    def picture(self, session: str, picture_id: str | None = None) -> StoredPicture:
        """A picture of the session: the one named, or the newest; a step's, where no other was kept.

        Raises:
            UnknownPicture: there is none.
        """
        mine = pictures.c.session == session
        newest = select(sessions.c.picture).where(sessions.c.id == session).scalar_subquery()
        of_steps = select(pictures.c.id).where(mine).order_by(pictures.c.taken_at.desc()).limit(1).scalar_subquery()
        wanted = pictures.c.id == (func.coalesce(newest, of_steps) if picture_id is None else picture_id)
        row = self.row(select(pictures).where(mine, wanted))
        if row is None:
            raise UnknownPicture
        return _picture(row)

    def pictures(self, session: str) -> list[StoredPicture]:
        """All kept pictures of the session, in the order of what they show."""
        mine = select(pictures).where(pictures.c.session == session)
        return [_picture(row) for row in self.rows(mine.order_by(pictures.c.seq, pictures.c.taken_at))]

    def _count_steps_pictured(self, session: str) -> int:
        of_steps = (pictures.c.session == session, pictures.c.of_step)
        row = self.row(select(func.count()).select_from(pictures).where(*of_steps))
        return 0 if row is None else row[0]

    def _users(self, workspace: str, file_id: str) -> list[str]:
        """The sessions in progress that hold the file, in the order of their ids."""
        join = session_files.join(sessions, sessions.c.id == session_files.c.session)
        mine = (session_files.c.file == file_id, sessions.c.workspace == workspace, sessions.c.status.in_(GOING))
        users = select(session_files.c.session).select_from(join).where(*mine).order_by(session_files.c.session)
        return [row.session for row in self.rows(users)]

    @staticmethod
    def _file(row: Row[Any]) -> File:
        return file_of(row, {"fileId": row.id}, Origin.CLIENT)


def _picture(row: Row[Any]) -> StoredPicture:
    return StoredPicture(
        row.id, row.blob, row.mime_type, row.width, row.height, row.url, row.title, row.taken_at, row.seq
    )
