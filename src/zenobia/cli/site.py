"""The demonstration site on a port of its own, gone within a second of being told to."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from zenobia.cli.failing import fail

CLOSE_WITHIN = 1
"""Seconds that open requests get: one page of the site never finishes by itself."""


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us and a word when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the process's signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and say so."""
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def demo_site(port: int) -> AsyncGenerator[str]:
    """The site's address, as long as the context lasts."""
    from zenobia_demo import create_app

    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        problem = os.strerror(error.errno) if error.errno else str(error)
        fail(
            f"The demonstration site cannot listen on port {port}: {problem}. Choose another one (0 takes a free one)."
        )
    config = uvicorn.Config(
        create_app(), loop="none", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=CLOSE_WITHIN
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="demonstration site")
    try:
        await server.ready.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with _without_complaints():
            await serving
        listener.close()


@contextmanager
def _without_complaints() -> Generator[None]:
    """Let the page that never finishes be cut off without a trace in the log."""
    log = logging.getLogger("uvicorn.error")
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False
