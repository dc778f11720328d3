"""A session is kept for as long as the settings say, and for ever if they say nothing."""

from dataclasses import replace

import pytest

from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Status
from zenobia.store.engine import Store, Work
from zenobia.store.schema import sessions
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

DAY = 86_400
CANCELLED = Ending(Status.CANCELLED, EndReason.USER, "Cancelled.")


@pytest.fixture
def limits() -> Limits:
    return replace(Limits(), retention=2.0 * DAY)


def ended(days_ago: float, *, owner: str | None = None) -> Work[str]:
    def add(tx: Tx) -> str:
        session = tx.add_session("default", "manual", None, {}).id
        tx.end(session, CANCELLED, by="test")
        when = tx.now - int(days_ago * DAY * 1_000)
        tx.run(sessions.update().where(sessions.c.id == session).values(ended_at=when, owner=owner))
        return session

    return add


async def test_what_ended_first_is_outlived_first(store: Store) -> None:
    await store.write(ended(1))
    old = await store.write(ended(3))
    older = await store.write(ended(4))

    assert await store.read(lambda tx: tx.outlived()) == (older, "default")
    await store.write(lambda tx: tx.erase(older, "default"))
    assert await store.read(lambda tx: tx.outlived()) == (old, "default")
    await store.write(lambda tx: tx.erase(old, "default"))
    assert await store.read(lambda tx: tx.outlived()) is None


async def test_what_goes_on_or_is_still_being_closed_is_not_outlived(store: Store) -> None:
    await store.write(lambda tx: tx.add_session("default", "manual", None, {}))
    await store.write(ended(3, owner="somebody"))

    assert await store.read(lambda tx: tx.outlived()) is None


class TestForEver:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits()

    async def test_nothing_is_outlived(self, store: Store) -> None:
        await store.write(ended(10_000))

        assert await store.read(lambda tx: tx.outlived()) is None
