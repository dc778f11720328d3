"""The verbs of sessions: create, move, end, and read them whole."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Row, and_, bindparam, case, delete, func, insert, literal, or_, select, update

from zenobia.protocol.control import Held, PersonDrives
from zenobia.protocol.errors import AtCapacity, NotAllowedNow, SessionActive, SessionEnded, StaleOwner, UnknownSession
from zenobia.protocol.events import ErrorData, MessageData, ResultData, StatusData, UsageData
from zenobia.protocol.files import File
from zenobia.protocol.human import HumanLayerRequest, RequestStatus
from zenobia.protocol.ids import session_id
from zenobia.protocol.session import EndReason, Problem, Result, Session, Status, Usage, advance
from zenobia.protocol.wire import Json, Millis
from zenobia.store.bell import PLACES, QUEUE, standing
from zenobia.store.direct import kept
from zenobia.store.log import pack, unpack
from zenobia.store.measured import file_of, stored_file
from zenobia.store.quota_rows import QuotaRows
from zenobia.store.schema import answers, files, pictures, requests, session_files, sessions
from zenobia.store.usage_rows import UsageRows, said

# What every command needs is put together once: building a statement takes longer than SQLite takes to run it.
_MINE = (sessions.c.id == bindparam("session"), sessions.c.workspace == bindparam("workspace"))
_OVER = [literal(status.value) for status in Status if status.ended]
_WAITS = sessions.c.status == literal(Status.QUEUED.value)
_BUSY = (sessions.c.owner.is_not(None), sessions.c.status.not_in(_OVER))
_TAKEN = select(literal(1)).select_from(sessions).where(*_BUSY).limit(bindparam("slots")).subquery()  # no more matter
SLOTS_TAKEN = select(func.count()).select_from(_TAKEN).scalar_subquery()
"""How many sessions have a browser slot of ours, up to all `slots`."""

_QUEUE = kept(
    select(
        select(func.count()).select_from(sessions).where(_WAITS).scalar_subquery().label("ahead"),
        SLOTS_TAKEN.label("busy"),
    )
)
_OTHERS = sessions.alias("others")
_BEFORE = (_OTHERS.c.status == literal(Status.QUEUED.value), _OTHERS.c.number < sessions.c.number)
_AHEAD = select(func.count()).select_from(_OTHERS).where(*_BEFORE).correlate(sessions).scalar_subquery()
_ADD = kept(insert(sessions))
STANDING = ("status", "owner", "epoch", "control", "parked")
"""The columns that say who may act in a session."""

_SET = kept(update(sessions).where(sessions.c.id == bindparam("session")))
_CLOCK = (sessions.c.ran, sessions.c.running_since, sessions.c.lease_until)
_HELD = (sessions.c.status, sessions.c.parked, sessions.c.owner, sessions.c.epoch, sessions.c.control)
_STANDING = kept(select(*_HELD, *_CLOCK).where(sessions.c.id == bindparam("session")))
_CONTROL = kept(select(sessions.c.control).where(sessions.c.id == bindparam("session")))
_STATUS = kept(select(sessions.c.status).where(sessions.c.id == bindparam("session")))
_HEARD_UP_TO = kept(select(sessions.c.heard_seq).where(sessions.c.id == bindparam("session")))
_REQUIRE = kept(select(sessions.c.status).where(*_MINE))
_FIRST_WORDS = sessions.c.prompt.is_(None)
_HEARD = case(
    (and_(_FIRST_WORDS, sessions.c.owner.is_(None)), bindparam("seq", type_=Integer)), else_=sessions.c.heard_seq
)
_ROUSE = kept(
    update(sessions)
    .where(sessions.c.id == bindparam("session"), or_(_FIRST_WORDS, sessions.c.parked))
    .values(prompt=func.coalesce(sessions.c.prompt, bindparam("text")), heard_seq=_HEARD, parked=False)
)
_FACTS = ("id", "type", "prompt", "status", "reason", "error", "result", "created_at", "started_at", "ended_at")
_SHOWN = (*_FACTS, "url", "title", "usage", "control", "last_seq")  # not the memo, which may be large
_WHOLE = select(
    *(sessions.c[name] for name in _SHOWN),
    select(literal(1)).where(session_files.c.session == sessions.c.id).exists().label("has_files"),
    select(literal(1))
    .where(requests.c.session == sessions.c.id, requests.c.status == literal(RequestStatus.PENDING.value))
    .exists()
    .label("has_pending"),
    case((_WAITS, _AHEAD)).label("ahead"),  # not counted for others
    case((_WAITS, SLOTS_TAKEN)).label("busy"),
)
_ONE = kept(_WHOLE.where(*_MINE))
_UNUSED = pack(Usage().wire())


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ends: the end status, why, in which words, and with what."""

    status: Status
    reason: EndReason
    message: str
    problem: Problem | None = None
    result: Result | None = None


