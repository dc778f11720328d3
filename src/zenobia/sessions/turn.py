"""An agent's hands, as its session allows them: intents stored before they are carried out, outcomes after.

Nothing acts unless the transaction that stores the intent finds the session running and still ours; so a pause,
a cancel or a new owner stops the very next action, whatever the agent believes.
"""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TypeVar

from zenobia.agents.base import Denied, Progress, Stop
from zenobia.operators.base import Downloaded, Notice, Observation, Operator, Outcome, Shot
from zenobia.protocol.actions import REPEATABLE, Action, Upload, describe
from zenobia.protocol.errors import (
    ActionFailed,
    BrowserLost,
    NotAllowedNow,
    StaleOwner,
    StorageUnavailable,
    ZenobiaError,
)
from zenobia.protocol.events import ActionData, MessageData, WarningData
from zenobia.protocol.files import File
from zenobia.protocol.human import ALLOWED, HumanLayerRequest, ProposedAction, RequestKind, RequestStatus
from zenobia.protocol.ids import action_id, request_id
from zenobia.protocol.session import EndReason, Result, Status
from zenobia.protocol.wire import Json
from zenobia.sessions.answers import problem_of
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.files import Files
from zenobia.sessions.finishing import finish
from zenobia.sessions.house import House
from zenobia.sessions.proposals import masked, propose
from zenobia.store.engine import Work
from zenobia.store.session_rows import Claim
from zenobia.store.tx import Tx

T = TypeVar("T")

_UNKNOWN = (
    "The server stopped while this was being done, and nobody knows whether it was. "
    "Approve to do it now, answer anything to go on as if it was done, deny to end the session."
)

ACTION_GUARD = 660.0
"""Seconds after which even an operator that forgot its own deadlines is given up."""

BROWSERS = 3
"""Browsers that one action may outlive before its session ends for the lack of one."""

PICTURE_FOR_REQUEST = 3.0
"""Seconds that asking a person waits for a picture of what it is about; it asks without one after that."""


