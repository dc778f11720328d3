"""The newest events of the sessions that tell something now, so that who follows them live reads no database.

They are put here after their commit, and are the very rows that a read would give. Whoever is further behind, or finds
nothing here, reads the store. Used on the event loop's thread only.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable

from zenobia.store.log import StoredEvent

SESSIONS = 1_000
EVENTS = 32
"""How much is held: the ends of so many logs, each so long; an event has a few hundred bytes."""


class Tails:
    """The ends of some logs, each without a gap."""

    def __init__(self) -> None:
        self._tails: OrderedDict[str, deque[StoredEvent]] = OrderedDict()

    def add(self, told: Iterable[tuple[str, StoredEvent]]) -> None:
        """Add what was committed. What does not follow on what is there begins a new end: some of it came elsewhere."""
        for session, event in told:
            tail = self._tails.setdefault(session, deque(maxlen=EVENTS))
            self._tails.move_to_end(session)
            if tail and event.seq <= tail[-1].seq:
                continue  # threads that commit one after the other may tell of it in another order
            if tail and event.seq > tail[-1].seq + 1:
                tail.clear()
            tail.append(event)
        while len(self._tails) > SESSIONS:
            self._tails.popitem(last=False)

    def after(self, session: str, cursor: int) -> list[StoredEvent]:
        """The events right after the cursor, as far as they are here; empty if the store must be asked."""
        tail = self._tails.get(session)
        if not tail or not tail[0].seq <= cursor + 1 <= tail[-1].seq:
            return []
        return [event for event in tail if event.seq > cursor]

    def newest(self, session: str) -> int | None:
        """The newest event's `seq`, if this session told something here lately."""
        tail = self._tails.get(session)
        return tail[-1].seq if tail else None

    def drop(self, sessions: Iterable[str]) -> None:
        """Hold no more of these sessions."""
        for session in sessions:
            self._tails.pop(session, None)
