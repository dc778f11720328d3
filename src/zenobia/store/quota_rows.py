"""The verbs of quotas: what one workspace may hold, counted in the transaction that would make it more."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select, update

from zenobia.protocol.errors import AtCapacity, QuotaReached
from zenobia.protocol.session import Status
from zenobia.store.direct import kept
from zenobia.store.log import Log
from zenobia.store.schema import files, holdings, sessions

EVERYONE = ""
"""What all workspaces share is held under this; no workspace is called so."""

AT_ONCE = 200
"""Sessions that all servers together may be queueing at one moment."""

GOING = tuple(status for status in Status if not status.ended)

_HELD = kept(select(holdings.c.files, holdings.c.bytes).where(holdings.c.workspace == bindparam("workspace")))
_MORE = kept(
    update(holdings)
    .where(holdings.c.workspace == bindparam("of"))
    .values(files=holdings.c.files + bindparam("more_files"), bytes=holdings.c.bytes + bindparam("more_bytes"))
)
_BEGIN = kept(insert(holdings))

# sessions that go on are few, those of a workspace many: not as itself, its name keeps its own index out of this
_IN_PROGRESS = select(func.count()).where(sessions.c.status.in_(GOING), sessions.c.workspace + "" == bindparam("of"))


@dataclass(frozen=True, slots=True)
class FileRoom:
    """Room for a file, in bytes: `free` of the workspace's, none if negative, and those that it would replace."""

    free: int
    replaced: int = 0


class QuotaRows(Log):
    """Quotas in one transaction."""

    def hold_quotas(self, workspace: str) -> None:
        """Let no other transaction change what the workspace holds, before this one ends.

        Whoever needs it takes it first, then sessions in the order of their ids, then what is everyone's, the audit
        record last: so no two transactions wait for each other.
        """
        if self.row(self.hold(_HELD), {"workspace": workspace}) is None:
            self.run(_BEGIN, {"workspace": workspace, "files": 0, "bytes": 0})

    def hold_session_room(self, workspace: str) -> None:
        """Let no other transaction put more of the workspace's sessions in progress, if there is a limit to them."""
        if self.limits.workspace_sessions is not None:
            self.hold_quotas(workspace)

    def require_session_room(self, workspace: str) -> None:
        """Make sure that one more session of the workspace, whose room is held, may be in progress.

        Raises:
            AtCapacity: as many are as may be.
        """
        most = self.limits.workspace_sessions
        if most is None:
            return
        found = self.row(_IN_PROGRESS, {"of": workspace})
        if found is not None and found[0] >= most:
            raise AtCapacity(what="sessions in progress of one workspace", limit=most)

    def require_session_room_again(self, session: str) -> None:
        """Make sure that an ended session may be in progress once more.

        Raises:
            AtCapacity: as many of its workspace are as may be.
        """
        row = self.row(select(sessions.c.workspace).where(sessions.c.id == session))
        if row is not None:
            self.require_session_room(row.workspace)

    def hold_queue(self, queued: int) -> bool:
        """Let no other transaction queue a session, where `queued` is near enough to the limit; whether it is."""
        near = queued >= self.limits.sessions_queued - AT_ONCE
        if near:
            self.hold_quotas(EVERYONE)
        return near

    def file_room(self, workspace: str, file: str | None = None) -> FileRoom:
        """What room there is for a new file, or for new bytes under the id of one that is there.

        Raises:
            QuotaReached: there is no room for a new file.
        """
        row = self.row(_HELD, {"workspace": workspace})
        held, size = (0, 0) if row is None else (row.files, row.bytes)
        mine = select(files.c.size).where(files.c.workspace == workspace, files.c.id == file)
        old = None if file is None else self.row(mine)
        if old is None:
            self._require(held + 1, size, more_files=True, more_bytes=True)
        return FileRoom(self.limits.workspace_bytes - size, 0 if old is None else old.size)

    def count_files(self, workspace: str, *, more_files: int, more_bytes: int) -> None:
        """Count files and bytes that come or, as negative numbers, go, in a workspace whose quotas are held.

        Raises:
            QuotaReached: more come than there is room for.
        """
        self.run(_MORE, {"of": workspace, "more_files": more_files, "more_bytes": more_bytes})
        row = self.row(_HELD, {"workspace": workspace})
        if row is not None:
            self._require(row.files, row.bytes, more_files=more_files > 0, more_bytes=more_bytes > 0)

    def _require(self, held: int, size: int, *, more_files: bool, more_bytes: bool) -> None:
        if more_files and held > self.limits.workspace_files:
            raise QuotaReached(what="files", limit=self.limits.workspace_files)
        if more_bytes and size > self.limits.workspace_bytes:
            raise QuotaReached(what="bytes of files", limit=self.limits.workspace_bytes)
