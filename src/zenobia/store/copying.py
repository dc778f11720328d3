"""What a backup is made of: rows from either database and bytes from wherever they are, into a folder and back."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zenobia.protocol.errors import ZenobiaError
from zenobia.store.blobs import KEY, PIECE, Blobs, pieces
from zenobia.store.opening import HEAD, DatabaseOtherVersion, DatabaseTooNew, migrate_to, reached, schema_in, schema_of
from zenobia.store.schema import metadata

if TYPE_CHECKING:
    from psycopg import Cursor

DATABASE = "zenobia.sqlite"
BLOBS = "blobs"
ROWS = "rows"
TABLES = f"{ROWS}/tables.json"

NAMED = "SELECT blob FROM files UNION SELECT blob FROM pictures"
LARGEST = 1 << 40
"""Bytes of one blob, which was bounded when it came."""


class BackupImpossible(ZenobiaError):
    """There can be no backup: {problem}."""

    code = "backup_impossible"


class RestoreImpossible(ZenobiaError):
    """This backup cannot be restored: {problem}."""

    code = "restore_impossible"


class Rows(Protocol):
    """A database. What it saves names bytes, of which some may go at any moment."""

    def save(self, folder: Path) -> set[str]:
        """Copy all rows as they are at one moment; the bytes that they name."""
        ...

    def require_none(self) -> None:
        """Raises RestoreImpossible where there is something already."""
        ...

    def require_own(self, folder: Path) -> None:
        """Raises RestoreImpossible where what is in the folder was saved from another kind of database."""
        ...

    def put_back(self, folder: Path) -> None:
        """Make all rows what they were, at once."""
        ...


class Bytes(Protocol):
    """A place of bytes."""

    def gather(self, folder: Path, named: Iterable[str]) -> None:
        """Have those that are there in the folder, beside those that it has."""
        ...

    def put_back(self, folder: Path) -> None:
        """Put all that are in the folder where they belong."""
        ...


class SqliteRows:
    """The database in a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / DATABASE

    def save(self, folder: Path) -> set[str]:
        """Copy the file, also while a server writes it."""
        if not self._file.is_file():
            raise BackupImpossible(problem="there is no database in the data directory")
        copy_database(self._file, folder / DATABASE)
        with closing(sqlite3.connect(folder / DATABASE)) as connection:
            if (found := schema_in(connection)) is not None and found > HEAD:
                raise DatabaseTooNew(found=found, known=HEAD)
            return {name for (name,) in connection.execute(NAMED)}

    def require_none(self) -> None:
        """The data directory has none."""
        if self._file.exists():
            raise RestoreImpossible(problem="there is a database already")

    def require_own(self, folder: Path) -> None:
        """It was saved from a file."""
        if not (folder / DATABASE).is_file():
            raise RestoreImpossible(problem="it is one of a PostgreSQL database: say which with --database")

    def put_back(self, folder: Path) -> None:
        """Give the file its place."""
        (folder / DATABASE).rename(self._file)


