"""The verbs of strays: blobs that nothing names, because they are still on their way or are to be deleted.

A blob is noted before its first byte is written, and struck out in the transaction that names it; it is noted again in
the transaction after which nothing names it. So whenever a server dies, what it left is known, and only what this
database began is ever deleted, though others keep their bytes in the same place.
"""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update

from zenobia.protocol.errors import TimedOut
from zenobia.store.log import Log
from zenobia.store.schema import strays

ARRIVES_WITHIN = 86_400.0
"""Seconds that a blob may take from its first byte until it is named."""

GIVEN_UP = 0
"""Noted as of this moment, a blob can never be named."""


class StrayRows(Log):
    """Strays, in one transaction."""

    def expect(self, blob: str) -> None:
        """Note a blob that is about to be written."""
        self.run(insert(strays).values(blob=blob, since=self.now))

    def arrived(self, blob: str) -> None:
        """Strike out a blob that is named in this transaction.

        Raises:
            TimedOut: it took so long that it was given up.
        """
        if not self.run(delete(strays).where(strays.c.blob == blob, strays.c.since > GIVEN_UP)):
            raise TimedOut(seconds=ARRIVES_WITHIN)

    def give_up(self, blobs: Iterable[str]) -> None:
        """Note blobs that nothing names after this transaction."""
        for blob in blobs:
            self.run(insert(strays).values(blob=blob, since=GIVEN_UP))

    def strays(self, most: int) -> list[str]:
        """Up to `most` blobs that nothing will name any more; those that took too long are given up."""
        self.run(update(strays).where(strays.c.since < self.now - int(ARRIVES_WITHIN * 1_000)).values(since=GIVEN_UP))
        found = select(strays.c.blob).where(strays.c.since == GIVEN_UP).order_by(strays.c.blob)
        return [row.blob for row in self.rows(found.limit(most))]

    def deleted(self, blobs: Iterable[str]) -> None:
        """Strike out blobs whose bytes are gone."""
        self.run(delete(strays).where(strays.c.blob.in_(list(blobs))))
