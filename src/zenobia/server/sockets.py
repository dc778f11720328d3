"""Socket.IO, and the only place that knows the library under it.

The library's own dispatch is used up to the event; from there each client's commands are answered one at a time, in
the order sent, and its updates are pumped from its cursor in a bounded window. What the library would answer with
silence (a malformed packet, an oversize message, an unknown namespace) is answered here with a reason.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportIncompatibleMethodOverride=false
# The library ships no types; this file is the fence around that.

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import socketio
from socketio import packet as sio_packet
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from zenobia.protocol.commands import Ack, ForSession, JoinSession, Payload, ScreenshotAck, SessionAck
from zenobia.protocol.errors import InvalidPayload, PayloadTooLarge, RateLimited, ZenobiaError
from zenobia.protocol.events import EVENT_NAME
from zenobia.protocol.limits import Limits
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk
from zenobia.server.errors import error_ack
from zenobia.sessions.audience import Audience, Client
from zenobia.sessions.callers import Caller
from zenobia.store.engine import Store
from zenobia.store.log import StoredEvent

log = logging.getLogger(__name__)

WINDOW = 64
"""Events sent to a client before the library's queue must have drained: its memory is bounded by this."""

SLOW = 30.0
"""Seconds a client may take to drain its window before it is cut; it resumes from its cursor when it is back."""

DISMISS_WITHIN = 1.0
"""Seconds that each client gets to be told the last of it when the server stops."""

HARD = 8
"""A message larger than this many times the limit is cut off while it arrives, as nothing could read its ack id."""

