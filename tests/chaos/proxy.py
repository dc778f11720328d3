"""A way to the server that can be cut, and clients that do not behave."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect


class Wire:
    """Carries connections to a server, until told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.connections = 0
        self.down = False
        """Whether connections are refused."""
        self.deaf = False
        """Whether what the server says is lost from now on."""

    def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        task = asyncio.create_task(self._carry(reader, writer), name="wire")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.down:
            writer.transport.abort()
            return
        try:
            up, down = await asyncio.open_connection(*self._server)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, down}
        sending = asyncio.create_task(self._copy(reader, down, answers=False), name="to the server")
        try:
            await self._copy(up, writer, answers=True)
        finally:
            sending.cancel()
            for end in (writer, down):
                end.transport.abort()
                self._open.discard(end)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                if not (answers and self.deaf):
                    writer.write(data)
                    await writer.drain()

    def cut(self) -> None:
        """Break every connection, as a reset would."""
        for writer in list(self._open):
            writer.transport.abort()

    async def close(self) -> None:
        """Carry nothing any more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.cut()


@asynccontextmanager
async def a_wire(url: str) -> AsyncGenerator[Wire]:
    """A wire for as long as the context lasts; its `url` leads to the server."""
    wire = Wire(url)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        await wire.close()


@asynccontextmanager
async def a_deaf_client(url: str, session: str) -> AsyncGenerator[ClientConnection]:
    """An observer that has joined a session from its beginning, and from then on reads no more than it must."""
    parts = urlsplit(url)
    taker = socket.socket()
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    taker.setblocking(False)
    await asyncio.get_running_loop().sock_connect(taker, (parts.hostname, parts.port))
    address = f"ws://{parts.netloc}/socket.io/?EIO=4&transport=websocket"
    async with connect(address, sock=taker, max_queue=1, close_timeout=1, ping_interval=None) as websocket:
        await websocket.send('40{"role":"observer"}')
        await websocket.send(f'420["joinSession",{json.dumps({"sessionId": session, "afterSeq": 0})}]')
        yield websocket
