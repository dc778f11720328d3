"""The verbs of checkpoints: what a fresh browser needs to go on, and whether the session has come further since."""

from sqlalchemy import bindparam, delete, insert, select

from zenobia.protocol.wire import Json
from zenobia.store.direct import kept
from zenobia.store.log import Log, pack, unpack
from zenobia.store.schema import checkpoints, sessions

_DROP = kept(delete(checkpoints).where(checkpoints.c.session == bindparam("of")))
_KEEP = kept(insert(checkpoints))
_SEEN = kept(select(sessions.c.url).where(sessions.c.id == bindparam("session")))
_NEWEST = kept(
    select(checkpoints.c.json, checkpoints.c.seen, sessions.c.url)
    .select_from(sessions)
    .outerjoin(checkpoints)
    .where(sessions.c.id == bindparam("session"))
)


class CheckpointRows(Log):
    """Checkpoints in one transaction."""

    def seen(self, session: str) -> str | None:
        """The page that the session was at, as it was stored last; to be read before a checkpoint is taken."""
        row = self.row(_SEEN, {"session": session})
        return None if row is None else row.url

    def keep_checkpoint(self, session: str, checkpoint: Json, seen: str | None) -> None:
        """Keep what a fresh browser needs to go on from here, the newest only; `seen` is from before it was taken."""
        self.run(_DROP, {"of": session})
        self.run(_KEEP, {"session": session, "json": pack(checkpoint), "taken_at": self.now, "seen": seen})

    def checkpoint(self, session: str) -> tuple[Json, str | None]:
        """What was last kept for a fresh browser, if anything was, and the page that the session came to since.

        A checkpoint is taken beside the work: a server that is killed may have stored an outcome and not what the
        browser had become by it. Going on where the checkpoint is would then be on another page than the next step's.
        """
        row = self.row(_NEWEST, {"session": session})
        if row is None:
            return None, None
        return unpack(row.json), None if row.url == row.seen else row.url
