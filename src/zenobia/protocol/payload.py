"""What every command shares: the beginning of each payload, and of each answer; and how a bad payload is named."""

from collections.abc import Sequence
from typing import Literal

from zenobia.protocol.session import Session
from zenobia.protocol.wire import Id, Json, Wire


class Payload(Wire):
    """What a client sends. `commandId`, chosen by the client, makes a repeat within 24 hours answer the same."""

    command_id: Id | None = None


class ForSession(Payload):
    """About a session: the client's current one unless `sessionId` names another."""

    session_id: Id | None = None


class Ack(Wire):
    """It was done; if it changed anything, it is on disk."""

    success: Literal[True] = True


class ErrorAck(Wire):
    """It was not done: a sentence for a person, a word for a program, and whether trying again can help."""

    success: Literal[False] = False
    error: str
    code: str
    retryable: bool
    details: dict[str, Json] | None = None


class SessionAck(Ack):
    """It was done; here is the session as it now stands."""

    session: Session


def problems(found: Sequence[Json]) -> str:
    """What is wrong with a payload, field by field, in words, as pydantic found it; what was sent is not repeated."""
    said = [f"{_place(one['loc']) or 'payload'}: {one['msg'].removeprefix('Value error, ')}" for one in found]
    more = f" (and {len(said) - 5} more)" if len(said) > 5 else ""
    return "; ".join(said[:5]) + more


def _place(location: Sequence[str | int]) -> str:
    """Where a problem is: a client's own key may be in it, so it is cut, and made text that can be sent.

    Where a field takes one of several shapes, pydantic names each that was tried, some by the function that checks it.
    """
    parts = [str(part).encode(errors="replace").decode()[:100] for part in location]
    return ".".join(part for part in parts if not part.startswith("function-"))
