"""Files on their way in: they are held to the workspace's quota while they come, not when all of it is here."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable

from zenobia.protocol.errors import QuotaReached
from zenobia.store.quota_rows import FileRoom


class Arriving:
    """Bytes that are on their way into each workspace, in this process, beyond those that they replace."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._more: Counter[str] = Counter()
        self._replaced: set[tuple[str, str | None]] = set()

    async def held(
        self, workspace: str, chunks: AsyncIterable[bytes], room: FileRoom, file: str | None = None
    ) -> AsyncGenerator[bytes]:
        """The chunks, as long as they and all others on their way are no more than there is room for.

        Raises:
            QuotaReached: they are.
        """
        place, mine, counted = (workspace, file), 0, 0
        replaced = 0 if place in self._replaced else room.replaced
        if replaced:  # of many that come at once, one replaces what is there
            self._replaced.add(place)
        try:
            async for chunk in chunks:
                mine += len(chunk)
                more = max(0, mine - replaced) - counted
                counted += more
                self._more[workspace] += more
                if more and self._more[workspace] > room.free:
                    raise QuotaReached(what="bytes of files", limit=self._most)
                yield chunk
        finally:
            self._more -= Counter({workspace: counted})  # drops those that have none left
            if replaced:
                self._replaced.discard(place)
