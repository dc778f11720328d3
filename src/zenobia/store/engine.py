"""What every database behind the store promises: whole transactions, off the event loop; a ring after each commit."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from zenobia.protocol.errors import StorageUnavailable
from zenobia.protocol.limits import Limits
from zenobia.store.bell import Bell
from zenobia.store.log import News
from zenobia.store.tails import Tails
from zenobia.store.tx import Tx
from zenobia.telemetry.meters import Meters

T = TypeVar("T")
Work = Callable[[Tx], T]
"""What is done in one transaction. It may be run again from its start, so it changes nothing but through its `Tx`."""

READERS = 4
"""Threads that read, each with a connection of its own."""


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


class Database(Store):
    """A store that is open until it is closed, and reads on threads of its own."""

    def __init__(self, limits: Limits, *, alone: bool) -> None:
        super().__init__(limits, alone=alone)
        self._loop = asyncio.get_running_loop()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._closed = False

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction."""
        if self._closed:
            raise StorageUnavailable
        with self.meters.transaction("write"):
            return await self._written(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a reader's thread."""
        if self._closed:
            raise StorageUnavailable
        with self.meters.transaction("read"):
            return await self._loop.run_in_executor(self._readers, self._read, work)

    async def close(self) -> None:
        """Finish; closing again is fine."""
        if self._closed:
            return
        self._closed = True
        await self._let_go()

    @abstractmethod
    async def _written(self, work: Work[T]) -> T: ...

    @abstractmethod
    def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _let_go(self) -> None:
        """Finish what was asked and end every thread and connection, those of the readers too."""
