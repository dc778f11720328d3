"""A Socket.IO client that watches and drives."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import socketio

from zenobia.protocol.events import EVENT_NAME
from zenobia.protocol.live import FRAME_NAME

PATIENCE = 20.0


class Viewer:
    """What one client is shown and told. With `stuck` it says that it has taken a frame only when told to."""

    _client: Any  # the library ships no types

    def __init__(self, *, stuck: bool = False) -> None:
        self.frames: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self._stuck = stuck
        self._takes = asyncio.Semaphore(0)
        self._news = asyncio.Condition()
        self._client = socketio.AsyncClient(reconnection=False, request_timeout=PATIENCE)
        self._client.on(FRAME_NAME, self._shown)
        self._client.on(EVENT_NAME, self._told)

    async def connect(self, url: str, **auth: Any) -> None:
        await self._client.connect(url, transports=["websocket"], auth=auth, wait_timeout=PATIENCE)

    async def close(self) -> None:
        for _ in self.frames:
            self.take()
        await self._client.disconnect()

    def take(self) -> None:
        """Say that one more frame is taken."""
        self._takes.release()

    async def gone(self) -> None:
        """Wait until the server has ended the connection."""
        async with asyncio.timeout(PATIENCE):
            await self._client.wait()

    async def ask(self, command: str, **payload: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self._client.call(command, payload)
        return answer

    async def ok(self, command: str, **payload: Any) -> dict[str, Any]:
        answer = await self.ask(command, **payload)
        assert answer["success"], answer
        return answer

    async def refused(self, code: str, command: str, **payload: Any) -> None:
        answer = await self.ask(command, **payload)
        assert answer.get("code") == code, answer

    async def frame(self, fact: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next frame, or the first so far, of which the fact is true."""
        return await self._first(self.frames, fact)

    async def event(self, fact: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The same of events."""
        return await self._first(self.events, fact)

    async def _first(self, of: list[dict[str, Any]], fact: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: any(fact(one) for one in of))
        return next(one for one in of if fact(one))

    async def _shown(self, frame: dict[str, Any]) -> None:
        async with self._news:
            self.frames.append(frame)
            self._news.notify_all()
        if self._stuck:
            await self._takes.acquire()

    async def _told(self, event: dict[str, Any]) -> None:
        async with self._news:
            self.events.append(event)
            self._news.notify_all()


@asynccontextmanager
async def viewer(url: str, *, stuck: bool = False, **auth: Any) -> AsyncGenerator[Viewer]:
    """A connected one."""
    one = Viewer(stuck=stuck)
    await one.connect(url, **auth)
    try:
        yield one
    finally:
        await one.close()
