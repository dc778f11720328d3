"""Asking people: a request is opened with what they need to see, and waited for as long as it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from zenobia.agents.base import Denied
from zenobia.operators.base import Hands
from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.actions import Action
from zenobia.protocol.box import Box
from zenobia.protocol.errors import NotAllowedNow, StorageUnavailable
from zenobia.protocol.events import EVENTS, WarningData
from zenobia.protocol.human import ALLOWED, OPEN, HumanLayerRequest, ProposedAction, RequestKind, RequestStatus, Verdict
from zenobia.protocol.ids import request_id
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import Status
from zenobia.sessions.browser import SessionBrowser
from zenobia.sessions.feed import follow
from zenobia.sessions.owned import Owned
from zenobia.sessions.proposals import edited, propose
from zenobia.store.tx import Tx

PICTURE_WITHIN = 3.0
"""Seconds that asking a person waits for a picture of what it is about; it asks without one after that."""

UNKNOWN = (
    "It was cut off while it was being done, and nobody knows whether it was done. "
    "Approve to do it now, answer anything to go on as if it was done, deny to end the session."
)

HOUR = 3_600.0
"""Seconds in which a session may ask so many times."""

Begin = Callable[[str, Action], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a person is asked about an action, what is at stake, and what they may say."""

    because: str = "This step was marked to be approved before it is done."
    kind: str | None = None
    allowed: tuple[Verdict, ...] = ALLOWED[RequestKind.APPROVAL]


