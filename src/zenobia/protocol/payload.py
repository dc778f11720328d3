"""What every command shares: the beginning of each payload, and of each answer."""

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
