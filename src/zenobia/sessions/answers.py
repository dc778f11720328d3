"""At most once: a command with a `commandId` is done, and its answer kept, in one transaction; a repeat gets that."""

from collections.abc import Callable
from typing import Any, TypeVar

from zenobia.protocol.actions import digest
from zenobia.protocol.audit import Deed
from zenobia.protocol.commands import Ack, Command, ForRequest, ForSession, Payload
from zenobia.protocol.errors import (
    CommandIdReused,
    NoCurrentSession,
    SessionEnded,
    UnknownRequest,
    UnknownSession,
    ZenobiaError,
)
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.relayed import Relayed
from zenobia.protocol.session import Problem
from zenobia.protocol.wire import Json
from zenobia.sessions.callers import Caller
from zenobia.store.engine import Store
from zenobia.store.tx import Answer, Tx

A = TypeVar("A", bound=Ack)


def named(payload: ForSession) -> str:
    """The session that a payload names.

    Raises:
        NoCurrentSession: it names none.
    """
    if payload.session_id is None:
        raise NoCurrentSession
    return payload.session_id


def require_going(tx: Tx, session_id: str, caller: Caller) -> None:
    """Make sure that the workspace has the session and it has not ended.

    Raises:
        UnknownSession, SessionEnded: it has not, or it has.
    """
    status = tx.require(session_id, caller.workspace)
    if status.ended:
        raise SessionEnded(status=status)


def problem_of(error: ZenobiaError) -> Problem:
    """The error as the wire tells it."""
    return Problem(error=error.message, code=error.code, retryable=error.retryable, details=error.details)


async def once(
    store: Store, caller: Caller, command: Command[Any, A], payload: Payload, work: Callable[[Tx], A]
) -> tuple[A, bool]:
    """Do `work` in one transaction unless this command id was answered before; the answer, and whether it is new.

    A refusal is remembered too, unless trying again can help.

    Raises:
        CommandIdReused: the id was used for another command, or another payload.
        UnknownSession, UnknownRequest: it was done, for a session that has been deleted since.
        ZenobiaError: what `work` raised, now or the first time.
    """
    command_id = payload.command_id

    def recorded(tx: Tx) -> A:
        answer = work(tx)
        tx.record(_deed(caller, command, payload, answer))
        return answer

    if command_id is None:
        return await store.write(recorded), True
    said = digest(payload.wire())

    def whole(tx: Tx) -> tuple[A, bool]:
        earlier = tx.answer(caller.workspace, command_id)
        if earlier is not None:
            return _replay(earlier, command, said), False
        answer = recorded(tx)
        tx.keep_answer(caller.workspace, command_id, _answered(command, payload, said, answer.wire()))
        return answer, True

    try:
        return await store.write(whole)
    except (CommandIdReused, Relayed):
        raise
    except ZenobiaError as error:
        if not error.retryable:
            refusal = _answered(command, payload, said, {"success": False, **problem_of(error).wire()})
            await store.write(lambda tx: _keep_refusal(tx, caller.workspace, command_id, refusal))
        raise


def _deed(caller: Caller, command: Command[Any, Any], payload: Payload, answer: Ack) -> Deed:
    """What is recorded of a command: who gave it, what about, how a request was decided; none of their words."""
    session, request = getattr(answer, "session", None), getattr(answer, "request", None)
    about: dict[str, Json] = {"session": session.id if session else getattr(payload, "session_id", None)}
    if isinstance(request, HumanLayerRequest):
        about = {"session": request.session_id, "request": request.id, "decision": request.status}
        about |= {"digest": request.action.digest} if request.action else {}
    return caller.deed(command.name, about)


def _answered(command: Command[Any, Any], payload: Payload, said: str, answer: Json) -> Answer:
    """What is kept: the answer, and what was asked, so that an id is never taken for another question."""
    return Answer(command.name, {"said": said, "answer": answer}, _session(payload, answer))


def _session(payload: Payload, answer: Json) -> str | None:
    """The session that an answer tells of, if it tells of one."""
    both: list[Json] = [answer, answer.get("details") or {}]
    for told in both:
        if "session" in told:
            return told["session"]["id"]
        if "request" in told:
            return told["request"]["sessionId"]
    return getattr(payload, "session_id", None)


def _replay(earlier: Answer, command: Command[Any, A], said: str) -> A:
    if earlier.command == command.name and earlier.json is None:  # done once, and forgotten with its session
        raise UnknownRequest if issubclass(command.payload, ForRequest) else UnknownSession
    if earlier.command != command.name or earlier.json["said"] != said:
        raise CommandIdReused(command=earlier.command)
    answer: Json = earlier.json["answer"]
    if answer["success"] is False:
        raise Relayed(**{key: answer[key] for key in answer if key != "success"})
    return command.ack.model_validate(answer, by_alias=True, by_name=False)


def _keep_refusal(tx: Tx, workspace: str, command_id: str, refusal: Answer) -> None:
    if tx.answer(workspace, command_id) is None:
        tx.keep_answer(workspace, command_id, refusal)
