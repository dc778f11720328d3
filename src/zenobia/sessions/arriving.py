"""Files on their way in: they are held to the workspace's quota while they come, not when all of it is here."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable

from zenobia.protocol.errors import QuotaReached


class Arriving:
    """Bytes that are on their way into each workspace, in this process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes: Counter[str] = Counter()

    async def held(self, workspace: str, chunks: AsyncIterable[bytes], room: int) -> AsyncGenerator[bytes]:
        """The chunks, as long as they and all others on their way fit into `room` bytes.

        Raises:
            QuotaReached: they do not.
        """
        mine = 0
        try:
            async for chunk in chunks:
                mine += len(chunk)
                self._bytes[workspace] += len(chunk)
                if self._bytes[workspace] > room:
                    raise QuotaReached(what="bytes of files", limit=self._most)
                yield chunk
        finally:
            self._bytes -= Counter({workspace: mine})  # drops those that have none left
