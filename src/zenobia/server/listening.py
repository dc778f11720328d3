"""The web server underneath: one port, bound before anything is promised, closed without waiting for anybody."""

import asyncio
import logging
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from zenobia.protocol.errors import ZenobiaError
from zenobia.server.edge import App

for _name in ("uvicorn.error", "uvicorn.access"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they write addresses, queries and all

SAFE = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
]
"""What every answer says, whoever gives it: it is taken for what it is called, and shown in no page of others. A page
with a policy of its own says it beside this one, and a browser holds it to both."""

CLOSE_WITHIN = 2
"""Seconds that open requests get to finish when the server stops."""

STALLED = 30.0
"""Seconds after which a peer that takes nothing at all of what it is sent is cut off."""


class PortTaken(ZenobiaError):
    """Nothing can listen on {host}:{port}: {problem}. Choose another with --port (0 takes a free one)."""

    code = "port_taken"


ASKS_WITHIN = 10.0
"""Seconds in which a connection must have said what it asks for, from its start or from a request's first byte."""

LINGER = 2.0
"""Seconds that a peer whose message was cut off gets to read why."""


class _Stall:
    """Watches a connection whose peer has stopped to take what it is sent: without this it would stand for ever."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._left = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(STALLED, self._look)

    def over(self) -> None:
        """The peer takes again."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._transport.get_write_buffer_size()
        if left >= self._left:
            self._transport.abort()
            return
        self._left = left
        self._timer = asyncio.get_running_loop().call_later(STALLED, self._look)


class _MustTake(asyncio.Protocol):
    """A connection to a peer that must keep taking."""

    transport: asyncio.Transport
    _stall: _Stall | None = None

    def pause_writing(self) -> None:
        """The peer has fallen behind."""
        super().pause_writing()
        self._stall = _Stall(self.transport)

    def resume_writing(self) -> None:
        """The peer has caught up."""
        super().resume_writing()
        self._no_stall()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        super().connection_lost(exc)
        self._no_stall()

    def _no_stall(self) -> None:
        if self._stall is not None:
            self._stall.over()


class _Http(_MustTake, HttpToolsProtocol):
    """A connection that must say what it asks for: it, and each head of a request once begun, has so long."""

    _asking: asyncio.TimerHandle | None = None

    def connection_made(  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        self, transport: asyncio.Transport
    ) -> None:
        """Somebody is there, and has said nothing yet."""
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """The head of a request begins."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """It has said what it asks for."""
        self._asked()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._asked()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._asking is None:
            self._asking = self.loop.call_later(ASKS_WITHIN, self.transport.abort)

    def _asked(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None


class _Websocket(_MustTake, WebSocketsSansIOProtocol):
    def handle_parser_exception(self) -> None:
        """Say why, and let what is still on its way run out: closing over it would take the word back."""
        if self.close_timer is not None or self.conn.close_sent is None:
            return
        code, reason = int(self.conn.close_sent.code), self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER, self.transport.close)


class _Uvicorn(uvicorn.Server):
    """uvicorn, with the signals left to us and a word when it serves."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the process's signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and say so."""
        await super().startup(sockets)
        self._ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to accept before the socket is closed: the loop would go on to watch whatever gets its number next.

        Requests that are cut off by then get to end what they began: uvicorn cancels them and looks away.
        """
        for server in self.servers:
            server.close()
        await super().shutdown(sockets)
        if cut_off := set(self.server_state.tasks):
            await asyncio.wait(cut_off, timeout=CLOSE_WITHIN)


class Listening:
    """The port, from when it is bound to when it is closed.

    Raises:
        PortTaken: nothing can listen there.
    """

    def __init__(self, app: App, host: str, port: int, *, largest_message: int, proxies: Sequence[str] = ()) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=1_024)
        except OSError as error:
            problem = (error.strerror or str(error)).partition(" (while")[0]  # Python adds the address once more
            raise PortTaken(host=host, port=port, problem=problem) from error
        self._socket.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # an event must not wait for an ack of its ack
        shown = f"[{host}]" if ":" in host else host
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{shown}:{self.port}"
        self.ready = asyncio.Event()
        self.complete = asyncio.Event()
        """Set once everything is loaded, also what nobody waits for at the start."""
        self.ended = asyncio.Event()
        self._closed = asyncio.Event()
        config = uvicorn.Config(
            app,  # pyright: ignore[reportArgumentType]  # the same protocol, spelled with other names
            loop="none",
            http=_Http,
            ws=_Websocket,
            ws_max_size=largest_message,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            lifespan="off",
            access_log=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            log_config=None,
            server_header=False,
            headers=SAFE,
            timeout_graceful_shutdown=CLOSE_WITHIN,
        )
        self._server = _Uvicorn(config, self.ready)

    async def serve(self) -> None:
        """Serve until stopped."""
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._socket.close()
            self._closed.set()

    async def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self._server.should_exit = True
        await self._closed.wait()
