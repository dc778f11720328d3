"""The status machine: what the table lacks cannot happen, whatever is tried, and every step of it is in the log."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from zenobia.protocol.errors import AlreadyDecided, NotAllowedNow, SessionEnded, UnknownRequest, ZenobiaError
from zenobia.protocol.events import EVENTS
from zenobia.protocol.human import ALLOWED, OUTCOMES, Decision, HumanLayerRequest, RequestKind, RequestStatus, Verdict
from zenobia.protocol.ids import request_id
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import MOVES, EndReason, Status, advance
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

T = TypeVar("T")
WORKSPACE = "default"
ENDS = [status for status in Status if status.ended]


@pytest.mark.parametrize("old", Status)
@pytest.mark.parametrize("new", Status)
def test_only_the_table_moves_a_session(old: Status, new: Status) -> None:
    with nullcontext() if new in MOVES[old] else pytest.raises(ZenobiaError):
        assert advance(old, new) is new


@pytest.mark.parametrize("old", ENDS)
@pytest.mark.parametrize("new", [status for status in Status if status is not Status.QUEUED])
def test_what_has_ended_can_only_be_queued_again(old: Status, new: Status) -> None:
    with pytest.raises(SessionEnded):
        advance(old, new)


def test_every_status_can_be_reached_and_every_one_can_end() -> None:
    reached, last = {Status.QUEUED}, set[Status]()
    while reached != last:
        last, reached = reached, reached.union(*(MOVES[status] for status in reached))

    assert reached == set(Status)
    assert all(MOVES[status] & set(ENDS) for status in Status if not status.ended)
    assert ENDS == [Status.COMPLETED, Status.FAILED, Status.CANCELLED]


class Lives(RuleBasedStateMachine):
    """Sessions in a real store, beside a model of what should become of them."""

    made = Bundle("sessions")
    asked = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(prefix="moves-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="store loop")
        self._thread.start()
        self._directory = DataDirectory(Path(self._folder.name))
        self._directory.open()
        self._store: Store = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(30)
        self.status: dict[str, Status] = {}
        self.pending: dict[str, set[str]] = {}
        self.decided: dict[str, RequestStatus] = {}
        self.session_of: dict[str, str] = {}

    async def _open(self) -> Store:
        return open_store(self._directory, Limits(sessions_queued=1_000))

    def write(self, work: Callable[[Tx], T]) -> T:
        return asyncio.run_coroutine_threadsafe(self._store.write(work), self._loop).result(30)

    def teardown(self) -> None:
        asyncio.run_coroutine_threadsafe(self._store.close(), self._loop).result(30)
        self._directory.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()
        self._folder.cleanup()

    @rule(target=made)
    def create(self) -> str:
        session = self.write(lambda tx: tx.add_session(WORKSPACE, "manual", None, {}).id)
        self.status[session], self.pending[session] = Status.QUEUED, set()
        return session

    @rule(session=made, new=st.sampled_from([status for status in Status if not status.ended]))
    def move(self, session: str, new: Status) -> None:
        old = self.status[session]
        if new in MOVES[old] and not old.ended:
            self.write(lambda tx: tx.move(session, new, "Moved."))
            self.status[session] = new
            return
        with pytest.raises(SessionEnded if old.ended else NotAllowedNow):
            self.write(lambda tx: tx.move(session, new, "Moved."))

    @rule(session=made, end=st.sampled_from(ENDS), reason=st.sampled_from(EndReason))
    def end(self, session: str, end: Status, reason: EndReason) -> None:
        old = self.status[session]
        if end in MOVES[old]:
            self.write(lambda tx: tx.end(session, Ending(end, reason, "Ended."), by="test"))
            self.status[session] = end
            self.decided |= dict.fromkeys(self.pending[session], RequestStatus.CANCELLED)
            self.pending[session] = set()
            return
        with pytest.raises(SessionEnded if old.ended else NotAllowedNow):
            self.write(lambda tx: tx.end(session, Ending(end, reason, "Ended."), by="test"))

    @rule(session=made)
    def take_up(self, session: str) -> None:
        """The one way out of an end."""
        if self.status[session].ended:
            self.write(lambda tx: tx.take_up(session))
            self.status[session] = Status.QUEUED
            return
        with pytest.raises(NotAllowedNow):
            self.write(lambda tx: tx.take_up(session))

    @rule(target=asked, session=made, kind=st.sampled_from(RequestKind))
    def ask(self, session: str, kind: RequestKind) -> str:
        request = HumanLayerRequest(
            id=request_id(), session_id=session, kind=kind, title="May I?", reason="", created_at=0, expires_at=2**53,
            allowed=ALLOWED[kind],
        )  # fmt: skip
        old = self.status[session]
        full = len(self.pending[session]) >= Limits().pending_requests
        if not full and (old is Status.WAITING or Status.WAITING in MOVES[old]):
            self.write(lambda tx: tx.open_request(request, WORKSPACE))
            self.status[session] = Status.WAITING
            self.pending[session].add(request.id)
            self.session_of[request.id] = session
            return request.id
        with pytest.raises(ZenobiaError):
            self.write(lambda tx: tx.open_request(request, WORKSPACE))
        return ""

    @rule(request=asked, verdict=st.sampled_from(Verdict))
    def decide(self, request: str, verdict: Verdict) -> None:
        if not request:
            return  # it was never asked
        decision = Decision(status=OUTCOMES[verdict], decided_at=1, decided_by="test")
        if self.session_of[request] not in self.status:
            with pytest.raises(UnknownRequest):
                self.write(lambda tx: tx.decide(request, decision))
            return
        if request in self.decided:
            with pytest.raises(AlreadyDecided):
                self.write(lambda tx: tx.decide(request, decision))
            return
        self.write(lambda tx: tx.decide(request, decision))
        self.decided[request] = decision.status
        session = next(one for one, pending in self.pending.items() if request in pending)
        self.pending[session].discard(request)
        if self.status[session] is Status.WAITING and not self.pending[session]:
            self.status[session] = Status.RUNNING

    @rule(session=made)
    def fail_midway(self, session: str) -> None:
        """A transaction that raises leaves neither a status nor an event."""

        def work(tx: Tx) -> None:
            tx.say(session, "This will not have been said.")
            raise KeyError(session)

        with pytest.raises(KeyError):
            self.write(work)

    @rule(session=consumes(made))
    def erase(self, session: str) -> None:
        if not self.status[session].ended:
            with pytest.raises(ZenobiaError):
                self.write(lambda tx: tx.erase(session, WORKSPACE))
            return
        self.write(lambda tx: tx.erase(session, WORKSPACE))
        del self.status[session]

    @invariant()
    def the_store_agrees_with_the_model(self) -> None:
        for session, status in self.status.items():
            shown, stored = self.write(
                lambda tx, one=session: (tx.session(one, WORKSPACE), tx.events_after(one, 0, 9_999))
            )
            events = [EVENTS.validate_json(event.json) for event in stored]

            assert shown.status is status
            assert [event.seq for event in events] == list(range(1, shown.last_seq + 1))
            assert events[-1].status is status
            assert {request.id for request in shown.pending_requests} == self.pending[session]
            assert (shown.ended_at is not None) is status.ended

    @invariant()
    def the_log_tells_only_moves_of_the_table(self) -> None:
        for session in self.status:
            events = self.write(lambda tx, one=session: tx.events_after(one, 0, 9_999))
            told = [EVENTS.validate_json(event.json).status for event in events]
            assert all(new in MOVES[old] for old, new in pairwise(told) if old is not new)


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
