"""Socket.IO: what clients say and are told over it; engine.py and packets.py beside it know the library, nothing else.

Each client's commands are answered one at a time, in the order sent, apart from the reading of what comes next; its
updates are pumped from its cursor. Both are bounded: who does not take what it is sent is not read from, and then cut.
What the library would answer with silence (a malformed packet, an oversize message, an unknown namespace) is answered
here with a reason.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportIncompatibleMethodOverride=false
# The library ships no types; this file, engine.py and packets.py are the fence around that.

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import orjson
import socketio
from socketio import packet as sio_packet
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from zenobia.protocol.calling import WatchHumanLayerRequests
from zenobia.protocol.commands import COMMANDS, Payload
from zenobia.protocol.errors import InvalidPayload, PayloadTooLarge, ZenobiaError
from zenobia.protocol.events import EVENT_NAME, REFUSED
from zenobia.protocol.limits import Limits
from zenobia.protocol.live import FRAME_NAME, ControlAck, StartLiveView, StopLiveView, TakeControl
from zenobia.protocol.wire import Json
from zenobia.server.auth import Entrance
from zenobia.server.bounds import Allowance
from zenobia.server.desk import Desk
from zenobia.server.engine import Engine
from zenobia.server.errors import error_ack
from zenobia.server.following import follow, sent_by_itself
from zenobia.server.notices import Notices
from zenobia.server.packets import Attachments, Command, OrJson, Packet, Unreadable, answer_json, as_command, read_head
from zenobia.server.showing import Screen
from zenobia.sessions.audience import Audience, Client
from zenobia.sessions.live import Live
from zenobia.store.bell import ACCESS
from zenobia.store.engine import Store

log = logging.getLogger(__name__)
transport_log = logging.getLogger(f"{__name__}.transport")
transport_log.setLevel(logging.WARNING)  # below that it writes whole packets, keys and prompts among them

PING_EVERY = 25.0
PONG_WITHIN = 20.0
"""Seconds between heartbeats, and for the answer to one; clients read both off the handshake."""

CONNECT_WITHIN = 10.0
"""Seconds that a connection may stand without saying that it is a client: only clients are counted and limited."""

WINDOW = 64
"""Messages that may wait in either direction before the other side must have taken some: memory is bounded by this."""

SLOW = 30.0
"""Seconds a client may take to drain its window before it is cut; it resumes from its cursor when it is back."""

HARD = 8
"""A message larger than this many times the limit is cut off while it arrives, as nothing could read its ack id."""

FINISH_WITHIN = 1.0
"""Seconds that commands under way get when the server stops."""


@dataclass(slots=True)
class _Link:
    """One connected client's side of the wire."""

    eio_sid: str
    client: Client
    allowance: Allowance
    screen: Screen
    notices: Notices
    teller: asyncio.Task[None] | None = None
    commands: asyncio.Queue[Command | None] = field(default_factory=asyncio.Queue[Command | None])
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WINDOW))


