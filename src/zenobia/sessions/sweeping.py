"""Bytes that nothing names are deleted, whoever left them: a server that was killed, or a place that did not answer."""

import asyncio
import logging

from zenobia.protocol.errors import StorageUnavailable
from zenobia.sessions.files import Files
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

EVERY = 600.0
"""Seconds between sweeps; the first is at the start."""

BATCH = 100
"""Blobs deleted before the store is told so."""


async def keep_swept(store: Store, files: Files) -> None:
    """Sweep from time to time, until cancelled."""
    while True:
        try:
            await sweep(store, files)
        except StorageUnavailable:
            log.warning("the store did not answer; what nothing names is deleted later")
        await asyncio.sleep(EVERY)


async def sweep(store: Store, files: Files) -> None:
    """Delete what nothing names; what cannot be deleted now is left for the next time.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    while strays := await store.write(lambda tx: tx.strays(BATCH)):
        if not await files.drop(strays):
            return
