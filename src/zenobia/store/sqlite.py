"""The store on SQLite: a file of one server, without anything to install.

One writer thread owns the one writing connection (and so every checkpoint) and commits what has queued up in one go:
many waiting commands share one fsync, and each still stands or falls alone. Readers have connections of their own
and never wait for the writer.
"""

import asyncio
import logging
import math
import queue
import shutil
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from zenobia.protocol.errors import Internal, StorageUnavailable
from zenobia.protocol.limits import Limits
from zenobia.store.direct import DirectSqlite
from zenobia.store.engine import READERS, Database, Work
from zenobia.store.log import News
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 64
"""Transactions that may share one commit."""

BUSY_TIMEOUT = 5.0
"""Seconds that a write waits for somebody else's lock on the database file."""

FORGETS_EVERY = 1.0
"""Seconds between two times that the log is emptied of what was deleted, as each takes two fsyncs."""

ROOM = 8 << 20
"""Free bytes on the disk below which the next commit may well not find room: its log grows to half of that."""


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Work[T]
    future: asyncio.Future[T]
    news: News = field(default_factory=News)
    result: T | None = None
    error: Exception | None = None

    def settle(self) -> None:
        if self.future.done():  # whoever asked has gone; what was committed stays
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]  # no error means `result` was set


class SqliteStore(Database):
    """The store in one file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(limits, alone=True)
        self._engine = sqlite_engine(path)
        self._folder = path.parent
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="store-write", daemon=True)
        self._writer.start()

    async def _written(self, work: Work[T]) -> T:
        job: _Job[T] = _Job(work, self._loop.create_future())
        self._jobs.put(job)
        return await job.future

    def trouble(self) -> str | None:
        """Whether the disk is nearly full."""
        free = shutil.disk_usage(self._folder).free
        return None if free >= ROOM else f"The disk of the database is full: {free >> 10} kB are free."

    async def _let_go(self) -> None:
        """Leave one file with everything in it."""
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._writer.join)
        self._readers.shutdown()
        self._engine.dispose()

    def _read(self, work: Work[T]) -> T:
        try:
            with self._engine.connect() as connection:
                direct = DirectSqlite(connection)
                direct.say("BEGIN")
                try:
                    return work(Tx(direct, self.limits, writing=False))
                finally:
                    direct.say("COMMIT")
        except DBAPIError as error:
            log.exception("a read failed")
            raise StorageUnavailable from error

    def _write_all(self) -> None:
        """The writer thread: take what has queued up, commit it together, tell everyone."""
        deleted, forgot_at = False, -math.inf
        with self._engine.connect() as connection:
            while True:
                jobs = self._next_jobs()
                if not jobs:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    return
                direct = DirectSqlite(connection)
                self._commit(direct, jobs)
                deleted = deleted or any(job.news.gone for job in jobs)
                self._loop.call_soon_threadsafe(self._settle, jobs)
                if deleted and time.monotonic() - forgot_at >= FORGETS_EVERY:
                    deleted, forgot_at = not _forget(connection), time.monotonic()

    def _next_jobs(self) -> list[_Job[Any]]:
        job = self._jobs.get()
        jobs: list[_Job[Any]] = []
        while job is not None:
            if not job.future.cancelled():
                jobs.append(job)
            if len(jobs) == BATCH:
                break
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                if jobs:
                    break
                job = self._jobs.get()
        if job is None and jobs:
            self._jobs.put(None)  # first finish these, then stop
        return jobs

    def _commit(self, direct: DirectSqlite, jobs: list[_Job[Any]]) -> None:
        try:
            direct.say("BEGIN IMMEDIATE")
            if len(jobs) == 1:
                direct.say("COMMIT" if self._stands(direct, jobs[0]) else "ROLLBACK")
            else:
                self._commit_together(direct, jobs)
        except DBAPIError as error:
            log.exception("a commit failed")
            if isinstance(error.orig, sqlite3.Error) and direct.in_transaction:
                direct.say("ROLLBACK")
            for job in jobs:
                job.error, job.news = StorageUnavailable(), News()

    def _commit_together(self, direct: DirectSqlite, jobs: list[_Job[Any]]) -> None:
        """Several transactions in one, each in a savepoint of its own."""
        for job in jobs:
            direct.say("SAVEPOINT job")
            if not self._stands(direct, job):
                direct.say("ROLLBACK TO job")
            direct.say("RELEASE job")
        direct.say("COMMIT")

    def _stands(self, direct: DirectSqlite, job: _Job[Any]) -> bool:
        """Do the work of one transaction; whether what it wrote is to be kept."""
        tx = Tx(direct, self.limits, writing=True)
        try:
            job.result = job.work(tx)
        except (IntegrityError, DataError):  # what this job wrote does not fit; what the others wrote does
            log.exception("a transaction does not fit the schema")
            job.error = Internal()
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked, and is raised there
            job.error = error
        else:
            job.news = tx.news
        return job.error is None

    def _settle(self, jobs: list[_Job[Any]]) -> None:
        for job in jobs:
            job.settle()
            self.tell(job.news)


def _forget(connection: Connection) -> bool:
    """Leave nothing in the log of what was deleted, if nobody reads in it just now; whether that was done."""
    try:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT * 1_000:.0f}")
    except DBAPIError:
        log.exception("the log of the database could not be emptied")
        return False
    return busy == 0


def sqlite_engine(path: Path) -> Engine:
    """An engine on the SQLite file `path` that leaves every BEGIN and COMMIT to us."""
    engine = create_engine(
        f"sqlite:///{path}",
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=READERS + 1,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Durable and concurrent: an fsync for every commit, readers beside the writer, references that hold.

    What is deleted is overwritten: it must not be read from the file by whoever gets hold of it later.
    """
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8192", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
