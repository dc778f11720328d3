"""The short way to a database for the statements that every command needs.

SQLAlchemy takes several times as long to carry out a small statement as the database does. So a statement that is
`kept`, put together once when its module is loaded, is also compiled once, and then handed to the driver. Everything
else goes through SQLAlchemy; what comes back looks the same.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, Delete, Dialect, Executable, Insert, Row, Select, Update
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.result import result_tuple
from sqlalchemy.exc import DBAPIError

from zenobia.protocol.wire import Json

Statement = Select[Any] | Insert | Update | Delete
S = TypeVar("S", bound=Executable)

_KEPT = "zenobia_kept"


class Cursor(Protocol):
    """What a driver gives for a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Sequence[Any] | None: ...
    def __iter__(self) -> Iterator[Sequence[Any]]: ...
    def close(self) -> None: ...


class Driver(Protocol):
    """A driver's connection."""

    @property
    def closed(self) -> bool: ...
    def execute(self, text: Any, values: Any = ..., /) -> Cursor: ...


def kept(statement: S) -> S:
    """Mark a statement that lives as long as its module, and has no IN: its members are known only when it runs."""
    return statement.execution_options(**{_KEPT: True})


class Direct:
    """A connection that goes the short way where there is one."""

    dialect: ClassVar[Dialect]
    """The language that the driver is spoken to in."""

    failure: ClassVar[type[Exception]]
    """What the driver raises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = cast("Driver", connection.connection.dbapi_connection)

    def execute(self, statement: Executable, parameters: Mapping[str, Json], /) -> "CursorResult[Any] | Rows":
        """Carry a statement out.

        Raises:
            DBAPIError: the database did not do it.
        """
        if _KEPT not in statement.get_execution_options():
            return self._connection.execute(statement, dict(parameters))
        made = _made(self.dialect, statement, tuple(parameters))
        values = {**made.values, **parameters}
        try:
            return Rows(self._driver.execute(made.text, values), made.row)
        except self.failure as error:
            raise self.told(made.text, values, error) from error

    def told(self, text: str, values: Mapping[str, Json] | None, error: Exception, *, lost: bool = False) -> DBAPIError:
        """The driver's error as SQLAlchemy tells it; `lost` says that the connection is of no use any more."""
        found = DBAPIError.instance(
            text,
            values,
            error,
            self.failure,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self.dialect,
        )
        return cast("DBAPIError", found)


class DirectSqlite(Direct):
    """The short way to SQLite."""

    dialect = SQLiteDialect_pysqlite(paramstyle="named")
    failure = sqlite3.Error

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return cast("sqlite3.Connection", self._driver).in_transaction

    def say(self, words: str) -> None:
        """Carry out a statement without values or rows: BEGIN, COMMIT and their like.

        Raises:
            DBAPIError: SQLite did not do it.
        """
        try:
            self._driver.execute(words)
        except sqlite3.Error as error:
            raise self.told(words, None, error) from error


class Rows:
    """What came back, as rows with named columns."""

    def __init__(self, cursor: Cursor, row: Callable[[Sequence[Any]], Row[Any]]) -> None:
        self._cursor = cursor
        self._row = row

    @property
    def rowcount(self) -> int:
        """How many rows it touched."""
        return self._cursor.rowcount

    def all(self) -> Sequence[Row[Any]]:
        """Every row."""
        return [self._row(one) for one in self._cursor]

    def first(self) -> Row[Any] | None:
        """The first row; None if there is none."""
        one = self._cursor.fetchone()
        self._cursor.close()  # a statement that is not read to its end would stand in the way of the commit
        return None if one is None else self._row(one)


@dataclass(frozen=True, slots=True)
class _Made:
    """A compiled statement: its text, the values that are always the same, and how its rows are named."""

    text: str
    values: dict[str, Json]
    row: Callable[[Sequence[Any]], Row[Any]]


@cache
def _made(dialect: Dialect, executable: Executable, given: tuple[str, ...]) -> _Made:
    statement = cast("Statement", executable)
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    fixed = {name: value for name, value in compiled.params.items() if name not in given}
    return _Made(str(compiled), fixed, _naming(dialect, list(statement.exported_columns)))


def _naming(dialect: Dialect, columns: Sequence[ColumnElement[Any]]) -> Callable[[Sequence[Any]], Row[Any]]:
    """What makes a row of what the driver gives: names, and values of the columns' own types."""
    name = result_tuple([str(column.key) for column in columns])
    found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    read = {place: reader for place, reader in enumerate(found) if reader is not None}
    if not read:
        return name
    return lambda raw: name([read[place](one) if place in read else one for place, one in enumerate(raw)])
