"""A session's log: appending an event and reading on from a cursor. Its order is the order of everything."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, Executable, Row, Select, bindparam, insert, select, update

from zenobia.protocol.errors import LogFull, StaleOwner, UnknownSession
from zenobia.protocol.events import ActionData, EventData, FilesData, MessageData, RequestData, WarningData, make
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Json, Millis
from zenobia.store.direct import Direct, kept
from zenobia.store.schema import events, sessions

_OPTIONAL = (MessageData, ActionData, FilesData, RequestData, WarningData)

_NEXT = kept(
    update(sessions)
    .where(sessions.c.id == bindparam("session"))
    .values(last_seq=sessions.c.last_seq + 1)
    .returning(sessions.c.last_seq, sessions.c.status)
)
_PUT = kept(insert(events))
_FENCE = kept(select(sessions.c.status, sessions.c.epoch).where(sessions.c.id == bindparam("session")))
_LAST = kept(select(sessions.c.last_seq).where(sessions.c.id == bindparam("session")))
_AFTER = kept(
    select(events.c.seq, events.c.json)
    .where(events.c.session == bindparam("session"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)


def pack(value: Json) -> str:
    """JSON as the text that is stored."""
    return orjson.dumps(value).decode()


def unpack(text: str | None) -> Json:
    """Stored text as JSON; None for none."""
    return None if text is None else orjson.loads(text)


@cache
def _held(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Made once: building a statement takes longer than SQLite takes to run it."""
    return query.with_for_update()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the log: its place, and its wire JSON, ready to send."""

    seq: int
    json: str


@dataclass(frozen=True, slots=True)
class News:
    """What is known once a transaction is committed: whom the bell calls, the events told, the sessions gone."""

    topics: set[str] = field(default_factory=set[str])
    told: list[tuple[str, StoredEvent]] = field(default_factory=list[tuple[str, StoredEvent]])
    gone: set[str] = field(default_factory=set[str])


class Log:
    """One transaction's view of the database, and the verbs of the event log.

    `writing` says whether it may change anything; `news` collects what is said after the commit.
    """

    def __init__(
        self,
        connection: Connection | Direct,
        limits: Limits,
        *,
        writing: bool,
        clock: Callable[[], Millis] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.connection = connection
        self.limits = limits
        self.writing = writing
        self.news = News()
        self._clock = clock

    @cached_property
    def now(self) -> Millis:
        """The time, by the clock that all servers on this database share; the same throughout the transaction."""
        return self._clock()

    def hold(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The query, finding rows that nobody else changes before this transaction ends.

        Whatever is decided by a session's row in order to change it is read through here. It costs SQLite nothing,
        where nobody else writes meanwhile. `query` is one that is kept for good.
        """
        return _held(query) if self.writing else query

    def rows(self, statement: Executable, values: Mapping[str, Json] | None = None) -> list[Row[Any]]:
        """Every row of a statement."""
        return list(self.connection.execute(statement, values or {}).all())

    def row(self, statement: Executable, values: Mapping[str, Json] | None = None) -> Row[Any] | None:
        """The first row of a statement, if there is one."""
        return self.connection.execute(statement, values or {}).first()

    def run(self, statement: Executable, values: Mapping[str, Json] | None = None) -> int:
        """Carry a statement out; how many rows it touched."""
        return self.connection.execute(statement, values or {}).rowcount

    def append(self, session: str, data: EventData, message: str) -> int:
        """Add an event to the session's log; its `seq`.

        Raises:
            UnknownSession: there is no such session.
            LogFull: its log is full; only how the session goes on and ends is still told.
        """
        row = self.row(_NEXT, {"session": session})
        if row is None:
            raise UnknownSession
        most = self.limits.events_per_session
        if isinstance(data, _OPTIONAL) and row.last_seq > most:
            raise LogFull(limit=most)
        self.put(session, data, message, seq=row.last_seq, status=Status(row.status))
        return row.last_seq

    def put(self, session: str, data: EventData, message: str, *, seq: int, status: Status) -> None:
        """Write an event at a place in the log that was counted before."""
        event = make(data, message=message, status=status, session=session, seq=seq, now=self.now)
        text = event.model_dump_json(by_alias=True)
        self.run(_PUT, {"session": session, "seq": seq, "type": event.event_type, "json": text})
        self.news.topics.add(session)
        self.news.told.append((session, StoredEvent(seq, text)))

    def require_room(self, session: str) -> None:
        """Make sure that the log takes more than the session's end.

        Raises:
            LogFull: it does not.
        """
        if self.last_seq(session) >= self.limits.events_per_session:
            raise LogFull(limit=self.limits.events_per_session)

    def last_seq(self, session: str) -> int:
        """The place of the session's newest event.

        Raises:
            UnknownSession: there is no such session.
        """
        row = self.row(_LAST, {"session": session})
        if row is None:
            raise UnknownSession
        return row.last_seq

    def events_after(self, session: str, after: int, most: int) -> list[StoredEvent]:
        """Up to `most` events after the cursor, in order."""
        found = self.rows(_AFTER, {"session": session, "after": after, "most": most})
        return [StoredEvent(row.seq, row.json) for row in found]

    def fence(self, session: str, epoch: int) -> Status:
        """Make sure that `epoch` is still the session's; its status.

        Raises:
            StaleOwner: somebody else has it, or it is gone.
        """
        row = self.row(self.hold(_FENCE), {"session": session})
        if row is None or row.epoch != epoch:
            raise StaleOwner
        return Status(row.status)

    def touch(self, topics: Iterable[str]) -> None:
        """Ring these topics too after the commit."""
        self.news.topics.update(topics)
