"""Opening what a server keeps: its data directory, for it alone; its database, sound and with the newest schema."""

import fcntl
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sqlalchemy import Connection, Engine, inspect, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.limits import Limits
from zenobia.store.engine import Store
from zenobia.store.sqlite import SqliteStore, sqlite_engine

if TYPE_CHECKING:
    from psycopg import Cursor

log = logging.getLogger(__name__)

HEAD = "0019"
"""The newest migration; a test holds it to the newest file."""

_UPGRADING = threading.Lock()
"""Alembic keeps what it works on in globals. Other processes are held off by a lock in the database."""


class DataDirectoryInUse(ZenobiaError):
    """Another Zenobia server (process {pid}) uses this data directory; stop it or choose another with --data-dir."""

    code = "data_directory_in_use"


class DatabaseDamaged(ZenobiaError):
    """The database does not pass its check: {problem}. Restore a backup, or start with another --data-dir."""

    code = "database_damaged"


class DatabaseLocked(ZenobiaError):
    """Another program holds the database: {problem}. End that program, then start again."""

    code = "database_locked"


class DatabaseTooNew(ZenobiaError):
    """The database was written by a newer Zenobia (schema {found}, this one knows {known}); update Zenobia."""

    code = "database_too_new"


class DatabaseOtherVersion(ZenobiaError):
    """The server that runs here is of another version (schema {found}, not {known}): use its own `zenobia`."""

    code = "database_other_version"


class DatabaseUnreachable(ZenobiaError):
    """The database cannot be used: {problem}. Check ZENOBIA_DATABASE, and that the database is up."""

    code = "database_unreachable"


class DatabaseNotUnicode(ZenobiaError):
    """The database keeps text as {found}, which cannot hold every language; make one with ENCODING 'UTF8'."""

    code = "database_not_unicode"


class DataDirectoryUnusable(ZenobiaError):
    """The data directory cannot be used: {problem}."""

    code = "data_directory_unusable"


class DataDirectory:
    """A directory that belongs to one server while it is open.

    The lock is the kernel's (`flock`), so it is gone with its holder, however that one dies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: TextIO | None = None
        self.unclean = False

    def open(self) -> None:
        """Take the directory, making it if need be.

        Raises:
            DataDirectoryInUse: another server has it.
            DataDirectoryUnusable: it cannot be made or written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.path / "server.lock").open("a+")
        except OSError as error:
            raise DataDirectoryUnusable(problem=error.strerror or "it cannot be written") from error
        lock.seek(0)
        previous = lock.read().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise DataDirectoryInUse(pid=previous or "unknown") from None
        self.unclean = bool(previous)
        self._write(lock, str(os.getpid()))
        self._lock = lock

    def scratch(self) -> Path:
        """An empty folder for what need not outlive this server; what a killed one left there is gone."""
        folder = self.path / "scratch"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def close(self) -> None:
        """Give the directory back, marked as left in order."""
        if self._lock is not None:
            shutil.rmtree(self.path / "scratch", ignore_errors=True)
            self._write(self._lock, "")
            self._lock.close()
            self._lock = None

    @staticmethod
    def _write(lock: TextIO, text: str) -> None:
        lock.truncate(0)
        lock.seek(0)
        lock.write(text)
        lock.flush()


def open_store(directory: DataDirectory, limits: Limits, database: str | None = None) -> Store:
    """The store at the URL `database`, or else in the data directory, with the newest schema.

    Raises:
        DatabaseUnreachable, DatabaseLocked: it cannot be reached, or another program holds it.
        DatabaseNotUnicode: it cannot keep every text.
        DatabaseDamaged: the check found something.
        DatabaseTooNew: a newer Zenobia wrote it.
        DataDirectoryUnusable: its file cannot be written.
    """
    if database is not None:
        return _open_postgres(database, limits)
    path = directory.path / "zenobia.sqlite"
    if directory.unclean and path.exists():
        log.info("the last server did not stop in order: checking the database")
        _check(path)
    try:
        path.touch()
        path.chmod(0o600)  # the directory may have been there before us; what SQLite puts beside it gets the same mode
    except OSError as error:
        raise DataDirectoryUnusable(problem=f"{path.name}: {error.strerror}") from error
    migrate(path)
    return SqliteStore(path, limits)


@contextmanager
def open_beside(directory: DataDirectory, limits: Limits, database: str | None = None) -> Generator[Store]:
    """The store as `open_store` gives it, also while a server has it open; the caller closes it.

    Raises:
        DatabaseOtherVersion: the server that has it open is not of this version.
    """
    if database is not None:
        yield _open_postgres(database, limits)
        return
    try:
        directory.open()
    except DataDirectoryInUse:
        path = directory.path / "zenobia.sqlite"
        _require_head(path)
        yield SqliteStore(path, limits)
        return
    try:
        yield open_store(directory, limits)
    finally:
        directory.close()


