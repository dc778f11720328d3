"""A queue that moves tells those whom it brings to a marked place, and only them."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Executable, Row

from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Session, Status
from zenobia.protocol.wire import Json
from zenobia.store.engine import Store
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx


@pytest.fixture
def limits() -> Limits:
    """One slot, and a queue longer than its first marks."""
    return Limits(sessions_running=1, sessions_queued=60)


async def queue(store: Store, length: int) -> list[str]:
    """A session that runs, and as many behind it."""
    await store.write(lambda tx: tx.add_session("default", "playbook", None, {}))
    await store.write(lambda tx: tx.claim("one"))

    def fill(tx: Tx) -> list[str]:
        return [tx.add_session("default", "playbook", None, {}).id for _ in range(length)]

    return await store.write(fill)


def leave(tx: Tx, session: str) -> None:
    tx.end(session, Ending(Status.CANCELLED, EndReason.USER, "Cancelled."), by="me")


async def test_of_a_long_queue_only_marked_places_are_told(store: Store) -> None:
    waiting = await queue(store, 55)
    await store.write(lambda tx: leave(tx, waiting[0]))

    misplaced = await store.read(lambda tx: tx.misplaced())
    await store.write(lambda tx: tx.tell_places())

    assert list(misplaced.values()) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50]
    assert misplaced[waiting[50]] == 50
    counted = await store.read(lambda tx: [len(tx.events_after(session, 0, 9)) for session in waiting[1:]])
    assert sum(counted) == 54 + 12


async def test_nobody_is_told_the_same_place_twice(store: Store) -> None:
    waiting = await queue(store, 5)
    assert await store.read(lambda tx: tx.misplaced()) == {}
    await store.write(lambda tx: leave(tx, waiting[1]))

    await store.write(lambda tx: tx.tell_places())

    assert await store.read(lambda tx: tx.misplaced()) == {}
    counted = await store.read(lambda tx: [len(tx.events_after(session, 0, 9)) for session in waiting])
    assert [counted[0], *counted[2:]] == [1, 2, 2, 2]


async def test_a_list_reads_every_place_in_the_queue_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await queue(store, 3)
    asked: list[Executable] = []

    def listing(tx: Tx) -> list[Session]:
        rows = tx.rows

        def counted(statement: Executable, values: Mapping[str, Json] | None = None) -> list[Row[Any]]:
            asked.append(statement)
            return rows(statement, values)

        # of this transaction alone: the store reads its bell in others
        monkeypatch.setattr(tx, "rows", counted)
        return tx.sessions("default", status=None, before=None, most=10)

    listed = await store.read(listing)

    assert [one.queue_position for one in listed] == [3, 2, 1, None]
    assert len(asked) == 1
