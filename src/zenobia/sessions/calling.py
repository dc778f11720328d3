"""Calling people: whoever watches the pending requests hears that they changed."""

import logging
from collections.abc import AsyncIterator

from zenobia.protocol.calling import PendingAck, PendingRequests, WatchHumanLayerRequests
from zenobia.protocol.errors import StorageUnavailable
from zenobia.sessions.callers import Caller
from zenobia.store.bell import REQUESTS
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks while the store does not answer."""


class Calling:
    """What can be asked of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def watch(self, caller: Caller, payload: WatchHumanLayerRequests) -> PendingAck:
        """How many requests are pending; telling of changes is the wire's."""
        pending, _ = await self._store.read(lambda tx: tx.inbox_now(caller.workspace))
        return PendingAck(pending=pending)


async def changes(store: Store, workspace: str) -> AsyncIterator[PendingRequests]:
    """How many requests are pending: now, and again whenever they are others; never ends by itself."""
    said = None
    with store.bell.listen(REQUESTS) as rings:
        while True:
            try:
                now = await store.read(lambda tx: tx.inbox_now(workspace))
            except StorageUnavailable:
                log.warning("the store did not answer; who watches the requests is told later")
                await rings.wait(LOOK)
                continue
            if now != said:
                said = now
                yield PendingRequests(pending=now[0])
            await rings.wait()
