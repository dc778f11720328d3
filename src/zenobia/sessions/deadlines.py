"""What happens because time passes: requests expire, old answers and sessions are forgotten. Expiry never approves."""

import logging
import time
from contextlib import suppress

from zenobia.protocol.errors import StorageUnavailable, UnknownSession
from zenobia.protocol.wire import Millis
from zenobia.sessions.files import Files
from zenobia.store.bell import ASKED, Rings
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds between looks at the store, in case a ring was missed."""

TICK = 1.0
"""Seconds between looks at the clock, so that one that jumps is noticed."""

SOON = 0.02
"""Seconds between looks at the store when something is due by this clock and not yet by the store's."""

FORGET = 600.0
"""Seconds between clean-ups of old answers and sessions."""


async def keep_deadlines(store: Store, files: Files) -> None:
    """Carry out what falls due, until cancelled."""
    forgotten = time.monotonic() - FORGET  # a server that is often restarted forgets too
    with store.bell.listen(ASKED) as rings:
        while True:
            try:
                soonest, now = await store.read(lambda tx: (tx.soonest_expiry(), tx.now))
                if soonest is not None and soonest <= now:  # else nobody who writes need wait for this look
                    soonest = await store.write(lambda tx: tx.expire())
                if time.monotonic() - forgotten >= FORGET:
                    await _forget(store, files)
                    forgotten = time.monotonic()
            except StorageUnavailable:
                log.warning("the store did not answer; deadlines wait")
                soonest = None
            await _wait(rings, soonest)


async def _forget(store: Store, files: Files) -> None:
    """Drop what has been kept for long enough; session by session, so that nobody waits for all of them."""
    await store.write(lambda tx: tx.forget_answers())
    while (outlived := await store.write(lambda tx: tx.outlived())) is not None:
        session, workspace = outlived
        with suppress(UnknownSession):  # another server was quicker
            await files.erase(session, workspace)


async def _wait(rings: Rings, soonest: Millis | None) -> None:
    """Wait for a ring, for the clock to say `soonest`, or for so long that it is time to look again."""
    until = time.monotonic() + LOOK
    while time.monotonic() < until:
        due = LOOK if soonest is None else soonest / 1_000 - time.time()
        if await rings.wait(min(TICK, max(due, SOON))) or due <= 0:
            return
