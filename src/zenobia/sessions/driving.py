"""A person drives a session's browser: takes it over, does things by hand, hands it back; one at a time.

The store says who drives, and so fences the agent. What was done, and when the driver was last heard of, is known here
only: in the process that has the browser.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from zenobia.operators.base import Shown
from zenobia.protocol import commands as c
from zenobia.protocol import live
from zenobia.protocol.access import Scope
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.control import (
    AgentActs,
    AlreadyDriven,
    Held,
    NoBrowserNow,
    NotDriving,
    Release,
    RunsElsewhere,
)
from zenobia.protocol.errors import (
    AlreadyDecided,
    SessionEnded,
    StorageUnavailable,
    UnknownRequest,
    UnknownSession,
    VerdictNotAllowed,
    ZenobiaError,
)
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.ids import control_id
from zenobia.protocol.inputs import FilesInput, Input
from zenobia.sessions.answers import named, once, require_going
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.callers import Caller
from zenobia.sessions.driver import Driver
from zenobia.sessions.files import Files
from zenobia.sessions.finishing import finish
from zenobia.sessions.house import House
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.requests import decided
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.bell import ACCESS, Rings
from zenobia.store.tx import Tx

LETS_GO_WITHIN = 2.0
"""Seconds that the browser gets to let go of what is held, and to say what was done last."""

AGAIN = 1.0
"""Seconds until a browser that could not be handed back, as the store did not answer, is handed back again."""


class Driving:
    """Everybody who drives a browser of this process."""

    def __init__(self, house: House, files: Files, supervisor: Supervisor, keyring: Keyring) -> None:
        self._house = house
        self._files = files
        self._store = house.store
        self._supervisor = supervisor
        self._keyring = keyring
        self._drivers: dict[str, Driver] = {}
        self._rings = Rings()
        self._tell: Callable[[str], None] = lambda _: None

    def on_change(self, tell: Callable[[str], None]) -> None:
        """Tell of sessions that are driven by somebody else now, or in another way."""
        self._tell = tell

    def hidden(self, session: str) -> str | None:
        """The id of the control under which the session is driven in private, if it is."""
        driver = self._drivers.get(session)
        return driver.held.id if driver is not None and driver.held.private else None

    async def take(self, caller: Caller, payload: live.TakeControl) -> live.ControlAck:
        """Let this client drive; the agent begins no action from here on.

        Raises:
            AlreadyDriven: somebody else does, and it is not forced.
            NoBrowserNow, RunsElsewhere: there is nothing to drive here.
            MissingScope: their key may act, but not approve what is done.
        """
        session = named(payload)
        caller.require(Scope.APPROVE)  # whoever drives is asked about nothing that they do
        before = self._drivers.get(session)
        mine = before is not None and before.caller.workspace == caller.workspace
        if before is None or not mine or not (payload.force or before.held.id == payload.control_id):
            return await finish(self._take(caller, session, payload, ()))
        async with before.turn:
            await self._let_go(before)  # what was done until now was done in private, or it was not
            return await finish(self._take(caller, session, payload, tuple(before.did)))

    async def _take(
        self, caller: Caller, session: str, payload: live.TakeControl, did: tuple[str, ...]
    ) -> live.ControlAck:
        def take(tx: Tx) -> tuple[Held, live.ControlAck]:
            require_going(tx, session, caller)
            self._require_here(tx, session)
            held = self._held(tx, session, caller, payload, did)
            told = tx.session(session, caller.workspace)
            return held, live.ControlAck(session=told, control_id=held.id, driver_timeout=self._house.limits.driver)

        taken: list[Held] = []

        def answered(tx: Tx) -> live.ControlAck:
            held, ack = take(tx)
            taken.append(held)
            return ack

        try:
            ack, _ = await once(self._store, caller, c.TAKE_CONTROL, payload, answered)
        except NoBrowserNow:
            await self._store.write(lambda tx: tx.rouse(session))
            raise
        for held in taken[-1:]:
            self._drives(Driver(session, caller, held))
            self._supervisor.driven(session)
        return ack

    def _held(self, tx: Tx, session: str, caller: Caller, payload: live.TakeControl, did: tuple[str, ...]) -> Held:
        current = tx.control(session)
        if payload.control_id is not None:
            if current is None or current.id != payload.control_id:
                raise NotDriving
            changed = current.model_copy(update={"private": payload.private})
            if changed != current:
                tx.change_control(session, changed)
            return changed
        if current is not None and not payload.force:
            raise AlreadyDriven(by=current.by)
        if payload.request_id is not None:
            _require_helpable(tx.request(payload.request_id, caller.workspace), session)
        tx.drop_control(session, Release.TAKEN_OVER, did)
        held = Held(
            id=control_id(), by=caller.name, since=tx.now, private=payload.private, request_id=payload.request_id
        )
        tx.take_control(session, held)
        return held

    def _drives(self, driver: Driver) -> None:
        before = self._drivers.get(driver.session)
        if before is not None and before.held.id == driver.held.id:
            before.held, before.heard, before.caller = driver.held, driver.heard, driver.caller
        else:
            self._drivers[driver.session] = driver
        self._rings.nudge()
        self._tell(driver.session)

    async def do(self, caller: Caller, payload: live.SendInput) -> live.InputAck:
        """Do what the driver's hands do.

        Raises:
            NotDriving: this client does not drive.
            NoBrowserNow: it cannot be driven now.
        """
        session = named(payload)
        driver = await self._driver(caller, session, payload.control_id)
        async with driver.turn:
            if self._drivers.get(session) is not driver:
                raise NotDriving  # it was handed back, or taken over, while this waited
            driver.heard = time.monotonic()
            if (known := driver.known(payload.command_id)) is not None:
                return known
            browser = self._supervisor.browser(session)
            if browser is None:
                raise NoBrowserNow
            try:
                acting = await self._store.read(lambda tx: self._acting(tx, driver))
            except (NotDriving, SessionEnded, UnknownSession):
                self._forget(driver)
                raise
            if acting and not driver.at_wheel:
                raise AgentActs
            driver.at_wheel = True
            try:
                ack = await self._do(caller, driver, browser, payload.inputs)
            except ZenobiaError as error:
                driver.remember(payload.command_id, error)  # what came before it in the same command was done
                raise
            driver.remember(payload.command_id, ack)
            return ack

    def _acting(self, tx: Tx, driver: Driver) -> bool:
        """Whether the agent's action is in hand.

        Raises:
            SessionEnded, NotDriving, UnknownSession: this drives no more; a session can end, and go on without it.
        """
        held, status = tx.control(driver.session), tx.status(driver.session)
        if status.ended:
            raise SessionEnded(status=status)
        if held is None or held.id != driver.held.id:
            raise NotDriving
        return tx.acting(driver.session)

    async def _do(
        self, caller: Caller, driver: Driver, browser: SessionBrowser, wanted: Sequence[Input]
    ) -> live.InputAck:
        operator, copied, did = await browser.operator(), None, False
        try:
            for given in wanted:
                self._keyring.require_good(caller)  # many inputs take a while
                driven = await operator.drive(given, await self._chosen(driver, browser, given))
                copied = driven.copied if driven.copied is not None else copied
                did = did or driven.did is not None
                driver.tell(driven.did)
        except BrowserLost:
            await browser.replace()
            raise
        finally:
            if did:
                self._supervisor.driven(driver.session)
        return live.InputAck(window=window_of(operator.look()), copied=copied)

    async def _chosen(self, driver: Driver, browser: SessionBrowser, given: Input) -> list[Path]:
        """The session's files that a file chooser is to be given, on this machine's disk."""
        chosen: list[Path] = []
        if isinstance(given, FilesInput):
            for file_id in given.file_ids:
                stored = await self._files.session_file(driver.caller.workspace, driver.session, file_id)
                chosen.append(await browser.lend(self._files.local(stored)))
        return chosen

    async def _let_go(self, driver: Driver) -> Shown | None:
        """Let go of the browser, and learn what was done last; the window as it was left."""
        browser = self._supervisor.browser(driver.session)
        if browser is None:
            return None
        try:
            async with asyncio.timeout(LETS_GO_WITHIN):
                operator = await browser.operator()
                for did in await operator.let_go():
                    driver.tell(did)
                return operator.look()
        except (ZenobiaError, TimeoutError):
            return None
        finally:
            self._supervisor.driven(driver.session)

    async def release(self, caller: Caller, payload: live.ReleaseControl) -> c.SessionAck:
        """Hand the browser back, and settle the request that it was taken for.

        Raises:
            NotDriving: this client does not drive.
        """
        session = named(payload)
        driver = self._drivers.get(session)
        if driver is None or driver.held.id != payload.control_id:
            return await self._release(caller, session, payload)
        async with driver.turn:
            left = await self._let_go(driver)
            ack = await self._release(caller, session, payload, tuple(driver.did), left)
            self._forget(driver)
            return ack

    async def _release(
        self,
        caller: Caller,
        session: str,
        payload: live.ReleaseControl,
        did: tuple[str, ...] = (),
        left: Shown | None = None,
    ) -> c.SessionAck:
        def release(tx: Tx) -> c.SessionAck:
            require_going(tx, session, caller)
            held = tx.control(session)
            if held is None or held.id != payload.control_id:
                raise NotDriving
            self._require_here(tx, session)
            if left is not None:
                tx.see(session, url=left.url, title=left.title)
            tx.drop_control(session, Release.HANDED_BACK, did, payload.note)
            if payload.done and held.request_id is not None:
                _settle(tx, held.request_id, caller, payload.note)
            return c.SessionAck(session=tx.session(session, caller.workspace))

        ack, _ = await once(self._store, caller, c.RELEASE_CONTROL, payload, release)
        return ack

    async def run(self) -> None:
        """Hand back the browsers whose drivers are silent, or have no good key any more, until cancelled."""
        patience = self._house.limits.driver
        with self._store.bell.also(ACCESS, self._rings):
            while True:
                soonest = min((driver.heard + patience for driver in self._drivers.values()), default=None)
                await self._rings.wait(None if soonest is None else max(0.0, soonest - time.monotonic()))
                over = [(one, why) for one in self._drivers.values() if (why := self._over(one)) is not None]
                await asyncio.gather(*(self._hand_back(driver, why) for driver, why in over))

    def _over(self, driver: Driver) -> Release | None:
        """Why somebody is to drive no more, if they are not."""
        try:
            self._keyring.require_good(driver.caller)
        except ZenobiaError:
            return Release.KEY_ENDED
        return Release.TIMED_OUT if time.monotonic() - driver.heard >= self._house.limits.driver else None

    async def _hand_back(self, driver: Driver, why: Release) -> None:
        async with driver.turn:
            await self._let_go(driver)

            def drop(tx: Tx) -> None:
                held = tx.control(driver.session)
                if held is not None and held.id == driver.held.id:
                    tx.drop_control(driver.session, why, driver.did)

            try:
                await self._store.write(drop)
            except StorageUnavailable:
                driver.heard = time.monotonic() - self._house.limits.driver + AGAIN
                return
            except UnknownSession:
                pass
            self._forget(driver)

    async def _driver(self, caller: Caller, session: str, control: str) -> Driver:
        driver = self._drivers.get(session)
        if driver is not None and driver.held.id == control and driver.caller.workspace == caller.workspace:
            return driver

        def why(tx: Tx) -> None:
            status = tx.require(session, caller.workspace)
            if status.ended:
                raise SessionEnded(status=status)
            self._require_here(tx, session)

        await self._store.read(why)
        raise NotDriving

    def _require_here(self, tx: Tx, session: str) -> None:
        """Make sure that the session's browser, if it has one, is here.

        Raises:
            RunsElsewhere: it is not.
        """
        owner = tx.owner(session)
        if owner is not None and owner != self._house.name:
            raise RunsElsewhere

    def _forget(self, driver: Driver) -> None:
        if self._drivers.get(driver.session) is driver:
            del self._drivers[driver.session]
            self._tell(driver.session)


def window_of(shown: Shown) -> live.LiveWindow:
    """What is around a picture, as the wire tells it."""
    return live.LiveWindow(
        url=shown.url,
        title=shown.title,
        width=shown.width,
        height=shown.height,
        tabs=[live.LiveTab(number=tab.number, title=tab.title, url=tab.url, current=tab.current) for tab in shown.tabs],
        dialog=None if shown.dialog is None else live.LiveDialog(**asdict(shown.dialog)),
        chooser=None if shown.chooser is None else live.LiveChooser(multiple=shown.chooser),
    )


def _require_helpable(request: HumanLayerRequest, session: str) -> None:
    """Make sure that the request can be settled by driving.

    Raises:
        UnknownRequest, AlreadyDecided, VerdictNotAllowed: it cannot.
    """
    if request.session_id != session:
        raise UnknownRequest
    if request.status is not RequestStatus.PENDING:
        raise AlreadyDecided(request=request.wire())
    if request.kind is RequestKind.APPROVAL:  # what is approved is done by the agent
        raise VerdictNotAllowed(allowed=", ".join(request.allowed))


def _settle(tx: Tx, request_id: str, by: Caller, note: str | None) -> None:
    """Settle a request by what was done for it: help is approved, or answered with the note; a question is answered."""
    request = tx.request(request_id)
    if request.status is not RequestStatus.PENDING:
        return  # somebody, or time, was quicker
    plain = note is None and request.kind is RequestKind.HELP
    status = RequestStatus.APPROVED if plain else RequestStatus.ANSWERED
    response = None if plain else note or "A person did it in the browser."
    tx.settle(request, decided(status, by=by, now=tx.now, response=response))
