"""A claimed session's transactions: each counts only while the session is still ours and has not ended."""

from typing import TypeVar

from zenobia.protocol.errors import NotAllowedNow, StaleOwner
from zenobia.protocol.events import EventData
from zenobia.protocol.session import Status
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

    async def tell(self, data: EventData, message: str) -> None:
        """Add an event to the session's log."""
        await self.write(lambda tx: tx.append(self.id, data, message))

    async def when_running(self, work: Work[T]) -> T:
        """One transaction that needs the session to be running; held while it is paused or waits for a person."""

        def demanding(tx: Tx) -> T:
            tx.demand(self.id, self.claim.epoch)
            return work(tx)

        with self.store.bell.listen(self.id) as rings:
            while True:
                try:
                    return await self.write(demanding)
                except NotAllowedNow:
                    await rings.wait()
                    while await self.store.read(lambda tx: tx.status(self.id)) is not Status.RUNNING:
                        await rings.wait()
