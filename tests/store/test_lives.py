"""A session that has ended is taken up again by one transaction, and whoever had it before changes nothing any more."""

from dataclasses import replace

import pytest

from tests.store.test_requests import request
from zenobia.protocol.errors import AtCapacity, LogFull, NotAllowedNow, StaleOwner
from zenobia.protocol.events import MessageData
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import EndReason, Problem, Status, Usage
from zenobia.store.engine import Store
from zenobia.store.lease_rows import Claim
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

FAILED = Ending(Status.FAILED, EndReason.STEP_FAILED, "It failed.", Problem(error="Why.", code="why"))


async def claimed(store: Store) -> Claim:
    await store.write(lambda tx: tx.add_session("default", "playbook", "go back", {}))
    claim = await store.write(lambda tx: tx.claim("me"))
    assert claim is not None
    return claim


async def ended(store: Store) -> Claim:
    """A session that took a step, asked somebody, and failed; its runner has not let go of it."""
    claim = await claimed(store)

    def work(tx: Tx) -> None:
        tx.step(claim.session)
        tx.charge(claim.session, Usage(input_tokens=10, output_tokens=2, cost=0.5))
        tx.open_request(request(claim.session), "default")
        tx.end(claim.session, FAILED, by="server")

    await store.write(work)
    return claim


async def test_it_is_queued_as_if_it_had_never_ended(store: Store) -> None:
    claim = await ended(store)

    await store.write(lambda tx: tx.take_up(claim.session))

    found = await store.read(lambda tx: tx.session(claim.session, "default"))
    assert (found.status, found.reason, found.error, found.ended_at) == (Status.QUEUED, None, None, None)
    assert found.usage.steps == 1, "what was spent is not forgotten"


async def test_its_next_runner_knows_since_when_it_lives_and_what_was_spent_before(store: Store) -> None:
    first = await ended(store)
    await store.write(lambda tx: tx.take_up(first.session))

    second = await store.write(lambda tx: tx.claim("you"))

    assert second is not None
    assert second.resumed
    assert (first.since, first.before) == (0, Usage())
    events = await store.read(lambda tx: tx.events_after(first.session, second.since - 1, 1))
    assert '"previous":"failed"' in events[0].json
    assert second.before == Usage(steps=1, input_tokens=10, output_tokens=2, cost=0.5)
    assert await store.read(lambda tx: tx.running_time(first.session)) < (Status.RUNNING, 5_000)


async def test_whoever_had_it_before_can_neither_write_nor_let_it_go(store: Store) -> None:
    old = await ended(store)
    await store.write(lambda tx: tx.take_up(old.session))
    new = await store.write(lambda tx: tx.claim("you"))

    with pytest.raises(StaleOwner):
        await store.write(lambda tx: tx.fence(old.session, old.epoch))
    await store.write(lambda tx: tx.release(old.session, old.epoch))

    assert new is not None
    assert new.session == old.session
    assert await store.read(lambda tx: tx.owner(old.session)) == "you"


async def test_no_answer_of_before_counts_for_what_comes_now(store: Store) -> None:
    claim = await ended(store)
    assert await store.read(lambda tx: tx.unspent(claim.session)) != []

    await store.write(lambda tx: tx.take_up(claim.session))

    assert await store.read(lambda tx: tx.unspent(claim.session)) == []


async def test_what_goes_on_cannot_be_taken_up(store: Store) -> None:
    claim = await claimed(store)

    with pytest.raises(NotAllowedNow):
        await store.write(lambda tx: tx.take_up(claim.session))


async def test_it_needs_a_place_in_the_queue_like_any_other(store: Store, limits: Limits) -> None:
    claim = await ended(store)
    for _ in range(limits.sessions_queued):
        await store.write(lambda tx: tx.add_session("default", "playbook", "go back", {}))

    with pytest.raises(AtCapacity):
        await store.write(lambda tx: tx.take_up(claim.session))

    assert await store.read(lambda tx: tx.status(claim.session)) is Status.FAILED


async def test_a_full_log_has_no_room_for_another_life(store: Store, limits: Limits) -> None:
    claim = await claimed(store)
    said = MessageData(author="agent", text="a")
    for _ in range(limits.events_per_session - 2):
        await store.write(lambda tx: tx.append(claim.session, said, "a"))
    await store.write(lambda tx: tx.end(claim.session, replace(FAILED, problem=None), by="server"))

    with pytest.raises(LogFull):
        await store.write(lambda tx: tx.take_up(claim.session))
