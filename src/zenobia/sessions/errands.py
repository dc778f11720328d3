"""Pictures across servers: taken by the server that has the browser, for the one that was asked.

The errand and its picture are rows, the two servers find each other by the bell, and whoever asked gives up in time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict

from zenobia.operators.base import Picture, Shot
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.errors import StorageUnavailable, ZenobiaError
from zenobia.protocol.relayed import Relayed
from zenobia.sessions.answers import problem_of
from zenobia.sessions.finishing import finish
from zenobia.store.engine import Store
from zenobia.store.server_rows import Done, Errand

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks while the store does not answer."""

Take = Callable[[str, Shot], Awaitable[Picture | None]]


class Errands:
    """One server's errands, for others and by others; `take` takes the picture of a session that runs here."""

    def __init__(self, store: Store, server: str, take: Take, within: float) -> None:
        self._store = store
        self._server = server
        self._take = take
        self._within = within
        self._begun: set[str] = set()

    async def picture(self, session: str, shot: Shot) -> Picture | None:
        """A live picture of a session that runs elsewhere; None if it runs nowhere. Whoever asks sets the deadline.

        Raises:
            ZenobiaError: the page gave none.
        """
        errand = await self._store.write(lambda tx: tx.send_errand(session, asdict(shot)))
        if errand is None:
            return None
        try:
            done = await self._done(errand)
        finally:
            with suppress(StorageUnavailable):
                await finish(self._store.write(lambda tx: tx.drop_errand(errand)))
        problem = done.facts.get("problem")
        if problem is not None and problem["code"] != BrowserLost.code:
            raise Relayed(**problem)
        return None if done.data is None else Picture(done.data, **done.facts["picture"])

    async def run(self) -> None:
        """Do what other servers ask, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            with self._store.bell.listen(self._server) as rings:
                while True:
                    try:
                        asked = await self._store.read(lambda tx: tx.errands(self._server))
                    except StorageUnavailable:
                        await rings.wait(LOOK)
                        continue
                    for errand in asked:
                        if errand.id not in self._begun:
                            self._begun.add(errand.id)
                            tasks.create_task(self._do(errand), name=f"errand {errand.id}")
                    await rings.wait()

    async def _done(self, errand: str) -> Done:
        with self._store.bell.listen(errand) as rings:
            while True:
                done = await self._store.read(lambda tx: tx.errand_done(errand))
                if done is not None:
                    return done
                await rings.wait()

    async def _do(self, errand: Errand) -> None:
        try:
            async with asyncio.timeout(self._within):
                picture = await self._take(errand.session, Shot(**errand.ask))
            done = Done({}) if picture is None else _of(picture)
        except ZenobiaError as error:
            done = Done({"problem": problem_of(error).wire()})
        except TimeoutError:
            self._begun.discard(errand.id)
            return  # whoever asked has given up just now
        with suppress(StorageUnavailable):
            await self._store.write(lambda tx: tx.finish_errand(errand.id, done))
        self._begun.discard(errand.id)


def _of(picture: Picture) -> Done:
    facts = asdict(picture)
    return Done({"picture": facts}, facts.pop("data"))
