"""The verbs that servers have for each other: which client of a workspace is active, and errands for one another."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from zenobia.protocol.ids import new_id
from zenobia.protocol.wire import Json
from zenobia.store.bell import AUDIENCE
from zenobia.store.log import Log, pack, unpack
from zenobia.store.schema import audience, errands, sessions

ERRAND_FOR = 60_000
"""Milliseconds after which an errand is nobody's: whoever asked has long given up."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What one server asks of the one that owns a session."""

    id: str
    session: str
    ask: Json


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an errand: facts, and bytes if there are any."""

    facts: Json
    data: bytes | None = None


class ServerRows(Log):
    """Servers among themselves, in one transaction."""

    def make_active(self, workspace: str, client: str) -> None:
        """Make a client the one that is told, whichever server it is connected to."""
        mine = update(audience).where(audience.c.workspace == workspace)
        if self.run(mine.values(client=client)) == 0:
            self.run(insert(audience).values(workspace=workspace, client=client))
        self.touch({AUDIENCE})

    def active_clients(self, workspaces: Iterable[str]) -> dict[str, str]:
        """The active client of each workspace that ever had one."""
        query = select(audience).where(audience.c.workspace.in_(list(workspaces)))
        return {row.workspace: row.client for row in self.rows(query)}

    def send_errand(self, session: str, ask: Json) -> str | None:
        """Ask something of the server that owns the session; the errand's id, or None if nobody owns it."""
        row = self.row(select(sessions.c.owner).where(sessions.c.id == session))
        if row is None or row.owner is None:
            return None
        errand = new_id("err")
        values = {"id": errand, "session": session, "server": row.owner, "ask": pack(ask), "created_at": self.now}
        self.run(insert(errands), values)
        self.touch({row.owner})
        return errand

    def errands(self, server: str) -> list[Errand]:
        """What is asked of a server and not done."""
        asked = (errands.c.server == server, errands.c.answer.is_(None), errands.c.created_at > self.now - ERRAND_FOR)
        found = self.rows(select(errands).where(*asked).order_by(errands.c.created_at))
        return [Errand(row.id, row.session, unpack(row.ask)) for row in found]

    def finish_errand(self, errand: str, done: Done) -> None:
        """Hand in what came of an errand."""
        mine = update(errands).where(errands.c.id == errand)
        self.run(mine.values(answer=pack(done.facts), data=done.data))
        self.touch({errand})

    def errand_done(self, errand: str) -> Done | None:
        """What came of an errand; None while it is being done."""
        row = self.row(select(errands.c.answer, errands.c.data).where(errands.c.id == errand))
        return None if row is None or row.answer is None else Done(unpack(row.answer), row.data)

    def drop_errand(self, errand: str) -> None:
        """Forget an errand, and those that nobody has come back for."""
        self.run(delete(errands).where((errands.c.id == errand) | (errands.c.created_at < self.now - ERRAND_FOR)))
