"""What one client is told beside its updates, as far as it asked: whether it is the active one, and what is pending."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from zenobia.protocol.calling import PENDING_NAME
from zenobia.protocol.events import ACTIVE_CLIENT
from zenobia.protocol.wire import Json
from zenobia.sessions.audience import Client
from zenobia.sessions.calling import changes
from zenobia.store.engine import Store

Send = Callable[[str, dict[str, Json]], Awaitable[None]]
"""Sends the client an event."""

Start = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class Notices:
    """One client's notices."""

    def __init__(self, client: Client, store: Store, send: Send, start: Start) -> None:
        self._client = client
        self._store = store
        self._send = send
        self._start = start
        self._tellers: list[asyncio.Task[None]] = []
        self._watches = False

    def tell_turns(self) -> None:
        """Tell it from now on whether it is the active one."""
        self._tellers.append(self._start(self._turns(), f"tell turns {self._client.id}"))

    def watch(self, *, in_sight: bool) -> None:
        """Tell it from now on when the pending requests have changed, and know whether a person sees them there."""
        self._client.in_sight = in_sight
        if not self._watches:
            self._watches = True
            self._tellers.append(self._start(self._pending(), f"tell requests {self._client.id}"))

    def close(self) -> None:
        """Tell it nothing any more."""
        self._client.in_sight = False
        for teller in self._tellers:
            teller.cancel()

    async def _turns(self) -> None:
        async for active in self._client.turns():
            await self._send(ACTIVE_CLIENT, {"active": active})

    async def _pending(self) -> None:
        async for pending in changes(self._store, self._client.caller.workspace):
            await self._send(PENDING_NAME, pending.wire())