class Sockets(socketio.AsyncServer):
    """The Socket.IO server: an ASGI part is made of it, and nothing else is asked of it."""

    def __init__(
        self,
        desk: Desk,
        store: Store,
        audience: Audience,
        live: Live,
        limits: Limits,
        entrance: Entrance,
        origins: frozenset[str] | None = None,
    ) -> None:
        super().__init__(
            async_mode="asgi",
            cors_allowed_origins="*" if origins is None else sorted(origins),
            cors_credentials=False,
            serializer=Packet,
            json=OrJson,
            async_handlers=False,
            max_http_buffer_size=HARD * limits.payload,
            http_compression=False,
            ping_interval=PING_EVERY,
            ping_timeout=PONG_WITHIN,
            logger=False,
            engineio_logger=transport_log,  # given none, the library writes each line a second time, by itself
        )
        self.eio.max_payload = limits.payload
        self._desk = desk
        self._store = store
        self._audience = audience
        self._live = live
        self._limits = limits
        self._entrance = entrance
        self._links: dict[str, _Link] = {}
        self._attachments: dict[str, Attachments] = {}
        self.strangers: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.on("connect", self._connected)
        self.on("disconnect", self._disconnected)

    async def keep_out(self) -> None:
        """Cut off whoever's key has stopped to be good, as soon as it has, until cancelled."""
        with self._store.bell.listen(ACCESS) as rings:
            while True:
                await rings.wait()
                for link in list(self._links.values()):
                    try:
                        self._entrance.keyring.require_good(link.client.caller)
                    except ZenobiaError as error:
                        await self._cut_off(link.eio_sid, error)

    async def _cut_off(self, eio_sid: str, why: ZenobiaError) -> None:
        """End a connection, with a word that says why; the client does not come back by itself."""
        data = [REFUSED, error_ack(why).wire()]
        await self._send_packet(eio_sid, Packet(sio_packet.EVENT, data=data, binary=False))
        await self._send_packet(eio_sid, Packet(sio_packet.DISCONNECT))
        await self.eio.disconnect(eio_sid)

    async def close(self) -> None:
        """Let every client go, in a way that makes it connect again by itself."""
        for eio_sid in list(self.eio.sockets):
            await self.eio.disconnect(eio_sid)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_WITHIN)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What the library calls. Each override keeps its signature and adds an answer where it had none.

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Json]) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        self.strangers[eio_sid] = self._start(self._show_out(eio_sid), f"show out {eio_sid}")

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._no_stranger(eio_sid)
        self._attachments.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: Json) -> None:
        """Take one message; whatever cannot be read ends the connection, as the protocol says."""
        if eio_sid not in self.environ:
            return  # it has ended, and this came behind
        try:
            await self._take(eio_sid, data)
        except Unreadable:
            log.info("a client sent a packet that cannot be read; its connection is closed")
            await self.eio.disconnect(eio_sid)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Json) -> None:
        """Connect to the one namespace there is; any other is refused in the words that clients know."""
        if namespace not in {None, "/"}:
            refusal = Packet(sio_packet.CONNECT_ERROR, data={"message": "Invalid namespace"}, namespace=namespace)
            await self._send_packet(eio_sid, refusal)
            return
        if eio_sid in self._links or not (data is None or isinstance(data, dict)):
            raise Unreadable
        await super()._handle_connect(eio_sid, namespace, data)

    # Connections

    async def _connected(self, sid: str, environ: dict[str, Json], auth: Json = None) -> None:
        try:
            caller = await self._entrance.admit_socket(auth, environ)
            client = self._audience.connect(caller)
        except ZenobiaError as error:
            ack = error_ack(error)
            raise SocketRefused(ack.error, ack.wire()) from error
        eio_sid = cast("str", self.manager.eio_sid_from_sid(sid, "/"))
        self._no_stranger(eio_sid)
        screen = Screen(self._live, partial(self._frame, eio_sid), self._start)
        notices = Notices(client, self._store, partial(self._notice, eio_sid), self._start)
        link = self._links[eio_sid] = _Link(eio_sid, client, Allowance(self._limits), screen, notices)
        link.teller = self._start(self._tell(link), f"tell {sid}")
        if isinstance(auth, dict) and cast("dict[str, Json]", auth).get("notices") is True:
            notices.tell_turns()
        self._start(self._serve(link), f"serve {sid}")

    async def _disconnected(self, sid: str, _reason: str) -> None:
        link = self._links.pop(cast("str", self.manager.eio_sid_from_sid(sid, "/")), None)
        if link is not None:
            self._audience.disconnect(link.client)
            link.screen.close()
            link.commands.put_nowait(None)  # after what it sent before it went
            link.notices.close()
            if link.teller is not None:
                link.teller.cancel()

    async def _show_out(self, eio_sid: str) -> None:
        await asyncio.sleep(CONNECT_WITHIN)
        await self.eio.disconnect(eio_sid)

    def _no_stranger(self, eio_sid: str) -> None:
        stranger = self.strangers.pop(eio_sid, None)
        if stranger is not None:
            stranger.cancel()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)

    # Updates

    async def _tell(self, link: _Link) -> None:
        """Send the client its updates, never more than a window ahead of what it takes."""
        sent = 0
        try:
            async for event in link.client.updates(self._store):
                data = [EVENT_NAME, orjson.Fragment(event.json)]
                await self._send_packet(link.eio_sid, Packet(sio_packet.EVENT, data=data, binary=False))
                sent += 1
                if sent % WINDOW == 0:
                    await self._drain(link.eio_sid)
        except ZenobiaError:
            log.warning("a client's updates cannot be read; its connection is closed, so that it comes back for them")
            await self.eio.disconnect(link.eio_sid)

    async def _notice(self, eio_sid: str, name: str, facts: dict[str, Json]) -> None:
        """Tell a client something that is no update of its session."""
        await self._send_packet(eio_sid, Packet(sio_packet.EVENT, data=[name, facts], binary=False))

    async def _drain(self, eio_sid: str) -> None:
        """Wait until the client has taken what it was sent; one that does not is cut."""
        connection = self.eio.sockets.get(eio_sid)
        if connection is None:
            return
        try:
            async with asyncio.timeout(SLOW):
                await connection.queue.join()
        except TimeoutError:
            log.info("a client does not take what it is sent; its connection is closed")
            await self.eio.disconnect(eio_sid)

    async def _frame(self, eio_sid: str, number: int, frame: dict[str, Json]) -> None:
        """Show a client a live picture; it answers when it wants the next."""
        await self._send_packet(eio_sid, Packet(sio_packet.EVENT, data=[FRAME_NAME, frame], id=number))

    # Messages

    async def _take(self, eio_sid: str, data: Json) -> None:
        attachments = self._attachments.get(eio_sid)
        if attachments is not None and isinstance(data, bytes):
            await self._take_attachment(eio_sid, attachments, len(data))
            return
        if attachments is not None or not isinstance(data, str) or not data:
            raise Unreadable
        if len(data) > self._limits.payload or len(data.encode(errors="replace")) > self._limits.payload:
            await self._refuse(eio_sid, data, PayloadTooLarge(limit=self._limits.payload))
            return
        try:
            packet = Packet(encoded_packet=data)
        except ValueError:
            problem = f"it must be JSON in valid Unicode, nested at most {self._limits.json_depth} levels deep."
            await self._refuse(eio_sid, data, InvalidPayload(problem=problem))
            return
        await self._dispatch(eio_sid, packet)

    async def _dispatch(self, eio_sid: str, packet: Packet) -> None:
        match packet.packet_type:
            case sio_packet.CONNECT:
                await self._handle_connect(eio_sid, packet.namespace, packet.data)
            case sio_packet.DISCONNECT:
                await self._handle_disconnect(eio_sid, packet.namespace, self.reason.CLIENT_DISCONNECT)
                if eio_sid in self.eio.sockets and eio_sid not in self._links and eio_sid not in self.strangers:
                    self.strangers[eio_sid] = self._start(self._show_out(eio_sid), f"show out {eio_sid}")
            case sio_packet.EVENT:
                await self._enqueue(eio_sid, as_command(packet))
            case sio_packet.BINARY_EVENT if eio_sid in self._links and packet.attachment_count > 0:
                self._attachments[eio_sid] = Attachments(as_command(packet).id, packet.attachment_count)
            case sio_packet.ACK:
                if (link := self._links.get(eio_sid)) is not None:  # only live pictures are ever answered
                    link.screen.took(packet.id)
            case _:
                raise Unreadable

    async def _refuse(self, eio_sid: str, data: str, problem: ZenobiaError) -> None:
        """Answer a command of which no more than the head was read."""
        command_id, attachments = read_head(data)
        if attachments > 0:
            self._attachments[eio_sid] = Attachments(command_id, attachments, len(data))
            return
        await self._enqueue(eio_sid, Command(command_id, problem=problem))

    async def _take_attachment(self, eio_sid: str, attachments: Attachments, size: int) -> None:
        attachments.left -= 1
        attachments.size += size
        if attachments.left > 0:
            return
        del self._attachments[eio_sid]
        problem: ZenobiaError = InvalidPayload(problem="it must not hold binary data.")
        if attachments.size > self._limits.payload:
            problem = PayloadTooLarge(limit=self._limits.payload)
        await self._enqueue(eio_sid, Command(attachments.id, problem=problem))

    # Commands

    async def _enqueue(self, eio_sid: str, command: Command) -> None:
        """Put a command behind those that the client sent before; with many waiting, no more is read from it."""
        link = self._links.get(eio_sid)
        if link is None:
            raise Unreadable
        await link.room.acquire()
        if self._links.get(eio_sid) is not link:  # it was cut meanwhile: let the next who waits for room know
            link.room.release()
            return
        link.commands.put_nowait(command)

    async def _serve(self, link: _Link) -> None:
        """Carry the client's commands out, one by one, also those it sent just before it went."""
        while (command := await link.commands.get()) is not None:
            connection = self.eio.sockets.get(link.eio_sid)
            if connection is not None and connection.queue.qsize() > WINDOW:
                await self._drain(link.eio_sid)
            answer, follow = await self._answer(link, command)
            if command.id is not None:
                await self._send_packet(link.eio_sid, Packet(sio_packet.ACK, id=command.id, data=[answer]))
            follow()  # only now, so that what it caused is told after its answer
            link.room.release()

    async def _answer(self, link: _Link, command: Command) -> tuple[Json, Callable[[], None]]:
        """The answer to a command, and what is to happen once it is on its way."""
        try:
            self._entrance.keyring.require_good(link.client.caller)
            link.allowance.spend()
            if command.problem is not None:
                raise command.problem
            if command.name in COMMANDS and not sent_by_itself(command.name, command.arguments):
                self._audience.interact(link.client)
            payload = self._read(link.client, command)
            if isinstance(payload, StartLiveView) and payload.session_id is not None:
                link.screen.require_room(payload.session_id)
            ack = await self._desk.carry_out(link.client.caller, command.name, payload, command.arrived)
        except ZenobiaError as error:
            return error_ack(error).wire(), _nothing
        return answer_json(ack), lambda: self._follow(link, command.name, payload, ack)

    def _read(self, client: Client, command: Command) -> Payload:
        if len(command.arguments) > 1:
            raise InvalidPayload(problem="a command has one payload.")
        return self._desk.read(
            command.name, command.arguments[0] if command.arguments else None, current=client.session
        )

    def _follow(self, link: _Link, name: str, payload: Payload, ack: Any) -> None:
        """Show the client what a command asked for, and move it to the session that it made its current one."""
        if self._links.get(link.eio_sid) is not link:
            return  # it has gone meanwhile
        match payload:
            case StartLiveView(session_id=str(session)):
                link.screen.watch(session, payload)
            case StopLiveView():
                link.screen.stop(payload.session_id)
            case WatchHumanLayerRequests():
                link.notices.watch(in_sight=payload.in_sight)
            case TakeControl(session_id=str(session)) if isinstance(ack, ControlAck):
                link.screen.drives(session, ack.control_id)
            case _:
                follow(link.client, name, payload, ack)


def _nothing() -> None:
    """Nothing follows a refusal."""
