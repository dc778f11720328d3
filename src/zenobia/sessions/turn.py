"""An agent's hands, as its session allows them: intents stored before they are carried out, outcomes after.

Nothing acts unless the transaction that stores the intent finds the session running and still ours; so a pause,
a cancel or a new owner stops the very next action, whatever the agent believes.
"""

import asyncio
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from zenobia.agents.base import Denied, Heard, Left, Progress, Spent
from zenobia.operators.base import Hands, Notice, Observation, Operator, Outcome, Picture, Shot
from zenobia.operators.elsewhere import Elsewhere, Offer
from zenobia.protocol.action_errors import (
    ActionFailed,
    ActionTimedOut,
    BrowserLost,
    NotAllowedByPolicy,
    OutcomeUnknown,
    ToolsMissing,
)
from zenobia.protocol.actions import Action, CallTool, Screenshot, Upload
from zenobia.protocol.box import Box
from zenobia.protocol.control import PersonDrove, PrivateNow
from zenobia.protocol.errors import NotAllowedNow, StaleOwner, StorageUnavailable, UnknownFile, ZenobiaError
from zenobia.protocol.events import ActionData, MessageData, WarningData
from zenobia.protocol.files import File, Origin
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import Result, Usage
from zenobia.protocol.wire import Json
from zenobia.sessions.asking import Asking, Why
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.files import Files
from zenobia.sessions.finishing import finish
from zenobia.sessions.fitting import misfit_within
from zenobia.sessions.hearing import Hearing
from zenobia.sessions.house import House
from zenobia.sessions.intents import intent_of, known_of, same
from zenobia.sessions.noticing import record
from zenobia.sessions.owned import Owned
from zenobia.sessions.permitting import Permit, Permitting
from zenobia.sessions.picturing import Picturing
from zenobia.sessions.proposals import hidden
from zenobia.sessions.recording import Recording
from zenobia.telemetry.tracing import span

ACTION_GUARD = 960.0
"""Seconds after which even an operator that forgot its own deadlines is given up."""

BROWSERS = 3
"""Browsers that one action may outlive before its session ends for the lack of one."""


