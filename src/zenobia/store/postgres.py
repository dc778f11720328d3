"""The store on PostgreSQL: one database for any number of servers, none of them special.

A transaction runs whole on a thread of a small pool, and holds the row of the session it changes, so that a session's
log has no hole and of two that would move it one is refused. The bell is PostgreSQL's own: what a commit rings is
heard by every server through its one listening connection. Time is the database's.
"""

import asyncio
import logging
import math
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from zenobia.protocol.errors import StorageUnavailable
from zenobia.protocol.ids import new_id
from zenobia.protocol.limits import Limits
from zenobia.protocol.wire import Json, Millis
from zenobia.store.direct import Direct
from zenobia.store.engine import READERS, Database, Work
from zenobia.store.log import News
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

T = TypeVar("T")

WRITERS = 4
"""Connections for writing; each reader has one too, and one more listens."""

TRIES = 8
"""Times that a transaction is run when others come in its way."""

RETRY = {"40001", "40P01", "23505"}
"""Serialization failure, deadlock, and a row that somebody else has just added: looked at again, it is there."""

CONNECT_WITHIN = 3
STATEMENT_WITHIN = 5_000
IDLE_WITHIN = 4_000
"""Seconds to connect; milliseconds for one statement, and for a transaction that does nothing: less, so that whoever
waits for what a server held when it fell asleep still gets it."""

LOOK = 5.0
"""Seconds after which everyone looks again though no ring was heard."""

DEAF = (psycopg.Error, OSError, RuntimeError, ValueError)
"""What a listening connection that breaks can raise: the driver's errors, and the event loop's about a descriptor that
is closed or another's by now. Whoever stopped listening at one of them would look well, and hear nothing any more."""

CHANNEL = "zenobia"
TOPICS = 50
"""Topics in one notification, which has room for 8,000 bytes."""

RING = re.compile(r"sto_[0-9a-z]{26}(?: \S{1,100})+")
"""What a server says when it rings: its name, and topics. Whoever may connect to the database may say anything."""

TOLD_EVERY = 60.0
"""Seconds for which it is logged once that somebody says something else."""

