"""A claimed session's transactions: each counts only while the session is still ours and has not ended."""

from typing import TypeVar

from zenobia.protocol.errors import NotAllowedNow, SessionEnded, StaleOwner
from zenobia.protocol.events import EventData
from zenobia.protocol.session import Status
from zenobia.store.bell import standing
from zenobia.store.engine import Store, Work
from zenobia.store.lease_rows import Claim
from zenobia.store.tx import Tx

T = TypeVar("T")


class Owned:
    """What one runner may write: fenced by its epoch, so that an owner that was replaced changes nothing."""

    def __init__(self, store: Store, claim: Claim) -> None:
        self.store = store
        self.claim = claim
        self.id = claim.session
        self._taken: set[str] = set()

    def take(self, request: str) -> None:
        """Let the agent have what was decided on a request; it is used up with what the agent makes of it."""
        self._taken.add(request)

    def taken(self, request: str) -> bool:
        """Whether the agent has had what was decided on it, and has not used it up."""
        return request in self._taken

    def use_up(self, tx: Tx) -> None:
        """Use up the decisions that were taken, in the very transaction that stores what came of them.

        Used up before that, they would be lost in a crash in between, and people asked again.
        """
        for request in self._taken:
            tx.spend(request)

    def used_up(self) -> None:
        """That transaction is committed."""
        self._taken.clear()

    async def write(self, work: Work[T]) -> T:
        """One transaction.

        Raises:
            StaleOwner: the session has another owner, or has ended.
        """

        def fenced(tx: Tx) -> T:
            if tx.fence(self.id, self.claim.epoch).ended:
                raise StaleOwner
            return work(tx)

        return await self.store.write(fenced)

    async def tell(self, data: EventData, message: str) -> int:
        """Add an event to the session's log; its `seq`."""
        return await self.write(lambda tx: tx.append(self.id, data, message))

    async def ready(self) -> None:
        """Wait until nobody holds the session up; a pause holds from its answer on, not from when its bell is heard.

        Raises:
            StaleOwner: the session has another owner, or has ended.
        """
        with self.store.bell.listen(standing(self.id)) as rings:
            while not await self.store.read(self._runs):
                await rings.wait()

    async def undriven(self) -> None:
        """Wait until no person drives the browser."""
        with self.store.bell.listen(self.id) as rings:
            while await self.store.read(lambda tx: tx.control(self.id)) is not None:
                await rings.wait()

    async def while_running(self, work: Work[T]) -> T:
        """One transaction that needs the session to be running now.

        Raises:
            NotAllowedNow: it is paused, or waits for a person.
            StaleOwner: the session has another owner, or has ended.
        """

        def demanding(tx: Tx) -> T:
            try:
                tx.demand(self.id, self.claim.epoch)
            except SessionEnded as error:
                raise StaleOwner from error
            return work(tx)

        return await self.store.write(demanding)

    async def when_running(self, work: Work[T]) -> T:
        """One transaction that needs the session to be running; held while it is paused or waits for a person."""
        with self.store.bell.listen(self.id) as rings:
            while True:
                try:
                    return await self.while_running(work)
                except NotAllowedNow:
                    await rings.wait()

    def _runs(self, tx: Tx) -> bool:
        status = tx.fence(self.id, self.claim.epoch)
        if status.ended:
            raise StaleOwner
        return status is Status.RUNNING and tx.control(self.id) is None
