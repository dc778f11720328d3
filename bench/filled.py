"""Stores with as many sessions as a large deployment has, of the same make: the first by the verbs, the rest copied.

Beside every live session lies one that has ended. Of ten live ones eight run, four at each worker, one waits for a
person, and one is queued. Every session has the same few events.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
from processes import ROOT
from sqlalchemy import Connection, Engine, text

from zenobia.protocol.events import ActionData
from zenobia.protocol.human import HumanLayerRequest, ProposedAction, RequestKind, Verdict
from zenobia.protocol.ids import new_id
from zenobia.protocol.limits import Limits
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.schema import sessions
from zenobia.store.tx import Tx

sys.path.append(str(ROOT))  # the tests know how to start a PostgreSQL

from tests.postgres import Postgres

SPACE = "default"
SLOTS = 4
LIMITS = Limits(sessions_queued=10_000_000, sessions_running=SLOTS, events_per_session=1_000_000)
FOREVER = 4_000_000_000_000
PROMPT = "Find the three cheapest flights from Berlin to Lisbon in May, and tell me what each costs with one bag. " * 2
LONG = (100, 1_000, 10_000)
"""Lengths of the logs of three sessions beside the others, named ses_log100 and so on."""

DURABLE = ("shared_buffers=256MB", "max_connections=200", "max_wal_size=4GB", "synchronous_commit=on")
"""PostgreSQL as one would run it: every commit is on disk."""

_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)"
_STATUS = """CASE WHEN i <= :ended THEN 'completed' WHEN i % 10 = 0 THEN 'queued'
    WHEN i % 10 = 1 THEN 'waiting' ELSE 'running' END"""
_OWNED = f"CASE WHEN {_STATUS} IN ('waiting', 'running') THEN {{}} END"
_OTHER = {
    "id": "'ses_' || CAST(i AS TEXT)",
    "status": _STATUS,
    "reason": "CASE WHEN i <= :ended THEN 'completed' END",
    "ended_at": "CASE WHEN i <= :ended THEN created_at END",
    "owner": _OWNED.format(f"'srv_' || CAST(i / {SLOTS} AS TEXT)"),
    "lease_until": _OWNED.format(str(FOREVER)),
    "started_at": f"CASE WHEN {_STATUS} <> 'queued' THEN created_at END",
}
"""What differs from the first session, as SQL over the number `i`."""


@contextmanager
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL that keeps what it commits."""
    found = Postgres(DURABLE)
    try:
        found.start()
        yield found
    finally:
        found.remove()


@asynccontextmanager
async def filled(folder: Path, live: int, database: str | None = None) -> AsyncGenerator[Store]:
    """An open store with `live` sessions that go on and as many that have ended, in PostgreSQL if a URL is given."""
    directory = DataDirectory(folder)
    directory.open()
    store = open_store(directory, LIMITS, database)
    try:
        first = await store.write(_first)
        await asyncio.to_thread(_fill, engine_of(store), first, 2 * live)
        if database is not None:
            with psycopg.connect(database, autocommit=True) as connection:  # as autovacuum does within a minute
                connection.execute("VACUUM ANALYZE")
        yield store
    finally:
        await store.close()
        directory.close()


def engine_of(store: Store) -> Engine:
    """The store's own engine: nothing else fills a database in seconds, or shows its plans."""
    return vars(store)["_engine"]


def action(step: int) -> ActionData:
    """An event as most are."""
    return ActionData(
        action_id=f"act_{step}",
        phase="done",
        action={"do": "click", "target": {"role": "button", "name": "Search"}},
        description='click the button "Search"',
        step=step,
        url="https://flights.example/search?from=BER&to=LIS",
        title="Flights to Lisbon",
    )


def _first(tx: Tx) -> str:
    session = tx.add_session(SPACE, "playbook", PROMPT, {}).id
    tx.claim("srv_0")
    for seq in range(2, 5):
        tx.append(session, action(seq), "It clicked the button.")
    tx.open_request(_asked(session, tx.now), SPACE)
    return session


def _asked(session: str, now: int) -> HumanLayerRequest:
    proposed = ProposedAction(verb="click", description='click "Buy"', digest="0" * 64, target='button "Buy"')
    return HumanLayerRequest(
        id=new_id("req"),
        session_id=session,
        kind=RequestKind.APPROVAL,
        title='Click "Buy"?',
        reason="It spends money.",
        action=proposed,
        created_at=now,
        expires_at=FOREVER,
        allowed=(Verdict.APPROVE, Verdict.DENY),
    )


def _fill(engine: Engine, first: str, many: int) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        _copy(connection, first, many)
        for length in LONG:
            _lengthen(connection, first, length)
        connection.exec_driver_sql("COMMIT")


def _copy(connection: Connection, first: str, many: int) -> None:
    names = [column.name for column in sessions.columns if column.name != "number"]
    values = ", ".join(_OTHER.get(name, name) for name in names)
    given = {"first": first, "many": many, "ended": many // 2}
    every = f"{_COUNT} INSERT INTO sessions ({', '.join(names)})"
    connection.execute(text(f"{every} SELECT {values} FROM n, sessions WHERE id = :first ORDER BY i"), given)
    connection.execute(
        text(
            "INSERT INTO events (session, seq, type, json) SELECT s.id, e.seq, e.type, e.json"
            " FROM sessions s, events e WHERE e.session = :first AND s.id <> :first"
        ),
        given,
    )
    connection.execute(
        text(
            "INSERT INTO requests (id, session, workspace, status, expires_at, json, spent)"
            " SELECT replace(s.id, 'ses_', 'req_'), s.id, r.workspace, r.status, r.expires_at,"
            " replace(replace(r.json, r.id, replace(s.id, 'ses_', 'req_')), r.session, s.id), r.spent"
            " FROM sessions s, requests r WHERE r.session = :first AND s.status = 'waiting' AND s.id <> :first"
        ),
        given,
    )


def _lengthen(connection: Connection, first: str, length: int) -> None:
    """A running session beside the others, with a log of `length` events."""
    given = {"session": f"ses_log{length}", "first": first, "many": length, "last": length}
    names = [column.name for column in sessions.columns if column.name != "number"]
    other = {"id": "':session'", "last_seq": ":last", "status": "'running'", "owner": "'srv_log'"}
    values = ", ".join(other.get(name, name) for name in names).replace("':session'", ":session")
    row = f"INSERT INTO sessions ({', '.join(names)}) SELECT {values} FROM sessions WHERE id = :first"
    connection.execute(text(row), given)
    log = f"{_COUNT} INSERT INTO events (session, seq, type, json) SELECT :session, i, e.type, e.json"
    connection.execute(text(f"{log} FROM n, events e WHERE e.session = :first AND e.seq = 3"), given)
