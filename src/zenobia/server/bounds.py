"""How much one client may ask: commands a second and, over plain HTTP, streams of events at a time.

HTTP knows no connected client, so the key that a request shows stands for one, or else the address it comes from.
"""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from starlette.requests import Request

from zenobia.protocol.errors import AtCapacity, RateLimited
from zenobia.protocol.limits import Limits
from zenobia.server.auth import CALLER
from zenobia.sessions.callers import Caller

ADDRESSES = 10_000
"""Addresses whose rate is kept; those that have been quiet make room for more."""


class Allowance:
    """Commands that one client may send: a burst, and then so many a second."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tokens = float(limits.command_burst)
        self._refilled = time.monotonic()

    def spend(self) -> None:
        """Take one of the client's tokens; they come back at its allowed rate.

        Raises:
            RateLimited: it has none left.
        """
        now = time.monotonic()
        regained = (now - self._refilled) * self._limits.commands_per_second
        self._tokens = min(float(self._limits.command_burst), self._tokens + regained)
        self._refilled = now
        if self._tokens < 1:
            raise RateLimited(limit=self._limits.commands_per_second)
        self._tokens -= 1


class Rates:
    """The allowance of each address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._allowances: dict[str, Allowance] = {}

    def spend(self, request: Request) -> None:
        """Take one of the client's tokens.

        Raises:
            RateLimited: it has none left.
        """
        self._of(asker(request)).spend()

    def _of(self, who: str) -> Allowance:
        """One address's, moved behind all others: the first is the one that has been quiet for longest."""
        allowance = self._allowances.pop(who, None) or Allowance(self._limits)
        self._allowances[who] = allowance
        if len(self._allowances) > ADDRESSES:
            del self._allowances[next(iter(self._allowances))]
        return allowance


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
        who = asker(request)
        if self._open[who] >= self._limits.streams_per_client:
            raise AtCapacity(what="streams of events for one client", limit=self._limits.streams_per_client)
        if self._open.total() >= self._limits.streams:
            raise AtCapacity(what="streams of events", limit=self._limits.streams)
        self._open[who] += 1
        try:
            yield
        finally:
            self._open -= Counter([who])  # drops those that have none left


def asker(request: Request) -> str:
    """Who a request counts for: its key, or where it comes from."""
    caller: Caller | None = request.scope[CALLER]  # nobody, where nobody needs to be anybody
    if caller is not None and caller.key is not None:
        return caller.key
    return request.client.host if request.client else ""
