"""How anyone follows a session: read what is stored, then wait for the bell.

Sockets, REST, the terminal and runners all follow through here, so there is one order of events, no difference
between live and late, and nothing to lose when a reader is slow.
"""

from collections.abc import AsyncGenerator, AsyncIterator

from zenobia.store.engine import Store
from zenobia.store.log import StoredEvent

PAGE = 200
"""Events read at a time: enough to catch up fast, few enough to hold in memory for many readers."""


async def follow(store: Store, session: str, after: int = 0) -> AsyncGenerator[StoredEvent]:
    """Every event of the session after the cursor, in order, once; never ends by itself."""
    with store.bell.listen(session) as rings:
        while True:
            page = await read_page(store, session, after)
            for event in page:
                after = event.seq
                yield event
            if len(page) < PAGE:
                await rings.wait()


async def so_far(store: Store, session: str) -> AsyncIterator[StoredEvent]:
    """Every event that is stored by now, in order."""
    after = 0
    while page := await read_page(store, session, after):
        for event in page:
            yield event
        after = page[-1].seq


async def read_page(store: Store, session: str, after: int, most: int = PAGE) -> list[StoredEvent]:
    """Up to `most` events after the cursor that are stored by now."""
    held = store.tails.after(session, after)[:most] if store.alone else []  # others may have told more than ends here
    return held or await store.read(lambda tx: tx.events_after(session, after, most))
