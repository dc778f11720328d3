"""Engine.IO held to its protocol: heartbeats by a clock that nobody sets, closes that are prompt, and no client that
can make the server wait.

The library's server takes each request to its connection; a connection's life (opening, heartbeat, upgrade, what
cannot be read, closing) is decided here, where the library would wait for the client or go on in silence.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportIncompatibleMethodOverride=false
# The library ships no types; with sockets.py this file is the fence around that.

import asyncio
import contextlib
from typing import Protocol, cast
from urllib.parse import parse_qs

import engineio
from engineio import ASGIApp as ASGIApp  # what serves it
from engineio import packet as eio_packet
from engineio.async_socket import AsyncSocket
from engineio.exceptions import UnknownPacketError
from engineio.payload import Payload

from zenobia.protocol.wire import Json
from zenobia.server.turns import Turns
from zenobia.server.unspoken import Reason, body

UPGRADE_WITHIN = 10.0
"""Seconds that each step of an upgrade to websocket may take; after that the client stays with polling."""

_GONE = (OSError, RuntimeError)
"""What sending raises once the websocket is gone, or closed from below."""

_REASONS = {
    "The client is using an unsupported version": Reason.UNSUPPORTED_PROTOCOL,
    "Invalid session None": Reason.BAD_HANDSHAKE_METHOD,
    "Invalid session": Reason.UNKNOWN_SID,
}
"""How the library begins a sentence, and what it means; a test knows when it says it in other words."""


class _Payload(Payload):
    """The packets of one request: as many as a client that was offline for a while has saved up."""

    max_decode_packets = 10_000


class _Websocket(Protocol):
    """What the library's ASGI driver gives us of a websocket."""

    async def wait(self) -> str | bytes: ...
    async def send(self, message: str | bytes) -> None: ...
    async def close(self) -> None: ...


