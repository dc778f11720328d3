"""What a Socket.IO message says: a packet, the command it carries, or at least whom to tell that it cannot be read."""

# pyright: reportUntypedBaseClass=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# The library ships no types; with sockets.py and engine.py this file is the fence around that.

import asyncio
import re
from dataclasses import dataclass, field
from typing import cast

import orjson
from socketio import packet as sio_packet

from zenobia.protocol.commands import Ack, ScreenshotAck
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.wire import Json

_RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
_HEAD = re.compile(r"[25](?:([0-9]{1,9})-)?(?:/,)?([0-9]{1,15})?\[")


class OrJson:
    """The JSON module as the library wants one, on orjson; stored JSON passes through untouched."""

    @staticmethod
    def dumps(value: Json, **_options: object) -> str:
        """JSON text."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> Json:
        """What JSON text says."""
        return orjson.loads(text)


class Packet(sio_packet.Packet):
    """A packet whose binary parts, if any, are values of an answer's object: no deep scan of every event."""

    json = OrJson

    @classmethod
    def data_is_binary(cls, data: Json) -> bool:
        """Whether the data holds bytes."""
        objects = [one for one in cast("list[Json]", data) if isinstance(one, dict)] if isinstance(data, list) else []
        return any(isinstance(value, bytes) for one in objects for value in cast("dict[str, Json]", one).values())


class Unreadable(Exception):
    """What came is not Socket.IO; the protocol says to close the connection."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it came; `problem` is what was wrong before anybody could read its payload.

    `arrived` is when, on the loop's clock: the time it may take counts from there, not from its turn.
    """

    id: int | None
    name: str = ""
    arguments: list[Json] = field(default_factory=list[Json])
    problem: ZenobiaError | None = None
    arrived: float = field(default_factory=lambda: asyncio.get_running_loop().time())


@dataclass(slots=True)
class Attachments:
    """Binary parts on their way. No command takes any, so they are counted and not kept."""

    id: int | None
    left: int
    size: int = 0


def as_command(packet: Packet) -> Command:
    """The command that an event is.

    Raises:
        Unreadable: no client may send that.
    """
    data = packet.data
    if packet.namespace not in {None, "/"} or not isinstance(data, list) or not data:
        raise Unreadable
    name, *arguments = cast("list[Json]", data)
    if type(name) not in (str, int) or name in _RESERVED:
        raise Unreadable
    return Command(packet.id, str(name), arguments)


def read_head(text: str) -> tuple[int | None, int]:
    """Of an event that cannot be read: the id under which its answer is awaited, and how many attachments follow.

    Raises:
        Unreadable: not even that can be told.
    """
    head = _HEAD.match(text)
    if head is None:
        raise Unreadable
    return None if head[2] is None else int(head[2]), int(head[1] or 0)


def answer_json(ack: Ack) -> Json:
    """An answer as the library can send it; bytes stay bytes, and travel as an attachment."""
    if isinstance(ack, ScreenshotAck) and isinstance(ack.screenshot, bytes):
        return ack.model_dump(by_alias=True)
    return orjson.Fragment(ack.model_dump_json(by_alias=True))