class SessionRows(UsageRows, QuotaRows):
    """Sessions in one transaction."""

    def add_session(self, workspace: str, session_type: str, prompt: str | None, config: dict[str, Json]) -> Session:
        """Create a queued session with its first event; the session as it would be read.

        Raises:
            AtCapacity: as many are queued, or in progress in the workspace, as may be.
        """
        self.hold_session_room(workspace)
        self.require_session_room(workspace)
        ahead, busy = self.require_place()
        session = Session(
            id=session_id(),
            type=session_type,
            prompt=prompt,
            status=Status.QUEUED,
            created_at=self.now,
            queue_position=self._position(ahead, busy),
            last_seq=1,
        )
        row = {
            "id": session.id,
            "workspace": workspace,
            "type": session_type,
            "prompt": prompt,
            "config": pack(config),
            "status": Status.QUEUED,
            "created_at": self.now,
            "last_seq": 1,
            "usage": _UNUSED,
            "heard_seq": 0,
            "epoch": 0,
        }
        self.run(_ADD, row)
        position = session.queue_position
        message = "The session was created." if position is None else in_queue(position)
        data = StatusData(queue_position=position, prompt=prompt, session_type=session_type)
        self.put(session.id, data, message, seq=1, status=Status.QUEUED)
        self.touch({QUEUE})
        return session

    def require_place(self) -> tuple[int, int]:
        """Make sure that one more can be queued; how many are, and how many sessions have a browser slot of ours.

        Raises:
            AtCapacity: as many are queued as may be.
        """
        slots = {"slots": self.limits.sessions_running}
        queue = self.rows(_QUEUE, slots)[0]
        if self.hold_queue(queue.ahead):
            queue = self.rows(_QUEUE, slots)[0]  # with those that others have queued meanwhile
        if queue.ahead >= self.limits.sessions_queued:
            raise AtCapacity(what="queued sessions", limit=self.limits.sessions_queued)
        return queue.ahead, queue.busy

    def move(self, session: str, new: Status, message: str) -> None:
        """Move the session's status, if the table allows it, and say so.

        Raises:
            SessionEnded, NotAllowedNow: the table forbids it.
        """
        old = self._shift(session, new)
        self.append(session, StatusData(previous=old), message)

    def status(self, session: str) -> Status:
        """The session's status."""
        row = self.row(self.hold(_STATUS), {"session": session})
        if row is None:
            raise UnknownSession
        return Status(row.status)

    def running_time(self, session: str) -> tuple[Status, Millis]:
        """The session's status, and how long it has run by now, whoever ran it; not while it waited."""
        row = self._standing(session)
        return Status(row.status), self._ran(row)

    def close_session(self, session: str, ending: Ending) -> None:
        """End the session with its last events: problem, result, usage, status. Its requests are settled before."""
        advance(self.status(session), ending.status)
        result = ending.result
        if result is not None:
            self._set(session, result=pack(result.wire()))
            self.append(session, ResultData(result=result), result.text or "This is what the session found.")
        if ending.problem is not None:
            self._set(session, error=pack(ending.problem.wire()))
            self.append(session, ErrorData(**ending.problem.model_dump()), ending.problem.error)
        usage = self.usage(session)
        self.append(session, UsageData(usage=usage), said(usage))
        old = self._shift(session, ending.status)
        self._set(session, reason=ending.reason, ended_at=self.now)
        self.append(session, StatusData(previous=old, reason=ending.reason), ending.message)
        self.touch({QUEUE})

    def see(self, session: str, *, url: str | None, title: str | None) -> None:
        """Keep which page the session is on."""
        self._set(session, url=url, title=title)

    def memorise(self, session: str, memo: Json) -> None:
        """Keep the agent's own place in its work."""
        self._set(session, memo=pack(memo))

    def keep_result(self, session: str, result: Result) -> None:
        """Keep what has been found so far."""
        self._set(session, result=pack(result.wire()))

    def say(self, session: str, text: str) -> None:
        """Add a user's message; the first one becomes the prompt of a session without one.

        If no agent waits for it yet, it will find it as its prompt, and is not to hear it again as a message.
        """
        seq = self.append(session, MessageData(author="user", text=text), text)
        if self.run(_ROUSE, {"session": session, "text": text, "seq": seq}):
            self.touch({QUEUE})

    def heard(self, session: str) -> int:
        """The `seq` of the last user message that the agent has read."""
        row = self.row(_HEARD_UP_TO, {"session": session})
        return 0 if row is None else row.heard_seq

    def hear(self, session: str, seq: int) -> None:
        """Keep that the agent has read the user's messages up to `seq`."""
        self._set(session, heard_seq=seq)

    def erase(self, session: str, workspace: str) -> list[str]:
        """Delete an ended session and everything of it; where its pictures lie, which are to go as well.

        That a command was answered stays known, but not what.

        Raises:
            UnknownSession, SessionActive: it is not there, or still goes on.
        """
        if not self.session(session, workspace).status.ended:
            raise SessionActive
        blobs = [row.blob for row in self.rows(select(pictures.c.blob).where(pictures.c.session == session))]
        self.run(delete(sessions).where(sessions.c.id == session))
        self.news.gone.add(session)
        self.run(update(answers).where(answers.c.session == session).values(json=pack(None)))
        self.touch({session, standing(session)})
        return blobs

    def session(self, session: str, workspace: str) -> Session:
        """The whole session.

        Raises:
            UnknownSession: this workspace has none with that id.
        """
        slots = self.limits.sessions_running
        row = self.row(_ONE, {"session": session, "workspace": workspace, "slots": slots})
        if row is None:
            raise UnknownSession
        return self._sessions([row])[0]

    def sessions(self, workspace: str, *, status: Status | None, before: str | None, most: int) -> list[Session]:
        """Up to `most` sessions, newest first, older than `before`."""
        query = _WHOLE.where(sessions.c.workspace == workspace)
        if status is not None:
            query = query.where(sessions.c.status == status)
        if before is not None:
            older = select(sessions.c.number).where(sessions.c.id == before, sessions.c.workspace == workspace)
            query = query.where(sessions.c.number < older.scalar_subquery())
        slots = {"slots": self.limits.sessions_running}
        return self._sessions(self.rows(query.order_by(sessions.c.number.desc()).limit(most), slots))

    def count_sessions(self) -> dict[Status, int]:
        """How many sessions there are, by status."""
        query = select(sessions.c.status, func.count().label("many")).group_by(sessions.c.status)
        return {Status(row.status): row.many for row in self.rows(query)}

    def require(self, session: str, workspace: str) -> Status:
        """The status of a session that this workspace must have.

        Raises:
            UnknownSession: it has none with that id.
        """
        row = self.row(self.hold(_REQUIRE), {"session": session, "workspace": workspace})
        if row is None:
            raise UnknownSession
        return Status(row.status)

    def demand(self, session: str, epoch: int, wanted: Status = Status.RUNNING) -> None:
        """Make sure that the session is still this runner's, is `wanted`, and no person drives.

        Raises:
            StaleOwner, SessionEnded, NotAllowedNow: it is not.
            PersonDrives: one does.
        """
        row = self.row(self.hold(_STANDING), {"session": session})
        if row is None or row.epoch != epoch:
            raise StaleOwner
        status = Status(row.status)
        if status is not wanted:
            advance(status, wanted)
            raise NotAllowedNow(status=status, wanted=wanted)
        if row.control is not None:
            raise PersonDrives(status=status, wanted=wanted)

    def control(self, session: str) -> Held | None:
        """Who drives the session's browser, if a person does."""
        row = self.row(_CONTROL, {"session": session})
        return None if row is None or row.control is None else Held.model_validate_json(row.control)

    def _shift(self, session: str, new: Status, *, again: bool = False) -> Status:
        """Change the status; one that is an end only if the session is to go on `again`."""
        row = self._standing(session)
        old = Status(row.status)
        if old.ended and not again:
            raise SessionEnded(status=old)
        since = self.now if new is Status.RUNNING and row.control is None else None  # a person's time is not counted
        self._set(session, status=advance(old, new), ran=self._ran(row), running_since=since, parked=False)
        if row.parked:
            self.touch({QUEUE})
        if Status.QUEUED in {old, new}:
            self.touch({PLACES})
        return old

    def _standing(self, session: str) -> Row[Any]:
        row = self.row(self.hold(_STANDING), {"session": session})
        if row is None:
            raise UnknownSession
        return row

    def _ran(self, row: Row[Any]) -> Millis:
        """The time that a session has run; while its server was silent beyond its lease, it did not run."""
        if row.running_since is None:
            return row.ran
        until = self.now if row.lease_until is None else min(self.now, row.lease_until)
        return row.ran + max(0, until - row.running_since)

    def _set(self, session: str, **values: Json) -> None:
        self.run(_SET, {"session": session, **values})
        if not values.keys().isdisjoint(STANDING):
            self.touch({standing(session)})

    def _position(self, ahead: int, busy: int) -> int | None:
        """The place in the queue behind `ahead` sessions; None when a browser slot is free."""
        free = self.limits.sessions_running - busy
        return None if ahead < free else ahead - max(free, 0) + 1

    def _sessions(self, rows: Sequence[Row[Any]]) -> list[Session]:
        held = self._files_of([row.id for row in rows if row.has_files])
        asked = self._pending_of([row.id for row in rows if row.has_pending])
        return [self._session(row, held[row.id], asked[row.id]) for row in rows]

    def _session(self, row: Row[Any], held: list[File], asked: list[HumanLayerRequest]) -> Session:
        queued = row.status == Status.QUEUED
        return Session(
            id=row.id,
            type=row.type,
            prompt=row.prompt,
            status=row.status,
            reason=row.reason,
            error=unpack(row.error),
            result=unpack(row.result),
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            files=held,
            pending_requests=asked,
            url=row.url,
            title=row.title,
            usage=unpack(row.usage),
            queue_position=self._position(row.ahead, row.busy) if queued else None,
            control=None if row.control is None or row.ended_at else Held.model_validate_json(row.control).shown,
            last_seq=row.last_seq,
        )

    def _files_of(self, ids: list[str]) -> defaultdict[str, list[File]]:
        """The files of some sessions, each in the order in which they were attached."""
        held: defaultdict[str, list[File]] = defaultdict(list)
        if not ids:
            return held
        join = session_files.join(sessions, sessions.c.id == session_files.c.session).outerjoin(
            files, (files.c.id == session_files.c.file) & (files.c.workspace == sessions.c.workspace)
        )
        query = (
            select(session_files.c.session, session_files.c.json, session_files.c.origin, *stored_file())
            .select_from(join)
            .where(session_files.c.session.in_(ids))
            .order_by(session_files.c.session, session_files.c.position)
        )
        for row in self.rows(query):
            held[row.session].append(file_of(row, unpack(row.json), row.origin))
        return held

    def _pending_of(self, ids: list[str]) -> defaultdict[str, list[HumanLayerRequest]]:
        asked: defaultdict[str, list[HumanLayerRequest]] = defaultdict(list)
        if not ids:
            return asked
        pending = (requests.c.session.in_(ids), requests.c.status == RequestStatus.PENDING)
        query = select(requests.c.session, requests.c.json).where(*pending).order_by(requests.c.number)
        for row in self.rows(query):
            asked[row.session].append(HumanLayerRequest.model_validate_json(row.json))
        return asked


def in_queue(place: int) -> str:
    """A place in the queue as a person reads it."""
    return f"The session is number {place} in the queue."