class PostgresRows:
    """A PostgreSQL database, table by table as it gives and takes them itself (COPY)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def save(self, folder: Path) -> set[str]:
        """Copy every table as of one moment."""
        (folder / ROWS).mkdir(exist_ok=True)
        with reached(self._url) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if (found := schema_of(cursor)) != HEAD:
                raise DatabaseOtherVersion(found=found, known=HEAD)
            tables: dict[str, list[str]] = {}
            for table in metadata.sorted_tables:
                tables[table.name] = [column.name for column in table.columns]
                with (
                    (folder / ROWS / table.name).open("wb") as file,
                    cursor.copy(_copying("COPY {} ({}) TO STDOUT (FORMAT binary)", table.name, tables)) as rows,
                ):
                    for piece in rows:
                        file.write(piece)
            named = {name for (name,) in cursor.execute(NAMED)}
        (folder / TABLES).write_text(json.dumps({"schema": HEAD, "tables": tables}))
        return named

    def require_none(self) -> None:
        """The database is new, or nobody has put a row into it."""
        with reached(self._url) as cursor:
            if schema_of(cursor) is not None and any(_has_rows(cursor, table.name) for table in metadata.sorted_tables):
                raise RestoreImpossible(problem="the database is not empty")

    def require_own(self, folder: Path) -> None:
        """It was saved from tables."""
        if not (folder / TABLES).is_file():
            raise RestoreImpossible(problem="it is one of a data directory: leave out --database")

    def put_back(self, folder: Path) -> None:
        """Fill the tables of the schema that they were copied from, in one transaction."""
        told: dict[str, Any] = json.loads((folder / TABLES).read_text())
        schema, tables = str(told["schema"]), told["tables"]
        if schema > HEAD:
            raise DatabaseTooNew(found=schema, known=HEAD)
        migrate_to(self._url, schema)
        with reached(self._url) as cursor:
            if (found := schema_of(cursor)) != schema:
                raise RestoreImpossible(problem=f"the database has the schema {found}, the backup {schema}")
            for name in tables:
                with (
                    (folder / ROWS / name).open("rb") as file,
                    cursor.copy(_copying("COPY {} ({}) FROM STDIN (FORMAT binary)", name, tables)) as rows,
                ):
                    while piece := file.read(PIECE):
                        rows.write(piece)
            for name in ("sessions", "requests"):  # the next one counts on from the last
                cursor.execute(_counting(name), (name,))


class FolderBytes:
    """Bytes in the data directory's own folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / BLOBS

    def gather(self, folder: Path, named: Iterable[str]) -> None:
        """Second names for all bytes that are there now: they stay though the first is deleted, and take no room."""
        del named  # those that come meanwhile may be named next
        for path in self._folder.rglob("*") if self._folder.is_dir() else ():
            name = path.relative_to(self._folder)
            if KEY.fullmatch(name.as_posix()) and path.is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileExistsError, FileNotFoundError):  # gathered before, or deleted just now
                    os.link(path, folder / name)

    def put_back(self, folder: Path) -> None:
        """Give the folder its place."""
        if folder.is_dir():
            folder.rename(self._folder)


class StoredBytes:
    """Bytes wherever `ZENOBIA_BLOBS` says."""

    def __init__(self, url_or_path: str) -> None:
        self._where = url_or_path

    def gather(self, folder: Path, named: Iterable[str]) -> None:
        """Fetch those that are named and not here yet."""
        asyncio.run(self._fetch(folder, [name for name in named if not (folder / name).is_file()]))

    async def _fetch(self, folder: Path, names: list[str]) -> None:
        blobs = Blobs.at(self._where)
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with target.open("wb") as file:
                    async for piece in blobs.stream(name):
                        file.write(piece)
            except FileNotFoundError:  # deleted just now
                target.unlink()

    def put_back(self, folder: Path) -> None:
        """Send all of them there."""
        asyncio.run(self._send({path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}))

    async def _send(self, found: dict[str, Path]) -> None:
        blobs = Blobs.at(self._where)
        for name, path in found.items():
            if path.is_file():
                await blobs.write(name, pieces(path), limit=LARGEST)


def rows_of(data_dir: Path, database: str | None) -> Rows:
    """The database at a URL, or else in the data directory."""
    return SqliteRows(data_dir) if database is None else PostgresRows(database)


def bytes_of(data_dir: Path, blobs: str | None) -> Bytes:
    """The bytes at a URL or path, or else in the data directory."""
    return FolderBytes(data_dir) if blobs is None else StoredBytes(blobs)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database file, as it is at one moment, to a file that is whole by itself."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=DELETE")


def _has_rows(cursor: "Cursor[Any]", table: str) -> bool:
    from psycopg import sql

    cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)))
    return cursor.fetchone() == (True,)


def _copying(words: Any, table: str, columns: dict[str, list[str]]) -> Any:
    from psycopg import sql

    named = sql.SQL(", ").join(sql.Identifier(column) for column in columns[table])
    return sql.SQL(words).format(sql.Identifier(table), named)


def _counting(table: str) -> Any:
    from psycopg import sql

    last = "SELECT setval(pg_get_serial_sequence(%s, 'number'), max(number)) FROM {} HAVING max(number) IS NOT NULL"
    return sql.SQL(last).format(sql.Identifier(table))