class SessionTurn:
    """One runner's turn at one session; fulfils `zenobia.agents.base.Turn`."""

    def __init__(self, house: House, files: Files, claim: Claim, browser: SessionBrowser) -> None:
        self._house = house
        self._store = house.store
        self._files = files
        self._claim = claim
        self._browser = browser
        self._memo = claim.memo
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._winding_down = False
        self._before: ActionData | None = None
        self.seen = False
        """Whether the newest kept picture still shows what the browser shows."""

    async def recall(self) -> None:
        """Learn what an earlier runner of this session did last, so that it is not done twice."""
        self._before = await self._write(lambda tx: tx.last_action(self.session_id))

    async def wind_down(self, within: float) -> None:
        """Begin no further action, and give the one in hand so many seconds to finish."""
        self._winding_down = True
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._at_rest.wait()
                await self._browser.keep_checkpoint()

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self._claim.session

    @property
    def prompt(self) -> str | None:
        """What the session was created with, if anything."""
        return self._claim.prompt

    @property
    def search_url(self) -> str:
        """The configured search page's address."""
        return self._house.search_url

    @property
    def memo(self) -> Json:
        """What the agent last remembered."""
        return self._memo

    async def remember(self, memo: Json) -> None:
        """Store the agent's own place in its work."""
        await self._write(lambda tx: tx.memorise(self.session_id, memo))
        self._memo = memo

    async def observe(self) -> Observation:
        """What the browser shows now."""
        return await self._browser.use(lambda operator: operator.observe())

    async def act(self, action: Action, *, ask_first: bool = False, progress: Progress | None = None) -> Outcome:
        """Do one action, with a person's approval first if asked for; see `Turn.act`.

        A browser that is lost meanwhile is replaced; what was cut off is not repeated unless it may be.
        """
        before, self._before = self._before, None
        if before is not None and not _same(before, action, progress):
            before = None
        for _ in range(BROWSERS):
            if before is not None and (outcome := await self._from_before(before, action)) is not None:
                return outcome
            try:
                return await self._act_once(action, ask_first=ask_first, progress=progress)
            except BrowserLost:
                before = await self._write(lambda tx: tx.last_action(self.session_id))
                await self._browser.replace()
        raise BrowserLost

    async def _act_once(self, action: Action, *, ask_first: bool, progress: Progress | None) -> Outcome:
        operator = await self._browser.operator()
        approval = await self._approval(operator, action) if ask_first else None
        intent = _intent(action, progress)
        await self._begin(intent, approval)
        self._at_rest.clear()
        try:
            return await self._with_outcome(operator, action, intent)
        finally:
            self.seen = False
            self._at_rest.set()
            self._browser.moved()

    async def _from_before(self, before: ActionData, action: Action) -> Outcome | None:
        """The outcome of this very action if it was done before; a person says so where nobody else can.

        Raises:
            Denied: a person said that the session must not go on like this.
        """
        if before.phase not in {"done", "unknown"} or isinstance(action, REPEATABLE):
            return None
        known = Outcome(f"Did this before: {before.description}.", before.url, before.title, before.value)
        if before.phase == "done":
            return known
        settled = await self.ask(RequestKind.HELP, f"Was this done? {before.description}", _UNKNOWN)
        if settled.status is RequestStatus.APPROVED:
            return None
        if settled.status is RequestStatus.ANSWERED:
            return known
        raise Denied(settled)

    async def ask(self, kind: RequestKind, title: str, reason: str) -> HumanLayerRequest:
        """Ask a person and wait for the decision."""
        request = await self._request(kind, title, reason)
        settled = await self._settled(request.id)
        await self._write(lambda tx: tx.spend(request.id))
        return settled

    async def say(self, text: str) -> None:
        """Tell whoever follows something."""
        await self._write(lambda tx: tx.append(self.session_id, MessageData(author="agent", text=text), text))

    async def message(self) -> str:
        """The user's next message not yet read; the session waits for one."""
        with self._store.bell.listen(self.session_id) as rings:
            while True:
                text = await self._write(self._hear)
                if text is not None:
                    return text
                await rings.wait()

    async def picture(self) -> str:
        """Take and keep a picture; its id."""
        picture = await self._browser.use(lambda operator: operator.screenshot(Shot()))
        stored = await self._files.keep_picture(self.session_id, picture)
        self.seen = True
        return stored.id

    async def files(self) -> list[File]:
        """The session's files as they stand."""
        return await self._store.read(lambda tx: tx.session_files(self.session_id))

    async def read(self, file_id: str) -> str:
        """A session file's text."""
        stored = await self._files.session_file(self._claim.workspace, self.session_id, file_id)
        return await self._files.text(self._claim.workspace, stored.id)

    async def found(self, result: Result) -> None:
        """Keep what has been found so far."""
        await self._write(lambda tx: tx.keep_result(self.session_id, result))

    async def noticed(self, notice: Notice) -> None:
        """Record what the browser did by itself: a download becomes a file, everything else a warning."""
        if isinstance(notice, Downloaded):
            try:
                await self._files.keep_download(self._claim.workspace, self.session_id, notice)
            except ZenobiaError as error:
                await self._warn(error.code, f"The download {notice.name} could not be kept: {error.message}", {})
        else:
            await self._warn(notice.code, notice.message, notice.details)

    async def _warn(self, code: str, message: str, details: dict[str, Json]) -> None:
        warning = WarningData(code=code, details=details)
        await self._store.write(lambda tx: tx.append(self.session_id, warning, message))

    async def _write(self, work: Work[T]) -> T:
        """One transaction that counts only while the session is still ours."""

        def fenced(tx: Tx) -> T:
            if tx.fence(self.session_id, self._claim.epoch).ended:
                raise StaleOwner
            return work(tx)

        return await self._store.write(fenced)

    async def _ready(self) -> None:
        """Wait until the session is running: held while it is paused or waits for a person."""
        with self._store.bell.listen(self.session_id) as rings:
            while await self._store.read(lambda tx: tx.status(self.session_id)) is not Status.RUNNING:
                await rings.wait()

    async def _when_running(self, work: Work[T]) -> T:
        """One transaction that needs the session to be running; waits until it is."""
        while True:
            await self._ready()
            try:
                return await self._write(lambda tx: self._demand_running(tx, work))
            except NotAllowedNow:  # paused between the look and the transaction
                continue

    def _demand_running(self, tx: Tx, work: Work[T]) -> T:
        tx.demand(self.session_id, self._claim.epoch)
        return work(tx)

    async def _begin(self, intent: ActionData, approval: str | None) -> None:
        if self._winding_down:
            await asyncio.Event().wait()  # the next runner of this session does it; this one is about to be cancelled

        def begin(tx: Tx) -> int:
            if approval is not None and not tx.spend(approval):
                raise StaleOwner
            tx.append(self.session_id, intent, f"{intent.description} …")
            return tx.step(self.session_id)

        steps = await self._when_running(begin)
        if steps > self._house.limits.steps:
            raise Stop(EndReason.STEP_LIMIT, f"The session reached its limit of {self._house.limits.steps} steps.")

    async def _carry_out(self, operator: Operator, action: Action) -> Outcome:
        async with AsyncExitStack() as stack:
            upload = None
            if isinstance(action, Upload):
                stored = await self._files.session_file(self._claim.workspace, self.session_id, action.file)
                upload = await stack.enter_async_context(self._files.local(stored))
            async with asyncio.timeout(ACTION_GUARD):
                return await operator.act(action, upload=upload)

    async def _with_outcome(self, operator: Operator, action: Action, intent: ActionData) -> Outcome:
        """Carry the action out, and store how it went; if we are cut off in between, that it is unknown."""
        try:
            outcome = await self._carry_out(operator, action)
        except BrowserLost as error:
            if error.facts.get("acted") is False:
                await self._failed(intent, error)
            raise
        except ActionFailed as error:
            await self._failed(intent, error)
            raise
        except asyncio.CancelledError:
            with suppress(StaleOwner, StorageUnavailable):
                await finish(self._write(lambda tx: tx.last_action(self.session_id)))
            raise
        await finish(self._write(lambda tx: self._done(tx, intent, outcome)))
        return outcome

    async def _failed(self, intent: ActionData, error: ActionFailed) -> None:
        problem = problem_of(error)
        failed = intent.model_copy(update={"phase": "failed", "error": problem})
        await self._write(lambda tx: tx.append(self.session_id, failed, problem.error))

    def _done(self, tx: Tx, intent: ActionData, outcome: Outcome) -> None:
        facts = {"phase": "done", "url": outcome.url, "title": outcome.title, "value": outcome.value}
        tx.append(self.session_id, intent.model_copy(update=facts), outcome.message)
        tx.see(self.session_id, url=outcome.url, title=outcome.title)

    async def _approval(self, operator: Operator, action: Action) -> str:
        """A person's approval of exactly this action on the page as it is; the request's id.

        Raises:
            Denied: they said no, or nobody answered in time.
        """
        while True:
            proposed = propose(action, await operator.sight(action))
            reason = "This step was marked to be approved before it is done."
            request = await self._request(RequestKind.APPROVAL, proposed.description, reason, proposed)
            settled = await self._settled(request.id)
            if settled.status is not RequestStatus.APPROVED:
                await self._write(lambda tx, spent=settled.id: tx.spend(spent))
                raise Denied(settled)
            if await self._unchanged(operator, action, settled):
                return settled.id
            await self._write(lambda tx, void=settled.id: tx.supersede(void))

    async def _unchanged(self, operator: Operator, action: Action, request: HumanLayerRequest) -> bool:
        try:
            now = propose(action, await operator.sight(action))
        except ActionFailed:
            return False
        return request.action is not None and now.digest == request.action.digest

    async def _request(
        self, kind: RequestKind, title: str, reason: str, action: ProposedAction | None = None
    ) -> HumanLayerRequest:
        """The request to wait for: one left open by an earlier runner of this session, or a new one."""
        if self._claim.resumed:
            left = await self._store.read(lambda tx: tx.unspent(self.session_id))
            for request in left:
                if (request.kind, request.title) == (kind, title):
                    return request
        picture = await self._picture_for_request()
        await self._browser.keep_checkpoint()

        def open_request(tx: Tx) -> HumanLayerRequest:
            request = HumanLayerRequest(
                id=request_id(),
                session_id=self.session_id,
                kind=kind,
                title=title,
                reason=reason,
                action=action,
                screenshot_id=picture,
                created_at=tx.now,
                expires_at=tx.now + int(self._house.limits.human * 1_000),
                allowed=ALLOWED[kind],
            )
            tx.open_request(request, self._claim.workspace)
            return request

        return await self._when_running(open_request)

    async def _picture_for_request(self) -> str | None:
        try:
            async with asyncio.timeout(PICTURE_FOR_REQUEST):
                return await self.picture()
        except (TimeoutError, ActionFailed):
            return None

    async def _settled(self, request: str) -> HumanLayerRequest:
        """Wait until the request is settled, by a person or by time."""
        with self._store.bell.listen(self.session_id) as rings:
            while True:
                found = await self._store.read(lambda tx: tx.request(request))
                if found.status is not RequestStatus.PENDING:
                    return found
                await rings.wait()

    def _hear(self, tx: Tx) -> str | None:
        """Take the next message, if there is one; otherwise let the session wait for it."""
        event = tx.next_message(self.session_id)
        status = tx.status(self.session_id)
        if event is None:
            if status is Status.RUNNING:
                tx.move(self.session_id, Status.WAITING, "The session waits for a message.")
            return None
        if status is Status.PAUSED:
            return None
        tx.hear(self.session_id, event.seq)
        if status is Status.WAITING:
            tx.move(self.session_id, Status.RUNNING, "The session goes on.")
        return event.message


def _same(before: ActionData, action: Action, progress: Progress | None) -> bool:
    """Whether an earlier runner's action is this one: the same step, told to do the same."""
    return before.action == masked(action).wire() and progress is not None and before.step == progress.step


def _intent(action: Action, progress: Progress | None) -> ActionData:
    shown = masked(action)
    return ActionData(
        action_id=action_id(),
        phase="started",
        action=shown.wire(),
        description=describe(shown),
        step=progress.step if progress else None,
        steps=progress.steps if progress else None,
    )
