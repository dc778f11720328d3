"""A store for runners: what it cannot take now is tried again for a while, so that a short outage costs no session."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from zenobia.protocol.errors import StaleOwner, StorageUnavailable
from zenobia.store.engine import Store, Work

T = TypeVar("T")

AGAIN = 0.2
"""Seconds between tries. Nothing tells when a database that is gone is back."""


class PatientStore(Store):
    """Another store, asked until it answers; for `within` seconds."""

    def __init__(self, store: Store, within: float) -> None:
        super().__init__(store.limits, alone=store.alone, meters=store.meters)
        self.bell, self.tails = store.bell, store.tails
        self._store = store
        self._within = within

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction, as soon as that is possible.

        Raises:
            StaleOwner: it took so long that somebody else has to be thought the owner of what this is about.
        """
        return await self._ask(lambda: self._store.write(work))

    async def read(self, work: Work[T]) -> T:
        """Run `work` on what is committed, as soon as that is possible.

        Raises:
            StaleOwner: it took so long that somebody else has to be thought the owner of what this is about.
        """
        return await self._ask(lambda: self._store.read(work))

    async def close(self) -> None:
        """Leave the store open: it belongs to others."""

    async def _ask(self, once: Callable[[], Awaitable[T]]) -> T:
        until = time.monotonic() + self._within
        while True:
            try:
                return await once()
            except StorageUnavailable as error:
                if time.monotonic() > until:
                    raise StaleOwner from error
            await asyncio.sleep(AGAIN)
