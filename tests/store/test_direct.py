"""The short way to SQLite gives what the long one gives."""

import sqlite3
from collections.abc import Generator

import pytest
from sqlalchemy import Connection, bindparam, create_engine, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from zenobia.store.direct import DirectSqlite, kept
from zenobia.store.schema import answers, metadata

ROW = {"workspace": "w", "command_id": "c", "command": "createSession", "json": "{}", "created_at": 5}
PUT = insert(answers)
FIND = select(answers, literal("x").label("fixed")).where(answers.c.command_id == bindparam("wanted"))
SET = update(answers).where(answers.c.command_id == bindparam("wanted"))
COUNT = update(answers).values(created_at=answers.c.created_at + 1).returning(answers.c.created_at)


@pytest.fixture
def connection() -> Generator[Connection]:
    engine = create_engine("sqlite://", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def direct(connection: Connection) -> DirectSqlite:
    return DirectSqlite(connection)


def test_a_kept_statement_finds_and_does_the_same(connection: Connection, direct: DirectSqlite) -> None:
    assert direct.execute(kept(PUT), ROW).rowcount == 1
    long, short = connection.execute(FIND, {"wanted": "c"}), direct.execute(kept(FIND), {"wanted": "c"})

    rows = list(short.all())
    assert rows == list(long.all())
    assert (rows[0].command, rows[0].created_at, rows[0].fixed) == ("createSession", 5, "x")
    assert direct.execute(kept(FIND), {"wanted": "nobody"}).first() is None


def test_a_kept_change_sets_what_it_is_given_and_nothing_else(direct: DirectSqlite) -> None:
    direct.execute(kept(PUT), ROW)
    change = kept(SET)

    assert direct.execute(change, {"wanted": "c", "json": "[]"}).rowcount == 1
    assert direct.execute(change, {"wanted": "c", "created_at": 7}).rowcount == 1
    assert direct.execute(kept(COUNT), {}).first() == (8,)

    found = direct.execute(kept(FIND), {"wanted": "c"}).first()
    assert found is not None
    assert (found.json, found.created_at) == ("[]", 8)


def test_a_column_comes_back_as_what_it_is(connection: Connection, direct: DirectSqlite) -> None:
    query = select(literal("id").label("id"), literal(True).label("spent"))

    assert direct.execute(kept(query), {}).first() == ("id", True)
    assert str(direct.execute(kept(query), {}).first()) == str(connection.execute(query).first())


def test_the_first_row_of_many_leaves_nothing_in_the_way_of_a_commit(direct: DirectSqlite) -> None:
    direct.say("BEGIN IMMEDIATE")
    for command in ("a", "b"):
        direct.execute(kept(PUT), ROW | {"command_id": command})
    direct.execute(kept(select(answers)), {}).first()
    direct.say("COMMIT")

    assert not direct.in_transaction


def test_errors_are_the_same_too(connection: Connection, direct: DirectSqlite) -> None:
    direct.execute(kept(PUT), ROW)

    with pytest.raises(IntegrityError) as long:
        connection.execute(PUT, ROW)
    with pytest.raises(IntegrityError) as short:
        direct.execute(kept(PUT), ROW)
    assert str(short.value.orig) == str(long.value.orig)
    assert isinstance(short.value.orig, sqlite3.IntegrityError)
    with pytest.raises(OperationalError):
        direct.say("COMMIT")


def test_a_statement_that_is_not_kept_goes_the_long_way(direct: DirectSqlite) -> None:
    assert direct.execute(text("SELECT 1 AS one"), {}).first() == (1,)
