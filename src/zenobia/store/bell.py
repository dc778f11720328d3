"""The doorbell: rung after a commit, so that whoever follows reads again. It carries no news, only "look".

A topic is a session's id, its `standing`, or one of the words below. Rings are never lost between a read and the next
wait, and many rings between two waits are one.
"""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager

QUEUE = "queue"
"""Rung when there may be a session to claim."""

PLACES = "places"
"""Rung when the queue has moved: when a session came into it again, or left it."""

REQUESTS = "requests"
"""Rung when a request was opened or settled, so that others are pending than before."""

ASKED = "asked"
"""Rung when a request was opened, or can expire again: something may be due sooner, or somebody is to be called."""


AUDIENCE = "audience"
"""Rung when another client became the active one of its workspace."""


KEYS = "keys"
"""Rung when an API key was made or revoked."""


ACCESS = "access"
"""Rung when a key has stopped to be good: whoever goes on for long in its name should look."""


STOPPING = "stopping"
"""Rung when the server stops: whoever waits for more should not."""


def standing(session: str) -> str:
    """Rung when who may act in a session may have changed: its status, its owner, its driver.

    Every event rings the session itself; whoever only has to know when to stop listens to this.
    """
    return f"{session}/standing"


class Rings:
    """One listener's side of the bell."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.count = 0
        """Rings so far: if it has not grown since a read, another read would find nothing new."""

    def ring(self) -> None:
        """Let the listener know that there is something to read."""
        self.count += 1
        self._rung.set()

    def nudge(self) -> None:
        """Wake the listener for a reason that is not in the store."""
        self._rung.set()

    async def wait(self, within: float | None = None) -> bool:
        """Wait for a ring since the last wait; False if none came `within` seconds."""
        if within is None:
            await self._rung.wait()
        else:
            try:
                async with asyncio.timeout(within):
                    await self._rung.wait()
            except TimeoutError:
                return False
        self._rung.clear()
        return True


class Bell:
    """Who listens to what, in this process. Used on the event loop's thread only."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Rings]] = {}
        self.stopping = False

    def stop(self) -> None:
        """Let whoever waits for more know that the server stops."""
        self.stopping = True
        self.ring({STOPPING})

    @contextmanager
    def listen(self, topic: str) -> Generator[Rings]:
        """Hear every ring of `topic` from now on."""
        rings = Rings()
        with self.also(topic, rings):
            yield rings

    @contextmanager
    def also(self, topic: str, rings: Rings) -> Generator[None]:
        """Let `rings`, which may have other reasons to ring, hear `topic` too."""
        self._listeners.setdefault(topic, set()).add(rings)
        try:
            yield
        finally:
            listeners = self._listeners[topic]
            listeners.discard(rings)
            if not listeners:
                del self._listeners[topic]

    def ring(self, topics: Iterable[str]) -> None:
        """Wake everyone who listens to any of `topics`."""
        for topic in topics:
            for rings in self._listeners.get(topic, ()):
                rings.ring()

    def ring_all(self) -> None:
        """Wake everyone: rings may have been missed."""
        self.ring(list(self._listeners))
