"""One active client a workspace, whichever server it is connected to: the last that did something.

Each server decides at once for its own clients, and tells the others when the part changes hands; most of the time it
does not, and nothing is written.
"""

import logging

from zenobia.protocol.errors import StorageUnavailable
from zenobia.sessions.audience import Audience
from zenobia.store.bell import AUDIENCE
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks while the store does not answer."""


async def share_audience(store: Store, audience: Audience) -> None:
    """Agree with the other servers on who is active, until cancelled."""
    with store.bell.also(AUDIENCE, audience.changes):
        while True:
            try:
                await _tell(store, audience)
                found = await store.read(lambda tx: tx.active_clients(audience.workspaces()))
            except StorageUnavailable:
                log.warning("the store did not answer; other servers' clients wait to be known")
                await audience.changes.wait(LOOK)
                continue
            audience.agree(found)
            await audience.changes.wait()


async def _tell(store: Store, audience: Audience) -> None:
    for workspace, client in audience.untold():
        await store.write(lambda tx, where=workspace, who=client.id: tx.make_active(where, who))
        audience.told(workspace, client)