CONNECTING: dict[str, str | int] = {
    "client_encoding": "utf8",  # else the driver gives bytes where the database is of no encoding
    "connect_timeout": CONNECT_WITHIN,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
DURABLE = "-c synchronous_commit=on"
TIMEOUTS = f"-c statement_timeout={STATEMENT_WITHIN} -c idle_in_transaction_session_timeout={IDLE_WITHIN} {DURABLE}"


class PostgresStore(Database):
    """The store in a PostgreSQL database."""

    def __init__(self, url: URL, limits: Limits) -> None:
        super().__init__(limits, alone=False)
        self._engine = postgres_engine(url, pooled=True)
        self._name = new_id("sto")
        self._strange_at = -math.inf
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="store-write")
        self._listening = self._loop.create_task(self._listen(address_of(url)), name="store: listen")

    async def _written(self, work: Work[T]) -> T:
        return await self._loop.run_in_executor(self._writers, self._write, work)

    async def _let_go(self) -> None:
        self._listening.cancel()
        await asyncio.wait({self._listening})
        await self._loop.run_in_executor(None, self._writers.shutdown)
        await self._loop.run_in_executor(None, self._readers.shutdown)
        self._engine.dispose()

    def _write(self, work: Work[T]) -> T:
        for left in reversed(range(TRIES)):
            attempt = _Attempt(self._engine, self.limits, "BEGIN ISOLATION LEVEL READ COMMITTED")
            try:
                result, news = attempt.run(work, self._name)
            except DBAPIError as error:
                if left and attempt.repeatable(error):
                    continue
                raise _unavailable(error) from error
            self._loop.call_soon_threadsafe(self.tell, news)
            return result
        raise StorageUnavailable

    def _read(self, work: Work[T]) -> T:
        for left in reversed(range(TRIES)):
            attempt = _Attempt(self._engine, self.limits, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                return attempt.run(work)[0]
            except DBAPIError as error:
                if left and attempt.repeatable(error):
                    continue
                raise _unavailable(error) from error
        raise StorageUnavailable

    async def _listen(self, address: str) -> None:
        """Hear what every server rings; never ends by itself, and rings everyone when it may have missed something."""
        pause = 0.1
        while True:
            try:
                async with (
                    asyncio.timeout(2 * CONNECT_WITHIN) as deadline,  # a database that goes away may never answer
                    await psycopg.AsyncConnection.connect(address, autocommit=True) as connection,
                ):
                    await connection.execute(f"LISTEN {CHANNEL}")
                    deadline.reschedule(None)
                    pause = 0.1
                    while True:
                        self.bell.ring_all()
                        async for heard in connection.notifies(timeout=LOOK):
                            self._hear(heard.payload)
            except DEAF as error:
                log.warning("the database does not ring: %s", first_line(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _hear(self, payload: str) -> None:
        """Ring what another server rang; one that is forged makes somebody read the store again, and no more."""
        if not RING.fullmatch(payload):
            if self._loop.time() - self._strange_at >= TOLD_EVERY:
                self._strange_at = self._loop.time()
                log.warning("what somebody said on the channel %s of the database is no ring; it is dropped", CHANNEL)
            return
        sender, *topics = payload.split()
        if sender != self._name:  # one's own were rung at the commit
            self.bell.ring(topics)


class DirectPostgres(Direct):
    """The short way to PostgreSQL."""

    dialect = PGDialect_psycopg()
    failure = psycopg.Error

    def told(self, text: str, values: Mapping[str, Json] | None, error: Exception, *, lost: bool = False) -> DBAPIError:
        """The driver's error as SQLAlchemy tells it; a connection that it ended is given up."""
        if lost := self._driver.closed:
            self._connection.invalidate(error)
        return super().told(text, values, error, lost=lost)


class _Attempt:
    """One run of one transaction; when it fails, it knows whether it can have left a trace."""

    def __init__(self, engine: Engine, limits: Limits, begin: str) -> None:
        self._engine = engine
        self._limits = limits
        self._begin = begin
        self._committing = False

    def run(self, work: Work[T], ringer: str | None = None) -> tuple[T, News]:
        """Run `work` and commit; its result, and its news, told in the name of `ringer`, who writes; nobody reads."""
        with self._engine.connect() as connection:
            tx = Tx(
                DirectPostgres(connection), self._limits, writing=ringer is not None, clock=lambda: _now(connection)
            )
            try:
                connection.exec_driver_sql(self._begin)
                result = work(tx)
                if ringer is not None:
                    _notify(connection, ringer, tx.news.topics)
                self._committing = True
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
            return result, tx.news

    def repeatable(self, error: DBAPIError) -> bool:
        """Whether the transaction surely changed nothing, and may well succeed when it is run again."""
        if isinstance(error.orig, psycopg.Error) and error.orig.sqlstate in RETRY:
            return True
        return error.connection_invalidated and not self._committing


def postgres_engine(url: URL, *, pooled: bool) -> Engine:
    """An engine on the database at `url` that leaves every BEGIN and COMMIT to us; a pooled one has deadlines."""
    driver = url.set(drivername="postgresql+psycopg")
    if not pooled:  # a migration takes as long as it takes
        return create_engine(
            driver, isolation_level="AUTOCOMMIT", hide_parameters=True, poolclass=NullPool, connect_args=CONNECTING
        )
    return create_engine(
        driver,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=WRITERS + READERS,
        max_overflow=0,
        connect_args=CONNECTING | {"options": TIMEOUTS},
    )


def encoding(connection: Connection) -> str:
    """As what the database keeps text, in PostgreSQL's words."""
    return connection.exec_driver_sql("SHOW server_encoding").scalar_one()


def address_of(url: URL) -> str:
    """The database's address for its driver."""
    return make_conninfo(url.set(drivername="postgresql").render_as_string(hide_password=False), **CONNECTING)


def first_line(error: BaseException | None) -> str:
    """What an error of the driver says, in a line; some say nothing but what they are."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _now(connection: Connection) -> Millis:
    return connection.exec_driver_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").scalar_one()


def _notify(connection: Connection, ringer: str, rung: set[str]) -> None:
    topics = sorted(rung)
    for first in range(0, len(topics), TOPICS):
        payload = " ".join([ringer, *topics[first : first + TOPICS]])
        connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, payload))


def _roll_back(connection: Connection) -> None:
    """Leave no transaction open: if it cannot be said, by ending the connection."""
    if connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError:
        connection.invalidate()


def _unavailable(error: DBAPIError) -> StorageUnavailable:
    log.error("the database did not take a transaction: %s", first_line(error.orig))
    return StorageUnavailable()
