"""What every server asks all the time is found by an index, however many sessions there are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from zenobia.protocol.limits import Limits
from zenobia.store.opening import migrate
from zenobia.store.sqlite import sqlite_engine
from zenobia.store.tx import Tx


def plan(path: Path, work: Callable[[Tx], object]) -> list[str]:
    """How SQLite goes about what `work` asks of it."""
    migrate(path)
    engine = sqlite_engine(path)
    asked: list[tuple[str, Any]] = []

    def catch(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
        asked.append((statement, given))

    with engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", catch)
        work(Tx(connection, Limits(), writing=True))
        event.remove(engine, "before_cursor_execute", catch)
        told = [
            str(row[3])
            for statement, given in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]
    engine.dispose()
    return told


def claim(tx: Tx) -> object:
    return tx.claim("srv")


def disown_silent(tx: Tx) -> object:
    return tx.disown_silent("It is silent.")


def list_sessions(tx: Tx) -> object:
    return tx.sessions("default", status=None, before=None, most=20)


def parked(tx: Tx) -> object:
    return tx._parked()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("work", "wanted"),
    [
        (parked, "SEARCH sessions USING INDEX ix_sessions_status_number (status=?)"),
        (claim, "SEARCH sessions USING INDEX ix_sessions_claimable (status=?)"),
        (disown_silent, "USING INDEX ix_sessions_lease_until (lease_until<?)"),
        (list_sessions, "SEARCH sessions USING INDEX ix_sessions_workspace_number (workspace=?)"),
        (list_sessions, "SEARCH requests USING COVERING INDEX ix_requests_session_status (session=? AND status=?)"),
    ],
)
def test_it_is_found_by_an_index(tmp_path: Path, work: Callable[[Tx], object], wanted: str) -> None:
    told = plan(tmp_path / "zenobia.sqlite", work)

    assert any(wanted in line for line in told)
    assert not any(line.startswith("SCAN sessions") for line in told)