class Asking:
    """One session's requests to people."""

    def __init__(
        self, owned: Owned, browser: SessionBrowser, limits: Limits, picture: Callable[[Box | None], Awaitable[str]]
    ) -> None:
        self._owned = owned
        self._browser = browser
        self._limits = limits
        self._picture = picture
        self._asked: list[float] = []

    async def ask(
        self, kind: RequestKind, title: str, reason: str, *, author: Literal["agent", "server"] = "agent"
    ) -> HumanLayerRequest:
        """Ask a person, in the words of `author`, and wait for the decision."""
        request = await self._request(kind, title, reason, author=author)
        settled, _ = await self._settled(request.id)
        self._owned.take(request.id)
        return settled

    async def left(self) -> list[HumanLayerRequest]:
        """Requests of an earlier runner; that an action was refused is the agent's to know with this."""
        left = await self._owned.store.read(lambda tx: tx.unspent(self._owned.id))
        for request in left:
            if request.kind is RequestKind.APPROVAL and request.status not in OPEN:
                self._owned.take(request.id)
        return left

    async def was_done(self, description: str) -> HumanLayerRequest:
        """Ask a person about an action that was cut off in the middle."""
        return await self.ask(RequestKind.HELP, f"Was this done? {description}", UNKNOWN, author="server")

    async def approved(self, operator: Hands, action: Action, why: Why, begin: Begin) -> None:
        """Begin exactly this action, on the page as it was shown, once a person has approved it.

        `begin` stores the intent and spends the approval if the session is running that moment; it is given the
        approval's id, and the action with the values that the person wants.

        Raises:
            Denied: they said no or something else, or nobody answered in time.
        """
        while True:
            await self._owned.undriven()
            sight = await operator.sight(action, in_view=True)
            proposed = propose(action, sight, why.kind)
            request = await self._request(
                RequestKind.APPROVAL,
                proposed.description,
                why.because,
                author="server",
                action=proposed,
                allowed=why.allowed,
                outline=sight.box,
            )
            settled, driven = await self._settled(request.id)
            if settled.status is not RequestStatus.APPROVED:
                self._owned.take(settled.id)
                raise Denied(settled)
            if await self._begun(operator, action, settled, begin, driven=driven):
                return
            await self._owned.write(lambda tx, void=settled.id: tx.supersede(void))

    async def _begun(
        self, operator: Hands, action: Action, request: HumanLayerRequest, begin: Begin, *, driven: bool
    ) -> bool:
        """Begin it if it still is what was shown; looks again whenever it was held up in between."""
        wanted = edited(action, request.decision.values if request.decision else {})
        with self._owned.store.bell.listen(self._owned.id) as rings:
            while True:
                if driven:
                    await self._owned.undriven()  # what a person does meanwhile is not looked at
                if not await _unchanged(operator, action, request):
                    return False
                try:
                    await begin(request.id, wanted)
                except NotAllowedNow:  # paused, or driven: the page may be another by the time it goes on
                    await rings.wait()
                    driven = True  # perhaps, which is looked at
                else:
                    return True

    async def _request(
        self,
        kind: RequestKind,
        title: str,
        reason: str,
        *,
        author: Literal["agent", "server"],
        action: ProposedAction | None = None,
        allowed: tuple[Verdict, ...] | None = None,
        outline: Box | None = None,
    ) -> HumanLayerRequest:
        """The request to wait for: one left open by an earlier runner of this session, or a new one."""
        if self._owned.claim.resumed:
            left = await self._owned.store.read(lambda tx: tx.unspent(self._owned.id))
            for request in left:
                if request.id not in self._owned.taken and _asks(request, kind, title, action):
                    return request
        await self._spare_people()
        picture = await self._picture_of_it(outline)
        await self._browser.keep_checkpoint()

        def open_request(tx: Tx) -> HumanLayerRequest:
            request = HumanLayerRequest(
                id=request_id(),
                session_id=self._owned.id,
                kind=kind,
                title=title,
                reason=reason,
                author=author,
                action=action,
                screenshot_id=picture,
                box=outline,
                created_at=tx.now,
                expires_at=tx.now + int(self._limits.human * 1_000),
                allowed=allowed or ALLOWED[kind],
            )
            tx.open_request(request, self._owned.claim.workspace)
            return request

        return await self._owned.when_running(open_request)

    async def _spare_people(self) -> None:
        """Pause a session that asks more than anybody can think about: who is asked too often says yes to all."""
        now, most = time.monotonic(), self._limits.requests_per_hour
        self._asked = [at for at in self._asked if now - at < HOUR]
        if len(self._asked) >= most:
            self._asked = []

            def pause(tx: Tx) -> None:
                flood = WarningData(code="approval_flood", details={"limit": most})
                tx.append(self._owned.id, flood, f"The session asked people {most} times within an hour.")
                tx.move(self._owned.id, Status.PAUSED, "The session was paused, until a person resumes it.")

            await self._owned.when_running(pause)
        self._asked.append(now)

    async def _picture_of_it(self, outline: Box | None) -> str | None:
        try:
            async with asyncio.timeout(PICTURE_WITHIN):
                return await self._picture(outline)
        except (TimeoutError, ActionFailed, StorageUnavailable):
            return None

    async def _settled(self, request: str) -> tuple[HumanLayerRequest, bool]:
        """Wait until the request is settled, by a person or by time; it, and whether a person drives by then.

        Followed in the log, where both are told: whoever waits at the server that stores it reads no database.
        """

        def look(tx: Tx) -> tuple[HumanLayerRequest, bool, int]:
            return tx.request(request), tx.control(self._owned.id) is not None, tx.last_seq(self._owned.id)

        found, driven, newest = await self._owned.store.read(look)
        if found.status is not RequestStatus.PENDING:
            return found, driven
        async with aclosing(follow(self._owned.store, self._owned.id, newest)) as told:
            async for stored in told:
                event = EVENTS.validate_json(stored.json)
                if event.event_type == "control":
                    driven = event.data.phase != "released"
                if event.event_type == "human_layer_decision" and event.data.request.id == request:
                    return event.data.request, driven
        raise AssertionError("a log is followed for ever")


def _asks(request: HumanLayerRequest, kind: RequestKind, title: str, action: ProposedAction | None) -> bool:
    """Whether a request that was left asks just this; what was refused was refused on the page as it was shown."""
    if (request.kind, request.title) != (kind, title):
        return False
    if request.status in OPEN or request.action is None or action is None:
        return True
    return request.action.digest == action.digest


async def _unchanged(operator: Hands, action: Action, request: HumanLayerRequest) -> bool:
    try:
        kind = request.action.kind if request.action else None
        now = propose(action, await operator.sight(action), kind)
    except ActionFailed:
        return False
    return request.action is not None and now.digest == request.action.digest
