"""Where every command is answered, whichever wire it came over: read, checked, carried out, within its deadline.

A payload is data until the table's model has read it; nothing deeper than a bound, and no text that a store or a
browser would mangle, gets further.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Sized
from typing import Any, TypeVar, cast

import orjson
from pydantic import ValidationError

from zenobia.protocol import commands as c
from zenobia.protocol.commands import Ack, Command, ErrorAck, Payload
from zenobia.protocol.errors import (
    Draining,
    Internal,
    InvalidPayload,
    ObserverOnly,
    TimedOut,
    UnknownCommand,
    ZenobiaError,
)
from zenobia.protocol.ids import new_id
from zenobia.protocol.limits import Limits
from zenobia.protocol.payload import ForSession, problems
from zenobia.protocol.wire import Json
from zenobia.server.errors import error_ack
from zenobia.sessions.callers import Caller
from zenobia.sessions.calling import Calling
from zenobia.sessions.driving import Driving
from zenobia.sessions.queries import Queries
from zenobia.sessions.sessions import Sessions
from zenobia.telemetry.marks import marked
from zenobia.telemetry.meters import OTHER, Meters

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Payload)
A = TypeVar("A", bound=Ack)

Verb = Callable[[Caller, Any], Awaitable[Ack]]


class Desk:
    """Answers commands."""

    def __init__(
        self,
        sessions: Sessions,
        queries: Queries,
        driving: Driving,
        calling: Calling,
        limits: Limits,
        meters: Meters | None = None,
    ) -> None:
        self._limits = limits
        self._meters = meters or Meters()
        self._verbs: dict[str, Verb] = dict(_verbs(sessions, queries, driving, calling))
        self.draining = False
        """Whether it takes no new work any more."""

    def drain(self) -> None:
        """Take no new work from now on; what changes nothing is still answered."""
        self.draining = True

    def read(self, name: str, given: Json, *, current: str | None = None) -> Payload:
        """The payload of a command from what a client sent: an object, a bare string, or nothing.

        It is read as JSON, where strict means that each value has its type: "12" is no number and "yes" no truth.
        A command for a session that names none is for the client's `current` one.

        Raises:
            UnknownCommand, InvalidPayload: it is none of them.
        """
        try:
            return self._read(name, given, current)
        except ZenobiaError as error:
            self._meters.command(name if name in c.COMMANDS else OTHER, error.code, 0)
            raise

    def _read(self, name: str, given: Json, current: str | None) -> Payload:
        command = c.COMMANDS.get(name)
        if command is None:
            raise UnknownCommand(command=name)
        check_json(given, self._limits.json_depth, self._limits.json_members)
        if isinstance(given, str) and command.bare is not None:
            given = {command.bare: given}
        if given is None:
            given = {}
        if not isinstance(given, dict):
            raise InvalidPayload(problem="it must be an object.")
        members = cast("dict[str, Json]", given)
        if current is not None and issubclass(command.payload, ForSession) and members.get("sessionId") is None:
            members = {**members, "sessionId": current}
        try:
            return command.payload.model_validate_json(orjson.dumps(members), strict=True, by_alias=True, by_name=False)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            raise InvalidPayload(problem=problems(found)) from None

    async def carry_out(self, caller: Caller, name: str, payload: Payload, arrived: float | None = None) -> Ack:
        """Do what a read payload asks for; its time runs from `arrived` on the loop's clock, or else from now.

        Raises:
            ZenobiaError: it was not done; nothing else ever comes out.
        """
        began, outcome = time.perf_counter(), "gone"  # if whoever asked is
        try:
            with marked(command=name, request=new_id("cmd"), session=getattr(payload, "session_id", None)):
                ack = await self._carry_out(caller, name, payload, arrived)
            outcome = "success"
        except ZenobiaError as error:
            outcome = error.code
            raise
        finally:
            self._meters.command(name, outcome, time.perf_counter() - began)
        return ack

    async def _carry_out(self, caller: Caller, name: str, payload: Payload, arrived: float | None) -> Ack:
        caller.require(c.COMMANDS[name].needs)
        if caller.observer and c.COMMANDS[name].changes:
            raise ObserverOnly
        if self.draining and c.COMMANDS[name].changes:
            raise Draining
        now = asyncio.get_running_loop().time()
        until = (now if arrived is None else arrived) + self._limits.command
        if until <= now:  # begun all the same, it might be done though its answer says that it was not
            raise TimedOut(seconds=self._limits.command)
        try:
            async with asyncio.timeout_at(until):
                return await self._verbs[name](caller, payload)
        except ZenobiaError:
            raise
        except TimeoutError:
            raise TimedOut(seconds=self._limits.command) from None
        except Exception as error:
            log.exception("the command %s failed", name)
            raise Internal from error

    async def answer(self, caller: Caller, name: str, given: Json) -> Ack | ErrorAck:
        """The answer to a command, whatever happens."""
        try:
            return await self.carry_out(caller, name, self.read(name, given))
        except ZenobiaError as error:
            return error_ack(error)


def _verbs(sessions: Sessions, queries: Queries, driving: Driving, calling: Calling) -> Iterator[tuple[str, Verb]]:
    """Which verb carries out which row of the table; the types hold the two together."""

    def row(command: Command[P, A], verb: Callable[[Caller, P], Awaitable[A]]) -> tuple[str, Verb]:
        return command.name, cast("Verb", verb)

    yield row(c.CREATE_SESSION, sessions.create)
    yield row(c.JOIN_SESSION, queries.join)
    yield row(c.LEAVE_SESSION, queries.leave)
    yield row(c.CANCEL_SESSION, sessions.cancel)
    yield row(c.PAUSE_SESSION, sessions.pause)
    yield row(c.RESUME_SESSION, sessions.resume)
    yield row(c.SEND_MESSAGE, sessions.send_message)
    yield row(c.SEND_FILE_ATTACHMENTS, sessions.attach)
    yield row(c.TAKE_SCREENSHOT, queries.screenshot)
    yield row(c.GET_SESSION, queries.get)
    yield row(c.EXPORT_PLAYBOOK, queries.export)
    yield row(c.LIST_PICTURES, queries.pictures)
    yield row(c.LIST_SESSIONS, queries.list_sessions)
    yield row(c.DELETE_SESSION, sessions.delete)
    yield row(c.GET_REQUESTS, queries.requests)
    yield row(c.GET_REQUEST, queries.request)
    yield row(c.APPROVE_REQUEST, sessions.approve)
    yield row(c.DENY_REQUEST, sessions.deny)
    yield row(c.RESPOND_REQUEST, sessions.respond)
    yield row(c.WATCH_REQUESTS, calling.watch)
    yield row(c.GET_PUSH_KEY, calling.push_key)
    yield row(c.SUBSCRIBE_PUSH, calling.subscribe)
    yield row(c.UNSUBSCRIBE_PUSH, calling.unsubscribe)
    yield row(c.START_LIVE_VIEW, queries.start_live_view)
    yield row(c.STOP_LIVE_VIEW, queries.stop_live_view)
    yield row(c.TAKE_CONTROL, driving.take)
    yield row(c.SEND_INPUT, driving.do)
    yield row(c.RELEASE_CONTROL, driving.release)


def check_json(value: Json, depth: int, members: int) -> None:
    """Refuse JSON that is nested too deep, has too many members, or holds text that cannot be stored as it is.

    How many there are is asked before they are looked at: to look at a megabyte of them holds everybody up.

    Raises:
        InvalidPayload: it does.
    """
    level: list[Json] = [value]
    left = members
    for _ in range(depth):
        left -= sum(len(cast("Sized", one)) for one in level if isinstance(one, dict | list))
        if left < 0:
            raise InvalidPayload(problem=f"it has more than {members} members.")
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise InvalidPayload(problem=f"it is nested deeper than {depth} levels.")


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        members = cast("dict[Json, Json]", value)
        return [*members.keys(), *members.values()]
    if isinstance(value, list):
        return cast("list[Json]", value)
    if isinstance(value, bytes):
        raise InvalidPayload(problem="it must not hold binary data.")
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, int | float):
        _check_number(value)
    return []


def _check_text(text: str) -> None:
    if "\0" in text:
        raise InvalidPayload(problem="text must not contain NUL characters.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidPayload(problem="text must be valid Unicode.") from None


def _check_number(number: float) -> None:
    if isinstance(number, int) and not -(2**63) <= number < 2**64:
        raise InvalidPayload(problem="whole numbers must fit in 64 bits.")
    if not math.isfinite(number):
        raise InvalidPayload(problem="numbers must be finite.")
