"""Human-layer requests are settled once, by the first that does, and never approved by time."""

import asyncio
import time

import pytest

from zenobia.protocol.control import Held, Release
from zenobia.protocol.errors import AlreadyDecided, AtCapacity, UnknownRequest
from zenobia.protocol.human import ALLOWED, Decision, HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.ids import control_id, request_id
from zenobia.protocol.session import EndReason, Status
from zenobia.store.engine import Store
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx


async def running(store: Store) -> str:
    session = await store.write(lambda tx: tx.add_session("default", "playbook", None, {}).id)
    await store.write(lambda tx: tx.claim("me"))
    return session


def request(session: str, *, expires_in: float = 60) -> HumanLayerRequest:
    now = int(time.time() * 1_000)
    kind = RequestKind.APPROVAL
    return HumanLayerRequest(
        id=request_id(),
        session_id=session,
        kind=kind,
        title="Place the order",
        reason="It costs money.",
        created_at=now,
        expires_at=now + int(expires_in * 1_000),
        allowed=ALLOWED[kind],
    )


def verdict(status: RequestStatus, by: str) -> Decision:
    return Decision(status=status, decided_at=1, decided_by=by)


async def test_a_session_waits_while_a_request_is_pending_and_goes_on_after(store: Store) -> None:
    session = await running(store)
    asked = request(session)

    await store.write(lambda tx: tx.open_request(asked, "default"))
    assert await store.read(lambda tx: tx.status(session)) is Status.WAITING
    settled = await store.write(lambda tx: tx.decide(asked.id, verdict(RequestStatus.APPROVED, "ada"), "default"))

    assert settled.status is RequestStatus.APPROVED
    assert await store.read(lambda tx: tx.status(session)) is Status.RUNNING


async def test_the_first_answer_wins_among_many(store: Store) -> None:
    asked = request(await running(store))
    await store.write(lambda tx: tx.open_request(asked, "default"))

    def decide(number: int) -> Decision:
        status = RequestStatus.APPROVED if number % 2 else RequestStatus.DENIED
        return verdict(status, f"person {number}")

    tries = [store.write(lambda tx, n=number: tx.decide(asked.id, decide(n))) for number in range(50)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)

    won = [one for one in outcomes if isinstance(one, HumanLayerRequest)]
    lost = [one for one in outcomes if isinstance(one, AlreadyDecided)]
    assert (len(won), len(lost)) == (1, 49)
    assert {one.facts["request"]["decision"]["decidedBy"] for one in lost} == {
        won[0].decision and won[0].decision.decided_by
    }


async def test_time_expires_what_is_due_and_says_when_the_next_is(store: Store) -> None:
    session = await running(store)
    due, later = request(session, expires_in=-1), request(session, expires_in=500)
    await store.write(lambda tx: tx.open_request(due, "default"))
    await store.write(lambda tx: tx.open_request(later, "default"))

    soonest = await store.write(lambda tx: tx.expire())

    assert soonest == later.expires_at
    assert (await store.read(lambda tx: tx.request(due.id))).status is RequestStatus.EXPIRED
    assert (await store.read(lambda tx: tx.request(later.id))).status is RequestStatus.PENDING
    assert await store.read(lambda tx: tx.status(session)) is Status.WAITING


async def test_no_request_expires_while_a_person_drives_nor_at_once_when_they_are_done(store: Store) -> None:
    session = await running(store)
    due, later = request(session, expires_in=-1), request(session, expires_in=500)
    for one in (due, later):
        await store.write(lambda tx, asked=one: tx.open_request(asked, "default"))
    await store.write(lambda tx: tx.take_control(session, Held(id=control_id(), by="ada", since=tx.now)))

    assert await store.write(lambda tx: tx.expire()) is None
    assert not await store.read(lambda tx: tx.overdue(due))
    await store.write(lambda tx: tx.drop_control(session, Release.HANDED_BACK))
    handed_back = await store.read(lambda tx: tx.now)
    soonest = await store.write(lambda tx: tx.expire())

    pending = await store.read(lambda tx: tx.pending(session))
    assert soonest is not None
    assert 50_000 < soonest - handed_back <= 60_000
    assert [one.expires_at for one in pending] == [soonest, later.expires_at]


async def test_an_ending_session_leaves_no_request_pending(store: Store) -> None:
    session = await running(store)
    asked = request(session)
    await store.write(lambda tx: tx.open_request(asked, "default"))

    ending = Ending(Status.CANCELLED, EndReason.USER, "Cancelled.")
    await store.write(lambda tx: tx.end(session, ending, by="ada"))

    assert (await store.read(lambda tx: tx.request(asked.id))).status is RequestStatus.CANCELLED
    assert await store.read(lambda tx: tx.inbox("default")) == []


async def test_an_approval_is_used_once(store: Store) -> None:
    asked = request(await running(store))
    await store.write(lambda tx: tx.open_request(asked, "default"))

    def spend(tx: Tx) -> bool:
        return tx.spend(asked.id)

    assert [await store.write(spend), await store.write(spend)] == [True, False]


async def test_another_workspace_sees_no_request(store: Store) -> None:
    asked = request(await running(store))
    await store.write(lambda tx: tx.open_request(asked, "default"))

    assert await store.read(lambda tx: tx.inbox("other")) == []
    with pytest.raises(UnknownRequest):
        await store.write(lambda tx: tx.decide(asked.id, verdict(RequestStatus.APPROVED, "eve"), "other"))


async def test_a_session_cannot_flood_people(store: Store) -> None:
    session = await running(store)
    for _ in range(2):
        await store.write(lambda tx: tx.open_request(request(session), "default"))

    with pytest.raises(AtCapacity):
        await store.write(lambda tx: tx.open_request(request(session), "default"))


async def test_settled_requests_are_listed_apart_from_pending_ones_newest_first(store: Store) -> None:
    session = await running(store)
    first, second, third = request(session), request(session), request(session)

    async def settled(asked: HumanLayerRequest, status: RequestStatus) -> None:
        await store.write(lambda tx: tx.open_request(asked, "default"))
        await store.write(lambda tx: tx.decide(asked.id, verdict(status, "ada"), "default"))

    await settled(first, RequestStatus.APPROVED)
    await store.write(lambda tx: tx.open_request(second, "default"))
    await settled(third, RequestStatus.DENIED)

    assert [one.id for one in await store.read(lambda tx: tx.inbox("default"))] == [second.id]
    assert [one.id for one in await store.read(lambda tx: tx.settled("default", most=9))] == [third.id, first.id]
    assert [one.id for one in await store.read(lambda tx: tx.settled("default", most=1))] == [third.id]
    assert await store.read(lambda tx: tx.settled("another", most=9)) == []
