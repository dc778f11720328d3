"""What every database behind the store promises: whole transactions, off the event loop; a ring after each commit."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from zenobia.protocol.limits import Limits
from zenobia.store.bell import Bell
from zenobia.store.log import News
from zenobia.store.tails import Tails
from zenobia.store.tx import Tx
from zenobia.telemetry.meters import Meters

T = TypeVar("T")
Work = Callable[[Tx], T]
"""What is done in one transaction. It may be run again from its start, so it changes nothing but through its `Tx`."""


class Store(ABC):
    """Where everything is remembered. `write` and `read` run a function over a `Tx` in one transaction.

    A caller that is cancelled leaves its transaction to run to its end.
    """

    def __init__(self, limits: Limits, *, alone: bool, meters: Meters | None = None) -> None:
        self.bell = Bell()
        self.tails = Tails()
        self.limits = limits
        self.meters = meters or Meters()
        self.alone = alone
        """Whether no other server can use the database while this one does."""

    def tell(self, news: News) -> None:
        """Let everyone here know what was committed just now."""
        self.meters.events.inc(len(news.told))
        self.tails.add(news.told)
        self.tails.drop(news.gone)
        self.bell.ring(news.topics)

    @abstractmethod
    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction; when this returns, it is on disk and the bell has rung.

        Raises:
            ZenobiaError: what `work` raised; then nothing was changed.
            StorageUnavailable: the database could not take it.
        """

    @abstractmethod
    async def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent view of what is committed.

        Raises:
            StorageUnavailable: the database does not answer.
        """

    def trouble(self) -> str | None:
        """What will soon keep the database from taking anything, if that can be known; asks nobody."""
        return None

    @abstractmethod
    async def close(self) -> None:
        """Finish what was asked, then let go of the database."""
