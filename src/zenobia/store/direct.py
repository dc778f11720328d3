"""The short way to SQLite for the statements that every command needs.

SQLAlchemy takes several times as long to carry out a small statement as SQLite does. So a statement that is `kept`,
put together once when its module is loaded, is also compiled once, and then handed to the driver. Everything else,
and every statement on another database, goes through SQLAlchemy; what comes back looks the same.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, Delete, Executable, Insert, Row, Select, Update
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.result import result_tuple
from sqlalchemy.exc import DBAPIError

from zenobia.protocol.wire import Json

Statement = Select[Any] | Insert | Update | Delete
S = TypeVar("S", bound=Executable)

_KEPT = "zenobia_kept"
_DIALECT = SQLiteDialect_pysqlite(paramstyle="named")


def kept(statement: S) -> S:
    """Mark a statement that lives as long as its module, and has no IN: its members are known only when it runs."""
    return statement.execution_options(**{_KEPT: True})


class Direct:
    """A connection to SQLite that goes the short way where there is one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._driver.in_transaction

    def say(self, words: str) -> None:
        """Carry out a statement without values or rows: BEGIN, COMMIT and their like.

        Raises:
            DBAPIError: SQLite did not do it.
        """
        try:
            self._driver.execute(words)
        except sqlite3.Error as error:
            raise _told(words, None, error) from error

    def execute(self, statement: Executable, parameters: Mapping[str, Json], /) -> "CursorResult[Any] | Rows":
        """Carry a statement out.

        Raises:
            DBAPIError: SQLite did not do it.
        """
        if _KEPT not in statement.get_execution_options():
            return self._connection.execute(statement, dict(parameters))
        made = _made(cast("Statement", statement), tuple(parameters))
        values = {**made.values, **parameters}
        try:
            return Rows(self._driver.execute(made.text, values), made.row)
        except sqlite3.Error as error:
            raise _told(made.text, values, error) from error


class Rows:
    """What came back, as rows with named columns."""

    def __init__(self, cursor: sqlite3.Cursor, row: Callable[[Sequence[Any]], Row[Any]]) -> None:
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
def _made(statement: Statement, given: tuple[str, ...]) -> _Made:
    compiled = statement.compile(dialect=_DIALECT, column_keys=list(given))
    fixed = {name: value for name, value in compiled.params.items() if name not in given}
    return _Made(str(compiled), fixed, _naming(list(statement.exported_columns)))


def _naming(columns: Sequence[ColumnElement[Any]]) -> Callable[[Sequence[Any]], Row[Any]]:
    """What makes a row of what the driver gives: names, and values of the columns' own types."""
    name = result_tuple([str(column.key) for column in columns])
    found = [column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in columns]
    read = {place: reader for place, reader in enumerate(found) if reader is not None}
    if not read:
        return name
    return lambda raw: name([read[place](one) if place in read else one for place, one in enumerate(raw)])


def _told(text: str, values: Mapping[str, Json] | None, error: sqlite3.Error) -> DBAPIError:
    """The driver's error as SQLAlchemy tells it."""
    return cast(
        "DBAPIError", DBAPIError.instance(text, values, error, sqlite3.Error, hide_parameters=True, dialect=_DIALECT)
    )
