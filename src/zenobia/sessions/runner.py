"""One session's life while this process owns it: open a browser, let the agent decide, record how it ended, let go.

However the agent leaves (done, stopped, failed, cancelled, out of time), the session gets one end with a reason and
the browser is closed. A shutdown is no end: the session is put back for whoever owns it next.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from zenobia.agents.base import Agent, Denied, Stop, follows_a_person, goes_on
from zenobia.operators.base import Notice, Picture, Shot
from zenobia.operators.elsewhere import Elsewhere
from zenobia.protocol.action_errors import ActionFailed, BrowserLost, PageCrashed
from zenobia.protocol.errors import (
    AtCapacity,
    BrowserUnavailable,
    Internal,
    LogFull,
    SessionEnded,
    StaleOwner,
    StorageUnavailable,
    UnknownSession,
    ZenobiaError,
)
from zenobia.protocol.session import EndReason, Problem, Result, Status
from zenobia.protocol.wire import Millis
from zenobia.sessions.answers import problem_of
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.discretion import SessionSecrets
from zenobia.sessions.files import Files
from zenobia.sessions.finishing import finish
from zenobia.sessions.house import House
from zenobia.sessions.owned import Owned
from zenobia.sessions.patience import PatientStore
from zenobia.sessions.permitting import Permitting
from zenobia.sessions.refilling import Refilling
from zenobia.sessions.turn import SessionTurn
from zenobia.store.bell import Rings, standing
from zenobia.store.lease_rows import Claim
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

LAST_PICTURE = 1.0
"""Seconds that an ending session waits for its last pictures."""

PATIENCE = 0.6
"""Part of a lease for which a runner waits for a store that does not answer."""

STEP_IN_HAND = 2.5
"""Seconds that the action in hand gets to finish when the server stops; after that its outcome is unknown."""

LOOK_AGAIN = 1.0
"""Seconds until the next look at a store that did not answer."""

_DONE = Ending(Status.COMPLETED, EndReason.DONE, "The session is done.")


class Runner:
    """Runs one claimed session from here to its end, or to the end of this process."""

    def __init__(self, house: House, files: Files, claim: Claim, agent: Agent) -> None:
        self._impatient = house.store
        self._store = PatientStore(house.store, PATIENCE * house.limits.lease)
        self._house = replace(house, store=self._store)
        self._files = files.over(self._store)
        self._claim = claim
        self._agent = agent
        self.browser: SessionBrowser | None = None
        """The session's browser, once it has one."""
        self._turn: SessionTurn | None = None
        self._elsewhere = Elsewhere({}, 0)
        self._task: asyncio.Task[Any] | None = None
        self._lost = False

    @property
    def browsing(self) -> bool:
        """Whether the session has a browser now."""
        return self.browser is not None and self.browser.open

    def stand_down(self) -> None:
        """Let go at once: the session is, or may soon be, somebody else's."""
        self._lost = True
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Run the session; returns when its browser is gone and its row says how things stand."""
        self._task = asyncio.current_task()
        try:
            ending = await self._live()
            await self._last_sight()
            if ending is not None and ending.status is Status.COMPLETED:
                await self._complete(ending)
            elif ending is not None:
                await finish(self._end(ending))
        except asyncio.CancelledError:
            why = "its lease was lost" if self._lost else "the server stops"
            log.info("session %s is let go: %s", self._claim.session, why)
            raise
        except (StorageUnavailable, StaleOwner):
            raise
        except Exception:  # a fault of ours must not take the other sessions along
            log.exception("session %s could not be run", self._claim.session)
            await finish(self._end(_failed(EndReason.AGENT_ERROR, problem_of(Internal()))))
        finally:
            await finish(self._let_go())

    def driven(self) -> None:
        """A person does something in the browser."""
        if self._turn is not None:
            self._turn.driven()

    async def screenshot(self, shot: Shot) -> Picture | None:
        """A live picture, or None while there is no browser yet."""
        return None if self.browser is None else await self.browser.screenshot(shot)

    async def _live(self) -> Ending | None:
        """Let the agent decide until it is done, or somebody ends the session, or time does; None if it is over."""
        session = self._claim.session
        owned = Owned(self._store, self._claim)
        secrets = SessionSecrets(owned, self._house.vault)
        if self._claim.resumed:
            await secrets.recall()
        by_itself = not follows_a_person(self._agent)
        permitting = Permitting(owned, self._house.policy, self._house.search_url, by_itself=by_itself)
        refilling = Refilling(owned, permitting)
        self.browser = SessionBrowser(self._house.browsers, owned, self._noticed, secrets, refilling)
        self._elsewhere = self._tools()
        self._turn = SessionTurn(self._house, self._files, owned, self.browser, self._elsewhere, permitting)
        decide = asyncio.create_task(self._decide(self._turn), name=f"agent of {session}")
        watch = asyncio.create_task(self._watch(), name=f"watch of {session}")
        keep = asyncio.create_task(self.browser.keep_checkpoints(), name=f"checkpoints of {session}")
        try:
            await asyncio.wait({decide, watch}, return_when=asyncio.FIRST_COMPLETED)
            return watch.result() if watch.done() else decide.result()
        except asyncio.CancelledError:
            if not self._lost:
                await self._turn.wind_down(STEP_IN_HAND)
            raise
        finally:
            await _stop(decide, watch, keep)

    def _tools(self) -> Elsewhere:
        """The tools from elsewhere that the session has; what the settings do not name any more is left out."""
        known, named = self._house.tool_servers, self._claim.config.get("mcpServers")
        wanted = [name for name in known if named is None or name in named]
        return Elsewhere({name: known[name] for name in wanted}, self._house.tool_timeout)

    async def _noticed(self, notice: Notice) -> None:
        if self._turn is not None:
            with suppress(StaleOwner, LogFull):
                await self._turn.noticed(notice)

    async def _decide(self, turn: SessionTurn) -> Ending | None:
        """Run the agent and turn whatever comes of it into an ending."""
        try:
            if self._claim.resumed:
                await turn.recall()
            return _done(await self._agent.run(turn))
        except Stop as stop:
            return _failed(stop.reason, Problem(error=str(stop), code=stop.reason))
        except Denied as denied:
            return _denied(denied)
        except StaleOwner:
            return None
        except ZenobiaError as error:
            return _failed(_reason(error), problem_of(error))
        except Exception:
            log.exception("the agent of session %s failed", self._claim.session)
            return _failed(EndReason.AGENT_ERROR, problem_of(Internal()))

    async def _watch(self) -> Ending | None:
        """Wait until somebody else ends the session (None), or its running time is used up."""
        session, limit = self._claim.session, self._house.limits.session
        with self._store.bell.listen(standing(session)) as rings:
            while True:
                try:
                    status, ran = await self._impatient.read(self._standing)
                except (UnknownSession, StaleOwner):
                    return None
                except StorageUnavailable:
                    await rings.wait(LOOK_AGAIN)
                    continue
                if status.ended:
                    return None
                left = limit - ran / 1_000
                if status is Status.RUNNING and left <= 0:
                    error = f"The session reached its limit of {limit:g} seconds."
                    return _failed(EndReason.TIME_LIMIT, Problem(error=error, code=EndReason.TIME_LIMIT))
                if status is Status.RUNNING:
                    await rings.wait(left)
                elif not await self._heard(rings) and await self._park():
                    return None

    async def _heard(self, rings: Rings) -> bool:
        """Whether anything is told in the session before it counts as idle, or it is to go on."""
        with self._store.bell.also(self._claim.session, rings):
            return await rings.wait(self._house.limits.idle)

    async def _park(self) -> bool:
        """Give the browser of an idle session back, with what a new one needs; whether that could be done."""
        if self.browser is None or self._turn is None or not self._turn.at_rest:
            return False
        await self.browser.keep_checkpoint()
        await self._last_picture()
        epoch = await self._store.write(lambda tx: tx.park(self._claim.session, self._claim.epoch))
        if epoch is None:
            return False
        self._claim = replace(self._claim, epoch=epoch)
        return True

    def _standing(self, tx: Tx) -> tuple[Status, Millis]:
        """How the session stands, and how long it has run.

        Raises:
            StaleOwner: it is somebody else's, or it is gone.
        """
        tx.fence(self._claim.session, self._claim.epoch)
        return tx.running_time(self._claim.session)

    async def _last_sight(self) -> None:
        """Keep what is needed to go on from here should a message come, and how the page stands."""
        if self.browser is not None and self._turn is not None:
            pictures = self._last_picture(), self._turn.pictures.kept(LAST_PICTURE)
            await asyncio.gather(self.browser.keep_up(), *pictures)

    async def _last_picture(self) -> None:
        """Keep how the page stood at the end, unless that is kept already or there is nothing to see."""
        if self.browser is None or self._turn is None or self._turn.seen:
            return
        with suppress(TimeoutError, ZenobiaError):  # an end does not wait for its picture
            async with asyncio.timeout(LAST_PICTURE):
                seq = await self._store.read(lambda tx: tx.last_seq(self._claim.session))
                picture = await self.browser.screenshot(Shot())
                if not picture.url.startswith("about:"):
                    await self._files.keep_picture(self._claim.session, picture, seq=seq)
                    self._turn.seen = True

    async def _complete(self, ending: Ending) -> None:
        """End well, once a person who paused the session meanwhile lets it go on."""
        owned, parked = Owned(self._store, self._claim), False

        def end(tx: Tx) -> None:
            tx.end(owned.id, ending, by="server")
            if goes_on(self._agent) and self._turn is not None and self._turn.hearing.unread(tx):
                with suppress(AtCapacity, LogFull):  # then it ends, and the message stays unread
                    tx.take_up(owned.id)

        with suppress(SessionEnded, StaleOwner):
            while not parked:
                try:
                    async with asyncio.timeout(self._house.limits.idle):
                        await owned.when_running(end)
                    break
                except TimeoutError:
                    parked = await self._park()

    async def _end(self, ending: Ending) -> None:
        def end(tx: Tx) -> None:
            tx.fence(self._claim.session, self._claim.epoch)
            tx.end(self._claim.session, ending, by="server")

        with suppress(SessionEnded, StaleOwner):  # somebody ended, deleted or took it first: that stands
            await self._store.write(end)

    async def _let_go(self) -> None:
        """Close the browser and what tools run on, then say that nobody owns the session."""
        if self._turn is not None:
            await self._turn.pictures.close()
        if self.browser is not None:
            await asyncio.gather(self.browser.close(), self._elsewhere.close())
        with suppress(ZenobiaError):  # the store is gone: the session is taken back when its lease has run out
            await self._impatient.write(lambda tx: tx.release(self._claim.session, self._claim.epoch))


async def _stop(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _done(result: Result) -> Ending:
    return Ending(_DONE.status, _DONE.reason, _DONE.message, result=result)


def _failed(reason: EndReason, problem: Problem) -> Ending:
    return Ending(Status.FAILED, reason, f"The session failed: {problem.error}", problem=problem)


def _denied(denied: Denied) -> Ending:
    words = f": {denied}" if str(denied) != "None" else "."
    return _failed(EndReason.DENIED, Problem(error=f"A person denied it{words}", code=EndReason.DENIED))


def _reason(error: ZenobiaError) -> EndReason:
    match error:
        case BrowserLost() | PageCrashed() | BrowserUnavailable():
            return EndReason.BROWSER_ERROR
        case ActionFailed():
            return EndReason.STEP_FAILED
        case AtCapacity() | LogFull():
            return EndReason.EVENT_LIMIT
        case _:
            return EndReason.AGENT_ERROR
