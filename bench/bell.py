"""What PostgreSQL takes for what is told: commits a second that ring so many or nobody; bytes in WAL and on disk."""

import asyncio
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
from filled import action, cluster, filled
from processes import scratch

WRITERS = 16
LISTENERS = (0, 10, 40)
SECONDS = 2.0
APPENDS = 200
LIVE = 2_000


def bell(blocks: int) -> dict[str, float]:
    """Numbers by name; of each the best block."""
    with scratch() as folder, cluster() as postgres:
        found: dict[str, float] = {}
        url = postgres.database()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE said (text text)")
        for _ in range(blocks):  # in turns
            for listeners in (None, *LISTENERS):
                name = "commits a second that do not ring" if listeners is None else f"{_ringing(listeners)}"
                found[name] = max(found.get(name, 0.0), _commits(url, listeners))
        return found | asyncio.run(_bytes(folder / "bytes", postgres.database()))


def _ringing(listeners: int) -> str:
    return f"commits a second that ring {listeners} listeners"


def _commits(url: str, listeners: int | None) -> float:
    """Commits a second by some writers at once; None rings nobody and says nothing."""
    stop, done = threading.Event(), [0] * WRITERS

    def write(place: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                with connection.transaction():
                    connection.execute("INSERT INTO said VALUES ('something')")
                    if listeners is not None:
                        connection.execute("SELECT pg_notify('zenobia', %s)", (f"ses_{place}_{done[place]}",))
                done[place] += 1

    def listen() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("LISTEN zenobia")
            while not stop.is_set():
                for _ in connection.notifies(timeout=0.2):
                    if stop.is_set():
                        return

    with ExitStack() as stack:
        for one in [*[threading.Thread(target=listen, name="listener") for _ in range(listeners or 0)]]:
            one.start()
            stack.callback(one.join)
        for place in range(WRITERS):
            one = threading.Thread(target=write, args=(place,), name="writer")
            one.start()
            stack.callback(one.join)
        stack.callback(stop.set)
        time.sleep(SECONDS / 4)
        before, began = sum(done), time.monotonic()
        time.sleep(SECONDS)
        return (sum(done) - before) / (time.monotonic() - began)


async def _bytes(folder: Path, url: str) -> dict[str, float]:
    """Bytes of an event and of a session, with its indexes and without its events; and of WAL for each event."""
    async with filled(folder, LIVE, url) as store:
        with psycopg.connect(url, autocommit=True) as connection:

            def ask(query: str) -> float:
                row = connection.execute(query).fetchone()  # type: ignore[arg-type]
                assert row is not None
                return float(row[0])

            events = ask("SELECT pg_total_relation_size('events') / (SELECT count(*) FROM events)::float")
            sessions = ask("SELECT pg_total_relation_size('sessions') / (SELECT count(*) FROM sessions)::float")
            connection.execute("CHECKPOINT")
            await _append(store)  # the first writing of a page after a checkpoint is the page
            before = ask("SELECT pg_current_wal_insert_lsn() - '0/0'")
            await _append(store)
            wal = (ask("SELECT pg_current_wal_insert_lsn() - '0/0'") - before) / APPENDS
    return {
        "bytes of an event on disk": events,
        "bytes of a session on disk": sessions,
        "bytes of WAL for an event": wal,
    }


async def _append(store: object) -> None:
    for at in range(APPENDS):
        session = f"ses_{LIVE + 2 + 10 * (at % 100)}"
        await store.write(lambda tx, to=session: tx.append(to, action(9), "It clicked."))  # type: ignore[attr-defined]