class Connection(AsyncSocket):
    """One client's connection, by polling, by websocket, or first one and then the other."""

    def __init__(self, server: "Engine", sid: str) -> None:
        super().__init__(server, sid)
        self._answered = asyncio.Event()
        self._polling = False
        self._websocket: _Websocket | None = None
        self._line = asyncio.Lock()
        """Held by whoever sends over the websocket, so that what waits keeps its turn."""
        self._heartbeat: asyncio.Task[None] | None = None

    def start_heartbeat(self) -> None:
        """Ask from time to time whether the client is still there, as long as the connection lasts."""
        self._heartbeat = asyncio.create_task(self._beat(), name=f"heartbeat {self.sid}")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.server.ping_interval)
            self._answered.clear()
            await self.send(eio_packet.Packet(eio_packet.PING))
            try:
                async with asyncio.timeout(self.server.ping_timeout):
                    await self._answered.wait()
            except TimeoutError:
                await self.close(reason=self.server.reason.PING_TIMEOUT)
                return

    # What the library calls. Each override keeps its signature.

    def schedule_ping(self) -> None:
        """The client has answered: no news, see `receive`."""

    async def check_ping_timeout(self) -> bool:
        """Whether the connection stands; its heartbeat alone decides when it does not."""
        return not self.closing

    async def send(self, pkt: eio_packet.Packet) -> None:
        """Have a packet sent, unless the connection is at its end: at once where nothing waits to be sent before it."""
        if self.closing:
            return
        if self._websocket is None or self._line.locked() or not self.queue.empty():
            self.queue.put_nowait(pkt)
            return
        async with self._line:
            with contextlib.suppress(*_GONE):  # whoever reads from it finds out as well, and ends the connection
                await _put(self._websocket, pkt)

    async def poll(self) -> list[eio_packet.Packet]:
        """Everything that waits to be sent, as soon as there is something; nothing at the end of the connection.

        The library gives each wait a task and a deadline of its own; here the heartbeat sees to it that none lasts.
        """
        packets: list[eio_packet.Packet] = []
        packet = await self.queue.get()
        while packet is not None:
            self.queue.task_done()
            packets.append(packet)
            if self.queue.empty():
                return packets
            packet = self.queue.get_nowait()
        self.queue.task_done()
        if packets:
            self.queue.put_nowait(None)  # these first; the end at the next poll
        return packets

    async def receive(self, pkt: eio_packet.Packet) -> None:
        """Take one packet; one that no client may send ends the connection.

        Whatever comes shows that the client is there: its answer to a heartbeat stands behind all it sent before, of
        which no more is read than the server can take.
        """
        self._answered.set()
        if pkt.packet_type == eio_packet.MESSAGE:  # the library looks at what the handler is each time
            await self._take(pkt.data)
            return
        try:
            await super().receive(pkt)
        except (UnknownPacketError, IndexError):  # the library looks a number it does not know up in a list
            await self.close(reason=self.server.reason.TRANSPORT_ERROR)

    async def _take(self, data: Json) -> None:
        """Hand a message on, in its turn; an error of ours ends the connection, so that the client comes back."""
        await self.server.turns.wait(len(data) if isinstance(data, str | bytes) else 0)
        try:
            await self.server.handlers["message"](self.sid, data)
        except Exception:
            await self.close(reason=self.server.reason.TRANSPORT_ERROR)
            raise

    async def handle_get_request(self, environ: dict[str, Json]) -> Json:
        """Answer a poll; two at once would split what is sent between them, so they end the connection."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return await super().handle_get_request(environ)
        if self._polling:
            raise UnknownPacketError
        self._polling = True
        try:
            return await super().handle_get_request(environ)
        finally:
            self._polling = False

    async def handle_post_request(self, environ: dict[str, Json]) -> None:
        """Take the packets of one request, all of which must be readable."""
        body: bytes = await environ["wsgi.input"].read()
        if body.startswith(b"d="):
            raise UnknownPacketError  # how JSONP says it, which any page could post as a form
        try:
            packets = _Payload(encoded_payload=body.decode()).packets
        except (ValueError, IndexError, KeyError) as error:
            raise UnknownPacketError from error
        for packet in packets:
            if self.closing:
                return
            await self.receive(packet)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """End the connection without waiting for the client: a poll under way is answered, a websocket is closed."""
        if self.closing:
            return
        self.closing = True
        if self._heartbeat is not None and self._heartbeat is not asyncio.current_task():
            self._heartbeat.cancel()
        await self.server._trigger_event("disconnect", self.sid, reason or self.server.reason.SERVER_DISCONNECT)
        if not (abort and self.upgraded):
            self.queue.put_nowait(eio_packet.Packet(eio_packet.NOOP if abort else eio_packet.CLOSE))
        self.queue.put_nowait(None)
        self.closed = True
        self.server.sockets.pop(self.sid, None)

    async def _upgrade_websocket(self, environ: dict[str, Json]) -> Json:
        if self.upgrading:
            return self.server._bad_request("Another upgrade is under way")
        return await super()._upgrade_websocket(environ)

    async def _websocket_handler(self, websocket: _Websocket) -> None:
        """Serve a websocket to its end; one that came to upgrade and does not leaves the polling as it was.

        The library waits for each message in a task of its own, with a deadline; here the heartbeat is the deadline.
        """
        try:
            if self.connected and not await self._upgrades(websocket):
                return
            self.connected = self.upgraded = True
            await self._talk(websocket)
        finally:
            self.upgrading = False
            await websocket.close()

    async def _talk(self, websocket: _Websocket) -> None:
        self._websocket = websocket
        writing = asyncio.create_task(self._write(websocket), name=f"write {self.sid}")
        try:
            await self._read(websocket)
            self.queue.put_nowait(None)  # what waits to be sent still is
            await writing
        finally:
            writing.cancel()
        await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _upgrades(self, websocket: _Websocket) -> bool:
        """Whether the client takes this websocket in place of its polling, and says so in time."""
        self.upgrading = True  # polls are answered at once, and empty
        try:
            if await self._next(websocket) != (eio_packet.PING, "probe"):
                return False
            await websocket.send(f"{eio_packet.PONG}probe")
            self.queue.put_nowait(eio_packet.Packet(eio_packet.NOOP))  # which ends a poll under way
            return (await self._next(websocket))[0] == eio_packet.UPGRADE and not self.closing
        except (OSError, ValueError, IndexError):
            return False  # it went away, took too long, or said what cannot be read

    async def _next(self, websocket: _Websocket) -> tuple[int, Json]:
        async with asyncio.timeout(UPGRADE_WITHIN):
            packet = eio_packet.Packet(encoded_packet=await websocket.wait())
        return packet.packet_type, packet.data

    async def _read(self, websocket: _Websocket) -> None:
        try:
            while True:
                await self.receive(eio_packet.Packet(encoded_packet=await websocket.wait()))
        except OSError:
            return  # it is gone
        except (ValueError, IndexError):
            await self.close(reason=self.server.reason.TRANSPORT_ERROR)

    async def _write(self, websocket: _Websocket) -> None:
        """Send what had to wait."""
        try:
            while packets := await self.poll():
                async with self._line:
                    for packet in packets:
                        await _put(websocket, packet)
        except _GONE:
            return
        await websocket.close()


async def _put(websocket: _Websocket, packet: eio_packet.Packet) -> None:
    if packet.packet_type != eio_packet.NOOP:  # which only ends a poll
        await websocket.send(cast("str", packet.encode()))


class Engine(engineio.AsyncServer):
    """The library's server, with our connections."""

    sockets: dict[str, Connection]
    max_payload: int
    """Bytes of one message, as clients are told; `max_http_buffer_size` is where reading stops."""

    def __init__(self, *args: Json, **options: Json) -> None:
        super().__init__(*args, **options)
        self.turns = Turns()

    async def handle_request(self, *args: Json) -> Json:
        """Answer one request. A second websocket of an upgraded connection is opened only to be closed."""
        scope, receive, send = args
        sid = parse_qs(scope["query_string"].decode("latin-1")).get("sid", [""])[0]
        if scope["type"] == "websocket" and sid in self.sockets and self.sockets[sid].upgraded:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 1008, "reason": "This connection has its websocket."})
            return None
        return await super().handle_request(scope, receive, send)

    async def send(self, sid: str, data: str | bytes) -> None:
        """Send a message to a client, if it is still there."""
        connection = self.sockets.get(sid)
        if connection is not None:
            await connection.send(eio_packet.Packet(eio_packet.MESSAGE, data))

    async def _handle_connect(self, environ: dict[str, Json], transport: str, jsonp_index: int | None = None) -> Json:
        """Open a connection: the handshake, then whatever the transport brings."""
        sid = self.generate_id()
        connection = self.sockets[sid] = Connection(self, sid)
        handshake = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingInterval": round(self.ping_interval * 1000),
            "pingTimeout": round(self.ping_timeout * 1000),
            "maxPayload": self.max_payload,
        }
        await connection.send(eio_packet.Packet(eio_packet.OPEN, handshake))
        await self._trigger_event("connect", sid, environ)
        connection.start_heartbeat()
        if transport == "websocket":
            return await connection.handle_get_request(environ)
        connection.connected = True
        return self._ok(await connection.poll())

    def _bad_request(self, message: str | None = None) -> Json:
        """What a request is refused with: the library writes a sentence of its own, clients know a number."""
        said = message or ""
        reason = next((of for beginning, of in _REASONS.items() if said.startswith(beginning)), Reason.BAD_REQUEST)
        headers = [("Content-Type", "application/json")]
        return {"status": "400 BAD REQUEST", "headers": headers, "response": body(reason)}

    def _ok(
        self,
        packets: list[eio_packet.Packet] | None = None,
        headers: list[tuple[str, str]] | None = None,
        jsonp_index: int | None = None,
    ) -> Json:
        """What was posted is taken: the word for that is in small letters."""
        answer = super()._ok(packets, headers, jsonp_index)
        return answer if packets is not None else answer | {"response": b"ok"}
