"""Whoever waits in the queue is told how it moves: after each step of it, and not more often than is worth reading."""

import asyncio
import logging

from zenobia.protocol.errors import StorageUnavailable
from zenobia.store.bell import PLACES
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

PAUSE = 0.2
"""Seconds between looks, so that a queue that is emptied at once costs a few."""


async def tell_places(store: Store) -> None:
    """Tell sessions their new places in the queue, until cancelled."""
    with store.bell.listen(PLACES) as rings:
        while True:
            await rings.wait()
            try:
                if await store.read(lambda tx: tx.misplaced()):
                    await store.write(lambda tx: tx.tell_places())
            except StorageUnavailable:
                log.warning("the store did not answer; places in the queue are told when it next moves")
            await asyncio.sleep(PAUSE)
