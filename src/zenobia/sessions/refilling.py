"""What was typed on a page and not sent is typed again in a browser that takes the place of the one before.

Only the page knew it, and an approval is bound to the form as it was shown: no approval to send one would outlive its
browser. It is read off the log. Nothing is typed again that is secret, that a person had to agree to, that made the
page send something, or that was there before a person drove.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from zenobia.operators.base import Operator
from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.actions import (
    Action,
    CallTool,
    Check,
    Extract,
    Hover,
    ReadResults,
    Screenshot,
    Scroll,
    Select,
    Type,
    TypeSecret,
    Uncheck,
    Upload,
    WaitFor,
    action_of,
)
from zenobia.protocol.events import ActionData, ActionEvent, ControlEvent, DecisionEvent, Event, WarningData
from zenobia.protocol.session import Status
from zenobia.sessions.discretion import whole
from zenobia.sessions.owned import Owned
from zenobia.sessions.permitting import Permitting
from zenobia.sessions.proposals import MASK
from zenobia.store.tx import Tx

Fill = Type | Select | Check | Uncheck

LOOKS = (Hover, Scroll, WaitFor, Extract, ReadResults, Screenshot, CallTool)
"""Actions that do nothing to what a page holds."""

STAYS = (Fill, TypeSecret, Upload, *LOOKS)
"""Actions after which a page still holds what was typed before, if it is still the same one."""

WITHIN = 30.0
"""Seconds that one field may take, with all deadlines of the browser's own in it."""

FILLED_AGAIN = "filled_again"


@dataclass(slots=True)
class Unsent:
    """What a page holds that was typed and not sent: what can be typed again, in order, and what cannot."""

    fills: list[Fill] = field(default_factory=list[Fill])
    missing: list[str] = field(default_factory=list[str])


class Refilling:
    """Brings one session's page back to where it was."""

    def __init__(self, owned: Owned, permitting: Permitting) -> None:
        self._owned = owned
        self._permitting = permitting

    async def __call__(self, operator: Operator) -> bool:
        """Fill in again what the page held, until something is not as it was, and tell of it; whether it was time to.

        While somebody holds the session up nothing is done in its browser.
        """
        if not await self._owned.store.read(self._free):
            return False
        page, events = await self._owned.store.read(lambda tx: (tx.seen(self._owned.id), tx.recent(self._owned.id)))
        unsent, done = unsent_in(events, page), 0
        while done < len(unsent.fills) and await self._fill(operator, unsent.fills[done], page):
            done += 1
        missing = [str(fill.target) for fill in unsent.fills[done:]] + unsent.missing
        if done or missing:
            told = WarningData(code=FILLED_AGAIN, details={"fields": done, "missing": missing})
            await self._owned.tell(told, _sentence(done, missing))
        return True

    async def _fill(self, operator: Operator, action: Fill, page: str | None) -> bool:
        """Do it if it needs nobody's approval, now as before; whether it was done, and has sent nothing."""
        there = whole(page) is not None and operator.look().url == page
        if not there or not await self._owned.store.read(self._free):
            return False  # who is sent elsewhere, to a login, must not type there what was meant for this page
        try:
            async with asyncio.timeout(WITHIN):
                permit = await self._permitting.judge(operator, action)
                if permit.denied or permit.why is not None or permit.secret:
                    return False
                return not (await operator.act(action)).sent
        except (ActionFailed, TimeoutError):
            return False

    def _free(self, tx: Tx) -> bool:
        """Whether nobody holds the session up, and it is still ours."""
        status = tx.fence(self._owned.id, self._owned.claim.epoch)
        return status in {Status.RUNNING, Status.WAITING} and tx.control(self._owned.id) is None


def unsent_in(events: Iterable[Event], page: str | None) -> Unsent:
    """What the page at that address holds by these events, of which the last was the last of all."""
    unsent, approved, agreed, leaves = Unsent(), False, False, False
    for event in events:
        match event:
            case ControlEvent():
                unsent = Unsent()  # what a person did to the page is not on record
            case DecisionEvent():
                approved = event.data.request.approved
            case ActionEvent() if event.data.phase == "started":
                agreed, approved = approved, False
                if leaves:  # it was not done to its end, and others came after it: who knows what the page holds
                    unsent = Unsent()
                leaves = not isinstance(action_of(event.data.action), LOOKS)
            case ActionEvent() if event.data.phase == "done":
                unsent, leaves = _after(unsent, event.data, page, agreed=agreed), False
            case _:
                pass
    return unsent


def _after(unsent: Unsent, done: ActionData, page: str | None, *, agreed: bool) -> Unsent:
    action = action_of(done.action)
    if done.sent is not False or done.url not in (None, page) or not _stays(action):
        return Unsent()
    if isinstance(action, Fill) and action.target.text and not agreed and MASK not in str(action):
        plain = action.target.model_copy(update={"ref": None})  # a reference is one of a browser that is gone
        unsent.fills.append(action.model_copy(update={"target": plain}))
    elif isinstance(action, Fill | TypeSecret | Upload):
        unsent.missing.append(str(action.target))
    return unsent


def _sentence(done: int, missing: list[str]) -> str:
    gone = ", ".join(missing)
    if not done:
        return f"The browser is a new one: what was typed and not sent is gone from {gone}."
    again = "The browser is a new one: what was typed and not sent was filled in again"
    return f"{again}, but for {gone}." if missing else f"{again}."


def _stays(action: Action) -> bool:
    return isinstance(action, STAYS) and not (isinstance(action, Type | TypeSecret) and action.submit)
