"""How much one client may ask over plain HTTP: commands a second, and streams of events at a time.

HTTP knows no connected client, so the address that a request comes from stands for one.
"""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import Request

from zenobia.protocol.errors import AtCapacity, RateLimited
from zenobia.protocol.limits import Limits

ADDRESSES = 10_000
"""Addresses whose rate is kept; those that have been quiet make room for more."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    refilled: float


class Rates:
    """Commands a second, for each address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, request: Request) -> None:
        """Take one of the client's tokens; they come back at its allowed rate.

        Raises:
            RateLimited: it has none left.
        """
        now = time.monotonic()
        bucket = self._bucket(address(request), now)
        regained = (now - bucket.refilled) * self._limits.commands_per_second
        bucket.tokens = min(float(self._limits.command_burst), bucket.tokens + regained)
        bucket.refilled = now
        if bucket.tokens < 1:
            raise RateLimited(limit=self._limits.commands_per_second)
        bucket.tokens -= 1

    def _bucket(self, who: str, now: float) -> _Bucket:
        """The bucket of one address, moved behind all others: the first is the one that has been quiet for longest."""
        bucket = self._buckets.pop(who, None) or _Bucket(self._limits.command_burst, now)
        self._buckets[who] = bucket
        if len(self._buckets) > ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        return bucket


class Streams:
    """Streams of events that are open, in all and for each address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, request: Request) -> Generator[None]:
        """One more, for as long as the context lasts.

        Raises:
            AtCapacity: there are as many as there may be.
        """
        who = address(request)
        if self._open[who] >= self._limits.streams_per_client:
            raise AtCapacity(what="streams of events for one client", limit=self._limits.streams_per_client)
        if self._open.total() >= self._limits.streams:
            raise AtCapacity(what="streams of events", limit=self._limits.streams)
        self._open[who] += 1
        try:
            yield
        finally:
            self._open -= Counter([who])  # drops those that have none left


def address(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""
