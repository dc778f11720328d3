"""Who runs what: claims sessions in the order in which they came, as many at once as there are browser slots."""

import asyncio
import logging
from contextlib import suppress

from zenobia.operators.base import Picture, Shot
from zenobia.protocol.errors import AtCapacity, Draining, StorageUnavailable, UnknownSession, UnknownSessionType
from zenobia.protocol.events import WarningData
from zenobia.protocol.session import EndReason, Status
from zenobia.sessions.answers import problem_of
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.runner import Runner
from zenobia.store.bell import QUEUE
from zenobia.store.lease_rows import Claim
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

POLL = 5.0
"""Seconds between looks at the queue when the bell is silent: a missed ring costs no more than this."""


class Supervisor:
    """Owns the runners of this process."""

    def __init__(self, house: House, files: Files) -> None:
        self._house = house
        self._files = files
        self._runners: dict[str, Runner] = {}

    @property
    def running(self) -> int:
        """How many sessions this process owns."""
        return len(self._runners)

    async def recover(self) -> int:
        """Take back what an earlier server left; how many sessions."""
        message = "The server was restarted; the session goes on as soon as a browser is free."
        return await self._house.store.write(lambda tx: tx.disown(message))

    async def run(self) -> None:
        """Claim and run sessions until cancelled; then every runner has put its session back and closed its browser."""
        async with asyncio.TaskGroup() as tasks:
            with self._house.store.bell.listen(QUEUE) as rings:
                while True:
                    await self._fill(tasks)
                    await rings.wait(POLL)

    async def announce_stop(self) -> None:
        """Tell whoever follows a session that runs here that the server is stopping."""
        warning = WarningData(code=Draining.code)
        message = "The server is stopping; the session goes on when it is back."

        running = list(self._runners)

        def tell(tx: Tx) -> None:
            for session in running:
                if not tx.status(session).ended:
                    tx.append(session, warning, message)

        with suppress(AtCapacity, StorageUnavailable, UnknownSession):  # a stop waits for nothing
            await self._house.store.write(tell)

    async def screenshot(self, session: str, shot: Shot) -> Picture | None:
        """A live picture of a session that runs here; None if it does not."""
        runner = self._runners.get(session)
        return None if runner is None else await runner.screenshot(shot)

    async def _fill(self, tasks: asyncio.TaskGroup) -> None:
        while len(self._runners) < self._house.limits.sessions_running:
            try:
                claim = await self._house.store.write(lambda tx: tx.claim(self._house.name))
            except StorageUnavailable:
                log.warning("the store did not answer; sessions start when it does")
                return
            if claim is None:
                return
            make = self._house.agents.get(claim.type)
            if make is None:
                tasks.create_task(self._refuse(claim), name=f"refuse {claim.session}")
                continue
            runner = Runner(self._house, self._files, claim, make())
            self._runners[claim.session] = runner  # it has its slot from now on, though it has not begun
            tasks.create_task(self._run(claim.session, runner), name=f"session {claim.session}")

    async def _run(self, session: str, runner: Runner) -> None:
        try:
            await runner.run()
        except StorageUnavailable:
            log.warning("session %s stands still: the store does not answer", session)
        finally:
            del self._runners[session]
            self._house.store.bell.ring({QUEUE})

    async def _refuse(self, claim: Claim) -> None:
        """Its agent is not installed any more."""
        problem = problem_of(UnknownSessionType(session_type=claim.type, known=", ".join(self._house.agents)))
        ending = Ending(Status.FAILED, EndReason.AGENT_ERROR, f"The session failed: {problem.error}", problem)
        await self._house.store.write(lambda tx: tx.end(claim.session, ending, by="server"))
        await self._house.store.write(lambda tx: tx.release(claim.session, claim.epoch))
