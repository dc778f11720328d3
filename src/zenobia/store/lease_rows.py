"""The verbs of ownership: who runs which session, until when, and what becomes of it when they do not answer.

A lease says how long an owner may be silent. The epoch, not the clock, decides who may write: it is counted up by every
claim, so that an owner who slept through the end of its lease changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, update

from zenobia.protocol.control import Release
from zenobia.protocol.session import Status, Usage
from zenobia.protocol.wire import Json, Millis
from zenobia.store.bell import QUEUE, standing
from zenobia.store.control_rows import ControlRows
from zenobia.store.direct import kept
from zenobia.store.log import unpack
from zenobia.store.quota_rows import GOING
from zenobia.store.schema import sessions

_LEFT = tuple(status for status in GOING if status is not Status.QUEUED)


def _first(status: ColumnElement[bool], oldest: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """The session that comes first of those that nobody has, which an index holds by themselves."""
    free = (sessions.c.owner.is_(None), sessions.c.ended_at.is_(None), sessions.c.parked.is_(False))
    return kept(select(sessions).where(*free, status).order_by(oldest).limit(1).with_for_update(skip_locked=True))


# there are mostly none of the first kind: by number alone, PostgreSQL would look for it among all that there are
_FIRST_LEFT = _first(or_(*(sessions.c.status == status for status in _LEFT)), sessions.c.number + 0)
_FIRST_QUEUED = _first(sessions.c.status == Status.QUEUED, sessions.c.number)
_ONE = sessions.c.id == bindparam("session")
_LET_GO = kept(update(sessions).where(_ONE, sessions.c.epoch == bindparam("mine")).values(owner=None))
_OWNER = kept(select(sessions.c.owner, sessions.c.status).where(_ONE))


@dataclass(frozen=True, slots=True)
class Claim:
    """A session taken up by a runner: what it needs to know, and the epoch that fences its writes."""

    session: str
    workspace: str
    type: str
    prompt: str | None
    config: dict[str, Json]
    epoch: int
    memo: Json
    resumed: bool
    since: int = 0
    """The `seq` of the event with which the session was last taken up again after an end; 0 if it never was."""
    before: Usage = field(default_factory=Usage)
    """What had been spent by then."""


class LeaseRows(ControlRows):
    """Ownership in one transaction."""

    def claim(self, owner: str) -> Claim | None:
        """Take up the session that has waited longest for a runner, if there is one."""
        row = self.row(_FIRST_LEFT) or self.row(_FIRST_QUEUED)
        if row is None:
            return None
        epoch, started = row.epoch + 1, row.started_at or self.now
        self._set(row.id, owner=owner, epoch=epoch, started_at=started, lease_until=self._lease())
        if row.status == Status.RUNNING:
            self._set(row.id, running_since=self.now)  # resumed while nobody had it: it runs from now on
        resumed = row.started_at is not None
        if row.status == Status.QUEUED:
            message = "The session goes on." if resumed else "The session started."
            self.move(row.id, Status.RUNNING, message)
        return Claim(
            session=row.id,
            workspace=row.workspace,
            type=row.type,
            prompt=row.prompt,
            config=unpack(row.config),
            epoch=epoch,
            memo=unpack(row.memo),
            resumed=resumed,
            since=row.since,
            before=self.spent_before(row.id, row.since),
        )

    def renew(self, owner: str, running: Iterable[str]) -> set[str]:
        """Renew the leases of what `owner` runs; the sessions among `running` that are still its own."""
        wanted = set(running)
        if not wanted:
            return set()
        mine = select(sessions.c.id).where(sessions.c.owner == owner, sessions.c.id.in_(wanted))
        held = {row.id for row in self.rows(mine)}
        free = mine.with_for_update(skip_locked=True)  # a beat waits for nobody: what is busy now, the next renews
        self.run(update(sessions).where(sessions.c.id.in_(free)).values(lease_until=self._lease()))
        return held

    def release(self, session: str, epoch: int) -> None:
        """Say that this runner, and its browser, have let go of the session; one that ran is queued again."""
        if self.run(_LET_GO, {"session": session, "mine": epoch}) == 0:
            return
        self.drop_control(session, Release.SERVER_STOPPED)
        if self.status(session) is Status.RUNNING:
            self.move(session, Status.QUEUED, "The session waits for a browser to go on in.")
        self.touch({session, standing(session), QUEUE})

    def disown(self, message: str) -> int:
        """Take every session from its owner, as no owner is alive; what ran is queued again. How many went on."""
        return self._take_back(sessions.c.owner.is_not(None), message)

    def disown_silent(self, message: str) -> int:
        """Take back the sessions whose owner has let its lease run out; what ran is queued again. How many went on."""
        return self._take_back(sessions.c.owner.is_not(None) & (sessions.c.lease_until < self.now), message)

    def closing(self, session: str) -> bool:
        """Whether the session has ended but a runner, and so perhaps a browser, still holds it."""
        row = self.row(_OWNER, {"session": session})
        return row is not None and row.owner is not None and Status(row.status).ended

    def owner(self, session: str) -> str | None:
        """Who holds the session now."""
        row = self.row(_OWNER, {"session": session})
        return None if row is None else row.owner

    def _lease(self) -> Millis:
        return self.now + int(self.limits.lease * 1_000)

    def _take_back(self, which: ColumnElement[bool], message: str) -> int:
        found = self.rows(select(sessions.c.id, sessions.c.status).where(which).with_for_update(skip_locked=True))
        for row in found:
            self._set(row.id, owner=None)
            self.drop_control(row.id, Release.SERVER_STOPPED)
            if row.status == Status.RUNNING:
                self.move(row.id, Status.QUEUED, message)
            self.touch({row.id, QUEUE})
        return len([row for row in found if row.status in GOING])