class SessionTurn:
    """One runner's turn at one session; fulfils `zenobia.agents.base.Turn`."""

    def __init__(
        self,
        house: House,
        files: Files,
        owned: Owned,
        browser: SessionBrowser,
        elsewhere: Elsewhere,
        permitting: Permitting,
    ) -> None:
        self._house = house
        self._elsewhere = elsewhere
        self._files = files
        self._owned = owned
        self._browser = browser
        self._secrets = browser.secrets
        self._permitting = permitting
        self._asking = Asking(owned, browser, house.limits, self.picture)
        self.pictures = Picturing(owned, files, browser, house.limits.pictures_per_session)
        self._recording = Recording(owned, house.limits.steps)
        self._memo = owned.claim.memo
        self.hearing = Hearing(owned)
        self._attempt = ""
        self._before: ActionData | None = None
        self._stale, self._drives = False, 0
        self.seen = False
        """Whether the newest kept picture still shows what the browser shows."""

    async def recall(self) -> None:
        """Learn what an earlier runner of this session did last, so that it is not done twice."""
        self._before = await self._owned.write(lambda tx: tx.last_action(self.session_id, self.since))

    async def wind_down(self, within: float) -> None:
        """Begin no further action, and give the one in hand so many seconds to finish."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._recording.close()
                await self._browser.keep_checkpoint()

    @property
    def at_rest(self) -> bool:
        """Whether no action is in hand."""
        return self._recording.at_rest

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self._owned.id

    @property
    def prompt(self) -> str | None:
        """What the session was created with, if anything."""
        return self._owned.claim.prompt

    @property
    def config(self) -> dict[str, Json]:
        """What the session was configured with."""
        return self._owned.claim.config

    @property
    def search_url(self) -> str:
        """The configured search page's address."""
        return self._house.search_url

    @property
    def since(self) -> int:
        """Which life of the session this is."""
        return self._owned.claim.since

    @property
    def memo(self) -> Json:
        """What the agent last remembered."""
        return self._memo

    async def remember(self, memo: Json) -> None:
        """Store the agent's own place in its work, and that it has read what it heard."""
        await self.hearing.keep(memo)
        self._memo = memo

    async def observe(self) -> Observation:
        """What the browser shows now, once no person drives it."""
        while True:
            await self._owned.undriven()
            self._stale = False
            seen = await self._browser.use(lambda operator: operator.observe())
            if not self._stale:  # else a person took over meanwhile, perhaps in private
                return seen

    def driven(self) -> None:
        """A person does something in the browser: what is known of it is out of date."""
        self._stale, self.seen, self._drives = True, False, self._drives + 1
        self._browser.moved()
        self.pictures.driven()

    async def tools(self) -> tuple[Offer, ...]:
        """The tools from elsewhere that can be called; whoever follows is told of servers that are not there."""
        offers = self._secrets.scrubbed(await self._elsewhere.offers())
        for server, problem in offers.missing.items():
            await self.warn(ToolsMissing.code, problem, {"server": server})
        return offers.tools

    async def act(
        self, action: Action, *, ask_first: bool = False, progress: Progress | None = None, insist: bool = True
    ) -> Outcome:
        """Do one action, with a person's approval first if asked for; see `Turn.act`.

        A browser that is lost meanwhile is replaced; what was cut off is not repeated unless it may be.
        """
        before, self._before = self._before, None
        if before is not None and not same(before, action, progress):
            before = None
        for _ in range(BROWSERS):
            if before is not None and (outcome := await self._from_before(before, action)) is not None:
                return outcome
            try:
                return await self._act_once(action, ask_first=ask_first, progress=progress)
            except BrowserLost:
                newest = await self._owned.write(lambda tx: tx.last_action(self.session_id))
                before = newest if newest is not None and newest.action_id == self._attempt else None  # it had begun
                await self._browser.replace()
                if before is not None and not insist:
                    raise OutcomeUnknown from None
        raise BrowserLost

    def deciding(self) -> AbstractContextManager[None]:
        """For as long as this lasts the policy holds for what is done as for an agent that decides by itself."""
        return self._permitting.deciding()

    async def before(self) -> Left:
        """What this session did last, and asked; an action begun and never finished is recorded as unknown now."""
        action = await self._owned.write(lambda tx: tx.last_action(self.session_id))
        return Left(action, await self._asking.left())

    async def ready(self) -> None:
        """Wait for as long as the session is paused."""
        await self._owned.ready()

    async def ask(self, kind: RequestKind, title: str, reason: str) -> HumanLayerRequest:
        """Ask a person and wait for the decision."""
        return await self._asking.ask(kind, title, reason)

    async def say(self, text: str) -> None:
        """Tell whoever follows something."""
        await self._owned.tell(MessageData(author="agent", text=text), text)

    async def warn(self, code: str, message: str, details: dict[str, Json]) -> None:
        """Tell whoever follows something they should know."""
        await self._owned.tell(WarningData(code=code, details=details), message)

    async def usage(self) -> Usage:
        """What the session has spent so far in this life."""
        usage = await self._owned.store.read(lambda tx: tx.usage(self.session_id))
        return usage.since(self._owned.claim.before)

    async def misfit(self, data: Json, schema: dict[str, Json]) -> str | None:
        """What is wrong with data by a JSON schema, or with the schema; None if nothing is."""
        return await misfit_within(data, schema)

    async def charge(self, spent: Spent) -> None:
        """Count what a request to a model took."""
        self._owned.store.meters.spent(spent.input_tokens, spent.output_tokens, spent.cost)
        took = Usage(input_tokens=spent.input_tokens, output_tokens=spent.output_tokens, cost=spent.cost)
        await self._owned.write(lambda tx: tx.charge(self.session_id, took))

    async def heard(self) -> list[Heard]:
        """The user's messages, and what people did by hand, since the last time."""
        heard = await self.hearing.heard()
        self._permitting.hear(*(one.text for one in heard if not one.by_hand))
        return heard

    async def told(self) -> None:
        """Wait until there is a message that was not heard yet."""
        await self.hearing.told()

    async def message(self) -> str:
        """The user's next message not yet read; the session waits for one."""
        said = await self.hearing.message()
        self._permitting.hear(said)
        return said

    async def view(self) -> Picture:
        """A picture for the agent to look at; none of what a person does, who may have begun meanwhile."""
        while True:
            await self._owned.undriven()
            before = self._drives
            picture = await self._browser.use(lambda operator: operator.screenshot(Shot("jpeg", quality=60)))
            if before == self._drives:
                return picture

    async def picture(self, outline: Box | None = None) -> str:
        """Take and keep a picture, with a frame around something if wanted; its id."""
        shot = Shot(outline=outline)
        while True:
            await self._owned.undriven()
            with suppress(PrivateNow):  # else another is taken when they are done
                return str((await self._browser.use(lambda operator: self._pictured(operator, shot))).value)

    async def files(self) -> list[File]:
        """The session's files as they stand."""
        return await self._owned.store.read(lambda tx: tx.session_files(self.session_id))

    async def read(self, file_id: str) -> str:
        """A session file's text."""
        stored = await self._files.session_file(self._owned.claim.workspace, self.session_id, file_id)
        return await self._files.text(self._owned.claim.workspace, stored.id)

    async def write(self, name: str, text: str) -> File:
        """Make a session file that holds this text."""
        told = await self._files.take_text(self._owned.claim.workspace, name, text)
        message = f"Wrote {told.file_name}."
        await self._owned.write(lambda tx: tx.attach(self.session_id, [told], Origin.AGENT, message))
        return next(file for file in await self.files() if file.file_id == told.file_id)

    async def found(self, result: Result) -> None:
        """Keep what has been found so far."""
        await self._owned.write(lambda tx: tx.keep_result(self.session_id, result))

    async def noticed(self, notice: Notice) -> None:
        """Record what the browser did by itself."""
        await record(self._owned, self._files, notice)

    async def _act_once(self, action: Action, *, ask_first: bool, progress: Progress | None) -> Outcome:
        self._attempt = ""
        operator = self._elsewhere if isinstance(action, CallTool) else await self._browser.to_act()
        await self.pictures.drawn()
        try:
            while (begun := await self._begun(operator, action, ask_first=ask_first, progress=progress)) is None:
                await self._owned.ready()  # and then it is judged again
            action, intent = begun
            self.seen = False
            with span(
                f"execute_tool {action.verb}", gen_ai__operation__name="execute_tool", gen_ai__tool__name=action.verb
            ):
                return await self._with_outcome(operator, action, intent)
        finally:
            if not self.at_rest:  # else it never began
                self._recording.over()
                self._browser.moved()

    async def _begun(
        self, operator: Hands, action: Action, *, ask_first: bool, progress: Progress | None
    ) -> tuple[Action, ActionData] | None:
        """Store what is about to be done, with what a person made of it; None if the session is held up now."""
        await self._owned.undriven()
        if self._stale and self._permitting.by_itself:
            raise PersonDrove
        permit = await self._permit(operator, action, progress)
        if permit is None:
            return None
        intent = intent_of(action, progress, permit)
        self._attempt = intent.action_id
        if (why := Why() if ask_first else permit.why) is None:
            try:
                seq = await self._recording.begin(intent, progress)
            except NotAllowedNow:
                return None
            await self.pictures.before(seq, moved=permit.moved)
            return action, intent

        async def begin(approval: str, wanted: Action) -> None:
            nonlocal action, intent
            if wanted is not action:  # the person changed it
                action, intent = wanted, intent_of(wanted, progress, permit)
                self._attempt = intent.action_id
            await self._recording.begin(intent, progress, approval)

        await self._asking.approved(operator, action, why, begin)
        return action, intent

    async def _permit(self, operator: Hands, action: Action, progress: Progress | None) -> Permit | None:
        """Whether it may be done, None while a person drives; what is denied, or not there, is recorded as failed."""
        try:
            await self._secrets.require(operator, action)
            await self._files.require(self._owned.claim.workspace, self.session_id, action)
            permit = await self._permitting.judge(operator, action)
        except BrowserLost:
            raise
        except (ActionFailed, UnknownFile) as error:
            if await self._owned.store.read(lambda tx: tx.control(self.session_id)) is not None:
                return None
            await self._recording.failed(intent_of(action, progress, Permit()), error)
            raise
        if permit.denied and permit.judgement is not None:
            refused = NotAllowedByPolicy(because=permit.judgement.because)
            await self._recording.failed(intent_of(action, progress, permit), refused)
            raise refused
        return permit

    async def _from_before(self, before: ActionData, action: Action) -> Outcome | None:
        """The outcome of this very action if it was done before; a person says so where nobody else can.

        Raises:
            Denied: a person said that the session must not go on like this.
        """
        if (known := known_of(before, action)) is None or before.phase == "done":
            return known
        settled = await self._asking.was_done(before.description)
        if settled.status is RequestStatus.APPROVED:
            return None
        if settled.status is RequestStatus.ANSWERED:
            return known
        raise Denied(settled)

    async def _pictured(self, operator: Operator, shot: Shot) -> Outcome:
        """Take a picture and keep it: the one action that ends in the store and not on the page."""
        seq = await self._owned.store.read(lambda tx: tx.last_seq(self.session_id))
        picture = await operator.screenshot(shot)
        stored = await self._files.keep_picture(self.session_id, picture, seq=seq)
        self.seen = True
        return Outcome("Took a picture.", picture.url, picture.title, stored.id)

    async def _carry_out(self, hands: Hands, action: Action) -> Outcome:
        if isinstance(action, Screenshot):
            try:
                return await self._pictured(await self._browser.operator(), Shot())
            except PrivateNow:  # whoever drives must not end the session by it
                return Outcome("Took no picture, because a person drives in private.")
        upload = None
        if isinstance(action, Upload):
            stored = await self._files.session_file(self._owned.claim.workspace, self.session_id, action.file)
            upload = await self._browser.lend(self._files.local(stored))
        secret = await self._secrets.filling(action)
        try:
            async with asyncio.timeout(ACTION_GUARD):
                return self._secrets.scrubbed(await hands.act(action, upload=upload, secret=secret))
        except TimeoutError:
            raise ActionTimedOut(seconds=ACTION_GUARD, problem="the browser gave no answer.") from None

    async def _with_outcome(self, hands: Hands, action: Action, intent: ActionData) -> Outcome:
        """Carry the action out, and store how it went; if we are cut off in between, that it is unknown."""
        try:
            outcome = await self._carry_out(hands, action)
        except ZenobiaError as error:
            if not isinstance(error, BrowserLost) or error.facts.get("acted") is False:
                self.pictures.after(action)
                self.pictures.keep(await self._recording.failed(intent, error, action))
            raise
        except asyncio.CancelledError:
            with suppress(StaleOwner, StorageUnavailable):
                await finish(self._owned.write(lambda tx: tx.last_action(self.session_id)))
            raise
        self.pictures.after(action)
        outcome = replace(outcome, message=hidden(outcome.message, action, intent.action), kind=intent.kind)
        self.pictures.keep(await finish(self._recording.done(intent, outcome)))
        return outcome
