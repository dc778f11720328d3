"""Which session a client follows after each of its commands."""

from typing import Any

from zenobia.protocol.commands import JoinSession, Payload, SessionAck
from zenobia.sessions.audience import Client


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
