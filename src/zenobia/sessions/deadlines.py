"""What happens because time passes: requests expire, old answers are forgotten. Expiry never approves."""

import logging
import time

from zenobia.protocol.errors import StorageUnavailable
from zenobia.store.bell import REQUESTS
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds between looks at the clock, so that a clock that jumps is noticed."""

FORGET = 3_600.0
"""Seconds between clean-ups of old answers."""


async def keep_deadlines(store: Store) -> None:
    """Carry out what falls due, until cancelled."""
    forgotten = time.monotonic() - FORGET  # a server that is often restarted forgets too
    with store.bell.listen(REQUESTS) as rings:
        while True:
            try:
                soonest = await store.write(lambda tx: tx.expire())
                if time.monotonic() - forgotten >= FORGET:
                    await store.write(lambda tx: tx.forget_answers())
                    forgotten = time.monotonic()
            except StorageUnavailable:
                log.warning("the store did not answer; deadlines wait")
                soonest = None
            left = LOOK if soonest is None else soonest / 1_000 - time.time()
            await rings.wait(min(LOOK, max(left, 0.01)))