def _require_head(path: Path) -> None:
    """Make sure that the schema is ours: under a server that runs it cannot be changed."""
    engine = sqlite_engine(path)
    try:
        with engine.connect() as connection:
            if (found := _version(connection)) != HEAD:
                raise DatabaseOtherVersion(found=found, known=HEAD)
    finally:
        engine.dispose()


def _open_postgres(database: str, limits: Limits) -> Store:
    # only who uses it waits for its driver
    from zenobia.store.postgres import PostgresStore, encoding, first_line, postgres_engine

    url = make_url(database)
    engine = postgres_engine(url, pooled=False)
    try:
        with engine.connect() as connection:
            if (found := encoding(connection)) != "UTF8":
                raise DatabaseNotUnicode(found=found)
        _migrate(engine)
    except DBAPIError as error:
        raise DatabaseUnreachable(problem=first_line(error.orig)) from error
    return PostgresStore(url, limits)


def migrate_to(database: str, schema: str) -> None:
    """Give a PostgreSQL database that is new the schema of that number; one that is not is left as it is."""
    from zenobia.store.postgres import postgres_engine

    engine = postgres_engine(make_url(database), pooled=False)
    with engine.connect() as connection:
        new = _version(connection) is None
    if new:
        _upgrade(engine, schema)


@contextmanager
def reached(database: str) -> "Generator[Cursor[Any]]":
    """A transaction in a PostgreSQL database, by its driver alone.

    Raises:
        DatabaseUnreachable: it cannot be reached, or breaks off.
    """
    import psycopg

    from zenobia.store.postgres import address_of, first_line

    try:
        with psycopg.connect(address_of(make_url(database))) as connection, connection.cursor() as cursor:
            yield cursor
    except psycopg.Error as error:
        raise DatabaseUnreachable(problem=first_line(error)) from error


def schema_of(cursor: "Cursor[Any]") -> str | None:
    """The number of a PostgreSQL database's schema; None if it is new."""
    cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
    if cursor.fetchone() != (True,):
        return None
    found = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])


def require_readable(data_dir: Path, database: str | None = None) -> None:
    """Make sure that what is kept there, if anything is, can be opened by this version; changes nothing.

    Raises:
        DatabaseUnreachable, DatabaseLocked, DatabaseDamaged, DatabaseTooNew, DataDirectoryUnusable: it cannot.
    """
    path = data_dir / "zenobia.sqlite"
    found = None
    if database is not None:
        with reached(database) as cursor:
            found = schema_of(cursor)
    elif os.access(data_dir, os.X_OK) and path.exists():
        if not os.access(path, os.R_OK):
            raise DataDirectoryUnusable(problem=f"{path.name} cannot be read")
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                _require_whole(connection)
                found = schema_in(connection)
        except sqlite3.Error as error:
            raise _refusal(error) from error
    if found is not None and found > HEAD:
        raise DatabaseTooNew(found=found, known=HEAD)


def _check(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        _require_whole(connection)
    except sqlite3.DatabaseError as error:
        raise _refusal(error) from error
    finally:
        connection.close()


def _require_whole(connection: sqlite3.Connection) -> None:
    problems = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    if problems != ["ok"]:
        raise DatabaseDamaged(problem="; ".join(problems))


def schema_in(connection: sqlite3.Connection) -> str | None:
    """The number of a file's schema; None if it has none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def migrate(path: Path) -> None:
    """Bring the database in a file to the newest schema; quick when it already is."""
    engine = sqlite_engine(path)
    try:
        _migrate(engine)
    except DatabaseError as error:
        raise _refusal(error.orig) from error
    finally:
        engine.dispose()


def _refusal(error: BaseException | None) -> ZenobiaError:
    """Why a file cannot be opened: what somebody else holds, or may not be written here, is whole."""
    code = error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.Error) else 0
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseLocked(problem=str(error))
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}:
        return DataDirectoryUnusable(problem=str(error))
    return DatabaseDamaged(problem=str(error))


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        found = _version(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise DatabaseTooNew(found=found, known=HEAD)
        _upgrade(engine)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None  # a new database
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _upgrade(engine: Engine, to: str = "head") -> None:
    from alembic import command  # half a start's time, and needed only when something changes
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    with _UPGRADING:
        command.upgrade(config, to)
