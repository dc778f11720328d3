"""A session has one owner at a time, and none who is silent for longer than its lease."""

import pytest

from zenobia.protocol.errors import StaleOwner
from zenobia.protocol.events import EVENTS
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Status
from zenobia.store.engine import Store
from zenobia.store.lease_rows import Claim
from zenobia.store.schema import sessions
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

SILENT = "Its server does not answer."


async def claimed(store: Store, owner: str = "one") -> Claim:
    await store.write(lambda tx: tx.add_session("default", "playbook", None, {}).id)
    claim = await store.write(lambda tx: tx.claim(owner))
    assert claim is not None
    return claim


def run_out(tx: Tx) -> None:
    """Let every lease have ended just now."""
    tx.run(sessions.update().values(lease_until=tx.now - 1))


async def test_a_silent_owner_loses_its_session_and_everyone_can_read_why(store: Store) -> None:
    old = await claimed(store)
    await store.write(run_out)

    taken = await store.write(lambda tx: tx.disown_silent(SILENT))
    new = await store.write(lambda tx: tx.claim("two"))

    assert taken == 1
    assert new is not None
    assert (new.session, new.epoch, new.resumed) == (old.session, old.epoch + 1, True)
    events = [
        EVENTS.validate_json(one.json) for one in await store.read(lambda tx: tx.events_after(old.session, 0, 99))
    ]
    assert [(event.status, event.message) for event in events[-2:]] == [
        (Status.QUEUED, SILENT),
        (Status.RUNNING, "The session goes on."),
    ]


async def test_an_owner_that_speaks_up_in_time_keeps_its_session(store: Store) -> None:
    claim = await claimed(store)

    kept = await store.write(lambda tx: tx.renew("one", [claim.session]))

    assert kept == {claim.session}
    assert await store.write(lambda tx: tx.disown_silent(SILENT)) == 0
    assert await store.read(lambda tx: tx.owner(claim.session)) == "one"


async def test_who_lost_a_session_is_told_so_and_changes_nothing(store: Store) -> None:
    old = await claimed(store)
    await store.write(run_out)
    await store.write(lambda tx: tx.disown_silent(SILENT))
    await store.write(lambda tx: tx.claim("two"))

    assert await store.write(lambda tx: tx.renew("one", [old.session])) == set()
    with pytest.raises(StaleOwner):
        await store.write(lambda tx: tx.fence(old.session, old.epoch))
    await store.write(lambda tx: tx.release(old.session, old.epoch))
    assert await store.read(lambda tx: tx.owner(old.session)) == "two"


async def test_a_session_that_ended_needs_no_owner(store: Store) -> None:
    claim = await claimed(store)
    ending = Ending(Status.CANCELLED, EndReason.USER, "Cancelled.")
    await store.write(lambda tx: tx.end(claim.session, ending, by="me"))
    await store.write(run_out)

    assert await store.write(lambda tx: tx.disown_silent(SILENT)) == 0

    assert not await store.read(lambda tx: tx.closing(claim.session))
    assert await store.write(lambda tx: tx.claim("two")) is None


async def test_the_time_that_a_session_has_run_goes_on_counting_with_its_next_owner(store: Store) -> None:
    claim = await claimed(store)
    before = sessions.update().values(running_since=sessions.c.running_since - 5_000)
    await store.write(lambda tx: tx.run(before))

    await store.write(lambda tx: tx.release(claim.session, claim.epoch))
    await store.write(lambda tx: tx.claim("two"))
    await store.write(lambda tx: tx.run(before))

    status, ran = await store.read(lambda tx: tx.running_time(claim.session))
    assert status is Status.RUNNING
    assert 10_000 <= ran < 15_000


async def test_the_time_after_a_lease_has_run_out_is_no_running_time(store: Store) -> None:
    claim = await claimed(store)
    long_ago = sessions.update().values(
        running_since=sessions.c.running_since - 3_600_000, lease_until=sessions.c.running_since - 3_590_000
    )
    await store.write(lambda tx: tx.run(long_ago))

    await store.write(lambda tx: tx.disown_silent(SILENT))
    await store.write(lambda tx: tx.claim("two"))

    assert 10_000 <= (await store.read(lambda tx: tx.running_time(claim.session)))[1] < 15_000


class TestBoundedParking:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(sessions_parked=1)

    async def test_only_so_many_idle_sessions_stand_without_a_browser(self, store: Store) -> None:
        one, two = await claimed(store), await claimed(store)
        for claim in (one, two):
            await store.write(lambda tx, id=claim.session: tx.move(id, Status.PAUSED, "Paused."))

        first = await store.write(lambda tx: tx.park(one.session, one.epoch))
        second = await store.write(lambda tx: tx.park(two.session, two.epoch))
        await store.write(lambda tx: tx.move(one.session, Status.RUNNING, "Resumed."))
        again = await store.write(lambda tx: tx.park(two.session, two.epoch))

        assert (first, second, again) == (one.epoch + 1, None, two.epoch + 1)
