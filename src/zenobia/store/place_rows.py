"""The verbs of the queue's places: who is told that theirs has become another.

A place is told as an event, so it is stored like any other, and the same for everyone who reads. With a thousand
sessions in the queue, telling each of every step would be a thousand events for each session that starts, and half a
million until the queue is empty. So only those at a marked place are told: each of the last ten, where a person watches
them go by, and before that a few on the way. That is at most as many events for one session, and for one start, as
there are marks. Whoever wants to know in between reads the session.
"""

from sqlalchemy import select

from zenobia.protocol.events import EVENTS, StatusData
from zenobia.protocol.session import Status
from zenobia.store.direct import kept
from zenobia.store.schema import events, sessions
from zenobia.store.session_rows import SLOTS_TAKEN, SessionRows, in_queue

_BUSY = kept(select(SLOTS_TAKEN.label("busy")))

MARKS = (*range(1, 11), 20, 50, 100, 200, 500)
"""Places whose session is told so; counted from 1."""


class PlaceRows(SessionRows):
    """Places in the queue, in one transaction."""

    def misplaced(self) -> dict[str, int]:
        """The sessions at a marked place who were last told another, and the place."""
        marked = self._marked()
        told = self._told(list(marked))
        return {session: place for session, place in marked.items() if told.get(session) != place}

    def tell_places(self) -> None:
        """Tell the sessions at a marked place, if they do not know."""
        found = sessions.c.id.in_(self.misplaced())
        free = select(sessions.c.id).where(found, sessions.c.status == Status.QUEUED).order_by(sessions.c.number)
        held = {row.id for row in self.rows(free.with_for_update(skip_locked=True))}  # what is busy, the next tells
        for session, place in self.misplaced().items():  # another server may have told some meanwhile
            if session in held:
                self.append(session, StatusData(queue_position=place), in_queue(place))

    def _marked(self) -> dict[str, int]:
        """The sessions at the marked places."""
        slots = self.limits.sessions_running
        free = max(slots - self.rows(_BUSY, {"slots": slots})[0].busy, 0)
        queued = select(sessions.c.id).where(sessions.c.status == Status.QUEUED).order_by(sessions.c.number)
        found = self.rows(queued.offset(free).limit(MARKS[-1]))
        return {found[mark - 1].id: mark for mark in MARKS if mark <= len(found)}

    def _told(self, ids: list[str]) -> dict[str, int | None]:
        """The places that some queued sessions were told last."""
        mine = (events.c.session.in_(ids), events.c.type == "status")
        told: dict[str, int | None] = {}
        for row in self.rows(select(events.c.session, events.c.json).where(*mine).order_by(events.c.seq)):
            event = EVENTS.validate_json(row.json)
            told[row.session] = event.data.queue_position if event.event_type == "status" else None
        return told
