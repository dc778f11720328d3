"""Who runs what: claims sessions in the order in which they came, as many at once as there are browser slots."""

import asyncio
import logging
import time
from contextlib import suppress

from zenobia.operators.base import Picture, Shot
from zenobia.protocol.errors import (
    Draining,
    LogFull,
    SessionEnded,
    StaleOwner,
    StorageUnavailable,
    UnknownSession,
    UnknownSessionType,
)
from zenobia.protocol.events import WarningData
from zenobia.protocol.session import EndReason, Status
from zenobia.sessions.answers import problem_of
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.errands import Errands
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.places import tell_places
from zenobia.sessions.runner import Runner
from zenobia.store.bell import QUEUE
from zenobia.store.lease_rows import Claim
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx
from zenobia.telemetry.marks import marked
from zenobia.telemetry.tracing import span

log = logging.getLogger(__name__)

POLL = 5.0
"""Seconds between looks at the queue when the bell is silent: a missed ring costs no more than this."""

BEAT = 0.3
STAND_DOWN = 0.8
"""Parts of a lease: how often it is renewed, and after which silence its owner takes it for lost."""


class Supervisor:
    """Owns the runners of this process."""

    def __init__(self, house: House, files: Files) -> None:
        self._house = house
        self._files = files
        self._runners: dict[str, Runner] = {}
        self._errands = Errands(house.store, house.name, self._picture, house.limits.screenshot)

    @property
    def running(self) -> int:
        """How many sessions this process owns."""
        return len(self._runners)

    @property
    def browsers(self) -> int:
        """How many sessions of this process have a browser now."""
        return sum(runner.browsing for runner in self._runners.values())

    @property
    def sandbox(self) -> str:
        """How the browsers of this process are held."""
        return self._house.sandbox

    @property
    def wall(self) -> str:
        """Whether what the browsers of this process reach is judged here."""
        return self._house.wall

    def trouble(self) -> str | None:
        """Why sessions of this process get no browser, as far as is known."""
        return self._house.browsers.trouble()

    async def recover(self) -> int:
        """Take back at once what an earlier server left, if it is sure to be dead; how many sessions."""
        if not self._house.store.alone:
            return 0
        message = "The server was restarted; the session goes on as soon as a browser is free."
        return await self._house.store.write(lambda tx: tx.disown(message))

    async def run(self) -> None:
        """Claim and run sessions until cancelled; then every runner has put its session back and closed its browser."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(tell_places(self._house.store), name="places")
            if not self._house.store.alone:
                tasks.create_task(self._errands.run(), name="errands")
            with self._house.store.bell.listen(QUEUE) as rings:
                while True:
                    await self._fill(tasks)
                    await rings.wait(POLL)

    async def keep_leases(self) -> None:
        """Say in time that what runs here is alive, and take back what is silent elsewhere; until cancelled.

        A server that cannot say so in time stands down: none of its runners acts when its lease has run out.
        """
        lease, heard = self._house.limits.lease, time.monotonic()
        while True:
            began, running = time.monotonic(), dict(self._runners)
            try:
                async with asyncio.timeout(max(heard + STAND_DOWN * lease - began, BEAT * lease / 2)):
                    kept = await self._house.store.write(lambda tx, ids=list(running): self._beat(tx, ids))
                heard, pause = began, BEAT * lease
            except (StorageUnavailable, TimeoutError):
                silent, pause = time.monotonic() - heard, BEAT * lease / 6
                log.warning("the store has not heard from this server for %.1f s", silent)
                kept = set(running) if silent < STAND_DOWN * lease else set[str]()
            for session in running.keys() - kept:
                running[session].stand_down()
            await asyncio.sleep(pause)

    async def announce_stop(self) -> None:
        """Tell whoever follows a session that runs here that the server is stopping."""
        warning = WarningData(code=Draining.code)
        message = "The server is stopping; the session goes on when it is back."

        running = sorted(self._runners)

        def tell(tx: Tx) -> None:
            for session in running:
                if not tx.status(session).ended:
                    tx.append(session, warning, message)

        with suppress(LogFull, StorageUnavailable, UnknownSession):  # a stop waits for nothing
            await self._house.store.write(tell)

    async def screenshot(self, session: str, shot: Shot) -> Picture | None:
        """A live picture of a session, wherever it runs; None if it runs nowhere."""
        if session in self._runners or self._house.store.alone:
            return await self._picture(session, shot)
        return await self._errands.picture(session, shot)

    def driven(self, session: str) -> None:
        """A person does something in the browser of a session that runs here."""
        if session in self._runners:
            self._runners[session].driven()

    def browser(self, session: str) -> SessionBrowser | None:
        """The browser of a session that runs here, as far as it has one."""
        runner = self._runners.get(session)
        return None if runner is None else runner.browser

    async def _picture(self, session: str, shot: Shot) -> Picture | None:
        runner = self._runners.get(session)
        return None if runner is None else await runner.screenshot(shot)

    def _beat(self, tx: Tx, running: list[str]) -> set[str]:
        kept = tx.renew(self._house.name, running)
        tx.disown_silent("The server that ran the session does not answer; it goes on as soon as a browser is free.")
        return kept

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
            tasks.create_task(self._run(claim, runner), name=f"session {claim.session}")

    async def _run(self, claim: Claim, runner: Runner) -> None:
        session = claim.session
        about = {"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": claim.type}
        try:
            with (
                marked(session=session),
                span(f"invoke_agent {claim.type}", **about),
            ):
                await runner.run()
        except (StorageUnavailable, StaleOwner):
            log.warning("session %s is left to whoever owns it next", session)
        finally:
            if self._runners.get(session) is runner:  # it may have been let go and claimed again meanwhile
                del self._runners[session]
            self._house.store.bell.ring({QUEUE})

    async def _refuse(self, claim: Claim) -> None:
        """Its agent is not installed any more."""
        problem = problem_of(UnknownSessionType(session_type=claim.type, known=", ".join(self._house.agents)))
        ending = Ending(Status.FAILED, EndReason.AGENT_ERROR, f"The session failed: {problem.error}", problem)
        with suppress(SessionEnded, StorageUnavailable):
            await self._house.store.write(lambda tx: tx.end(claim.session, ending, by="server"))
        with suppress(StorageUnavailable):  # it is taken back when its lease has run out
            await self._house.store.write(lambda tx: tx.release(claim.session, claim.epoch))
