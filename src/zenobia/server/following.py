"""What each command makes of the client that sent it: the active one or not, and which session it follows."""

from collections.abc import Sequence
from typing import Any, cast

from zenobia.protocol.commands import JoinSession, Payload, SessionAck
from zenobia.protocol.wire import Json
from zenobia.sessions.audience import Client

BY_ITSELF = frozenset({"startLiveView", "stopLiveView", "watchHumanLayerRequests"})
"""Commands that a page sends by itself, as it comes into sight and goes."""


def sent_by_itself(name: str, arguments: Sequence[Json]) -> bool:
    """Whether no person stands behind a command, so that it makes nobody the active client."""
    if name != "sendInput":
        return name in BY_ITSELF
    given = arguments[0] if arguments else None
    return isinstance(given, dict) and not cast("dict[str, Json]", given).get("inputs")  # it only says: still there


def follow(client: Client, name: str, payload: Payload, ack: Any) -> None:
    """Move the client to the session that a command made its current one."""
    if client.repeats(name, payload.command_id):
        return
    match name:
        case "createSession" if client.session != ack.session_id:  # a repeat must not tell it all again
            client.follow(ack.session_id, 0)
        case "joinSession" if isinstance(payload, JoinSession) and isinstance(ack, SessionAck):
            if payload.after_seq is not None:
                client.follow(payload.session_id, payload.after_seq)
            elif client.session != payload.session_id:
                client.follow(payload.session_id, ack.session.last_seq)
        case "leaveSession" if getattr(payload, "session_id", None) in {None, client.session}:
            client.leave()
        case "deleteSession" if getattr(payload, "session_id", None) == client.session:
            client.leave()
        case _:
            return
