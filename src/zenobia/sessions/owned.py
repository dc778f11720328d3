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
        self.taken: frozenset[str] = frozenset()
        """Requests whose decision the agent has, and has not used up: that is for the transaction which stores what
        came of them. Used up before it, they would be lost in a crash in between, and people asked again."""

    def take(self, request: str) -> None:
        """Let the agent have what was decided on a request."""
        self.taken |= {request}

    def used_up(self, taken: frozenset[str]) -> None:
        """The transaction that used these up is committed."""
        self.taken -= taken

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