_RESERVED = frozenset({"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "*"})
_HEAD = re.compile(r"^[25](?:\d{1,9}-)?(?:/[^,]{0,200},)?(\d{1,15})?\[")


class _Orjson:
    """The JSON module as the library wants one, on orjson; stored JSON passes through untouched."""

    @staticmethod
    def dumps(value: Json, **_options: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> Json:
        return orjson.loads(text)


class _Packet(sio_packet.Packet):
    """A packet whose binary parts, if any, are values of an answer's object: no deep scan of every event."""

    json = _Orjson

    @classmethod
    def data_is_binary(cls, data: Json) -> bool:
        objects = [one for one in cast("list[Json]", data) if isinstance(one, dict)] if isinstance(data, list) else []
        return any(isinstance(value, bytes) for one in objects for value in cast("dict[str, Json]", one).values())


@dataclass(slots=True)
class _Link:
    """One connected client's side of the wire."""

    eio_sid: str
    client: Client
    teller: asyncio.Task[None]
    tokens: float
    refilled: float = field(default_factory=time.monotonic)


Identify = Callable[[Json, dict[str, Json]], Awaitable[Caller]]
"""Who a connection is, from its `auth` and its request; raises a ZenobiaError to refuse it."""


class Sockets(socketio.AsyncServer):
    """The Socket.IO server: an ASGI part is made of it, and nothing else is asked of it."""

    def __init__(self, desk: Desk, store: Store, audience: Audience, limits: Limits, identify: Identify) -> None:
        super().__init__(
            async_mode="asgi",
            cors_allowed_origins="*",
            cors_credentials=False,
            serializer=_Packet,
            json=_Orjson,
            async_handlers=False,
            max_http_buffer_size=HARD * limits.payload,
            http_compression=False,
            logger=False,
            engineio_logger=False,
        )
        self._desk = desk
        self._store = store
        self._audience = audience
        self._limits = limits
        self._identify = identify
        self._links: dict[str, _Link] = {}
        self.on("connect", self._connected)
        self.on("disconnect", self._disconnected)

    async def close(self) -> None:
        """Tell every client what there is left to tell, then let it go in a way that makes it connect again."""
        links = list(self._links.values())
        await asyncio.gather(*(self._dismiss(link) for link in links), return_exceptions=True)
        await self.shutdown()

    async def _dismiss(self, link: _Link) -> None:
        link.teller.cancel()
        async with asyncio.timeout(DISMISS_WITHIN):
            for event in await link.client.rest(self._store):
                await self._send_event(link.eio_sid, event)
            await self.eio.disconnect(link.eio_sid)

    # What the library calls. Each override keeps its signature and adds an answer where it had none.

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Take one message; whatever cannot be read ends the connection, as the protocol says."""
        if len(data) > self._limits.payload:
            await self._too_large(eio_sid, data)
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            log.info("a client sent a packet that cannot be read; its connection is closed")
            await self.eio.disconnect(eio_sid)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Json) -> None:
        """Connect to the one namespace there is; any other is refused in the words that clients know."""
        if namespace not in {None, "/"}:
            refusal = _Packet(sio_packet.CONNECT_ERROR, data={"message": "Invalid namespace"}, namespace=namespace)
            await self._send_packet(eio_sid, refusal)
            return
        if self.manager.sid_from_eio_sid(eio_sid, "/") is not None:
            raise ValueError("already connected")
        await super()._handle_connect(eio_sid, namespace, data)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Json) -> None:
        """Carry one command out, answer it, and only then let what it caused be told."""
        link = self._links.get(self.manager.sid_from_eio_sid(eio_sid, namespace or "/") or "")
        name = data[0]
        if link is None or not isinstance(name, str) or name in _RESERVED:
            raise ValueError("not an event")
        answer, follow = await self._answer(link, name, data[1:])
        if id is not None:
            packet = _Packet(sio_packet.ACK, namespace=namespace, id=id, data=[answer])
            await self._send_packet(eio_sid, packet)
        follow()

    # Connections

    async def _connected(self, sid: str, environ: dict[str, Json], auth: Json = None) -> None:
        try:
            caller = await self._identify(auth, environ)
            client = self._audience.connect(caller)
        except ZenobiaError as error:
            ack = error_ack(error)
            raise SocketRefused(ack.error, ack.wire()) from error
        eio_sid = cast("str", self.manager.eio_sid_from_sid(sid, "/"))
        teller = asyncio.create_task(self._tell(eio_sid, client), name=f"tell {sid}")
        self._links[sid] = _Link(eio_sid, client, teller, tokens=self._limits.command_burst)

    async def _disconnected(self, sid: str, _reason: str) -> None:
        link = self._links.pop(sid, None)
        if link is not None:
            self._audience.disconnect(link.client)
            link.teller.cancel()

    async def _tell(self, eio_sid: str, client: Client) -> None:
        """Send the client its updates, never more than a window ahead of what it takes."""
        sent = 0
        async for event in client.updates(self._store):
            await self._send_event(eio_sid, event)
            sent += 1
            if sent % WINDOW == 0 and not await self._drained(eio_sid):
                log.info("a client does not take its updates; its connection is closed")
                await self.eio.disconnect(eio_sid)
                return

    async def _send_event(self, eio_sid: str, event: StoredEvent) -> None:
        data = [EVENT_NAME, orjson.Fragment(event.json)]
        await self._send_packet(eio_sid, _Packet(sio_packet.EVENT, data=data, binary=False))

    async def _drained(self, eio_sid: str) -> bool:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return False
        try:
            async with asyncio.timeout(SLOW):
                await socket.queue.join()
        except TimeoutError:
            return False
        return True

    # Commands

    async def _answer(self, link: _Link, name: str, arguments: list[Json]) -> tuple[Json, Callable[[], None]]:
        """The answer to a command, and what is to happen once it is on its way."""
        try:
            self._spend(link)
            payload = self._read(link.client, name, arguments)
            self._audience.interact(link.client)
            ack = await self._desk.carry_out(link.client.caller, name, payload)
        except ZenobiaError as error:
            return error_ack(error).wire(), _nothing
        return _answer_json(ack), lambda: _follow(link.client, name, payload, ack)

    def _read(self, client: Client, name: str, arguments: list[Json]) -> Payload:
        if len(arguments) > 1:
            raise InvalidPayload(problem="a command has one payload.")
        payload = self._desk.read(name, arguments[0] if arguments else None)
        if isinstance(payload, ForSession) and payload.session_id is None:
            return payload.model_copy(update={"session_id": client.session})
        return payload

    def _spend(self, link: _Link) -> None:
        """Take one of the client's tokens; they come back at its allowed rate.

        Raises:
            RateLimited: it has none left.
        """
        now = time.monotonic()
        regained = (now - link.refilled) * self._limits.commands_per_second
        link.tokens = min(float(self._limits.command_burst), link.tokens + regained)
        link.refilled = now
        if link.tokens < 1:
            raise RateLimited(limit=self._limits.commands_per_second)
        link.tokens -= 1

    async def _too_large(self, eio_sid: str, data: str | bytes) -> None:
        """Answer a message that is too large without reading more of it than its head."""
        head = _HEAD.match(data[:300]) if isinstance(data, str) else None
        if head is None:
            await self.eio.disconnect(eio_sid)
        elif head[1] is not None:
            ack = error_ack(PayloadTooLarge(limit=self._limits.payload)).wire()
            await self._send_packet(eio_sid, _Packet(sio_packet.ACK, id=int(head[1]), data=[ack]))


def _answer_json(ack: Ack) -> Json:
    """An answer as the library can send it; bytes stay bytes, and travel as an attachment."""
    if isinstance(ack, ScreenshotAck) and isinstance(ack.screenshot, bytes):
        return ack.model_dump(by_alias=True)
    return orjson.Fragment(ack.model_dump_json(by_alias=True))


def _nothing() -> None:
    """Nothing follows a refusal."""


def _follow(client: Client, name: str, payload: Payload, ack: Any) -> None:
    """Move the client to the session that a command made its current one."""
    match name:
        case "createSession":
            client.follow(ack.session_id, 0)
        case "joinSession" if isinstance(payload, JoinSession) and isinstance(ack, SessionAck):
            if payload.after_seq is not None:
                client.follow(payload.session_id, payload.after_seq)
            elif client.session != payload.session_id:
                client.follow(payload.session_id, ack.session.last_seq)
        case "leaveSession":
            client.leave()
        case "deleteSession" if getattr(payload, "session_id", None) == client.session:
            client.leave()
        case _:
            return
