"""Whoever has to know only when to stop is woken by that, and not by every event."""

from collections.abc import Callable

import pytest

from zenobia.protocol.session import EndReason, Status
from zenobia.store.bell import standing
from zenobia.store.engine import Store
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

CANCELLED = Ending(Status.CANCELLED, EndReason.USER, "It was cancelled.")


def delete(tx: Tx, session: str) -> None:
    """End the session, and forget it."""
    tx.end(session, CANCELLED, by="client")
    tx.erase(session, "default")


MOVES: dict[str, Callable[[Tx, str], object]] = {
    "paused": lambda tx, session: tx.move(session, Status.PAUSED, "Paused."),
    "ended": lambda tx, session: tx.end(session, CANCELLED, by="client"),
    "taken by another": lambda tx, _: tx.disown("The server was restarted."),
    "let go": lambda tx, session: tx.release(session, 1),
    "deleted": delete,
}


async def claimed(store: Store) -> str:
    """A session that runs."""

    def work(tx: Tx) -> str:
        session = tx.add_session("default", "manual", None, {}).id
        tx.claim("srv_1")
        return session

    return await store.write(work)


@pytest.mark.parametrize("move", MOVES)
async def test_what_changes_who_may_act_rings(store: Store, move: str) -> None:
    session = await claimed(store)
    with store.bell.listen(standing(session)) as rings:
        await store.write(lambda tx: MOVES[move](tx, session))

        assert await rings.wait(5)


async def test_an_event_by_itself_does_not(store: Store) -> None:
    session = await claimed(store)
    with store.bell.listen(standing(session)) as rings, store.bell.listen(session) as every:
        await store.write(lambda tx: tx.say(session, "Please look at that, too."))

        assert await every.wait(5)
        assert rings.count == 0
