"""The composition root: every part is made here, once, and handed to those that need it. Read it top to bottom."""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import cast

from engineio import ASGIApp
from fastapi import Request

from zenobia.operators.base import Browsers
from zenobia.operators.pool import ChromiumBrowsers
from zenobia.plugins import agents
from zenobia.protocol.errors import InvalidPayload
from zenobia.protocol.ids import new_id
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk
from zenobia.server.edge import Edge
from zenobia.server.http import http_app
from zenobia.server.listening import Listening
from zenobia.server.sockets import HARD, Sockets
from zenobia.sessions.audience import Audience
from zenobia.sessions.callers import Caller
from zenobia.sessions.deadlines import keep_deadlines
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.sessions import Sessions
from zenobia.sessions.supervisor import Supervisor
from zenobia.settings import Settings
from zenobia.store.blobs import Blobs
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_store

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(settings: Settings, *, browsers: Browsers | None = None) -> AsyncGenerator[Listening]:
    """A server that serves as long as the context lasts; `browsers` takes the place of real ones in tests.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    settings.require_private()
    limits = settings.limits
    async with AsyncExitStack() as stack:
        directory = DataDirectory(settings.data_dir)
        directory.open()
        stack.callback(directory.close)
        scratch = directory.scratch()
        database = None if settings.database is None else settings.database.get_secret_value()
        store = await open_store(directory, limits, database)
        stack.push_async_callback(store.close)
        blobs = Blobs.at(str(directory.path / "blobs"))
        await blobs.sweep()
        browsers = browsers or chromium(settings, scratch)
        stack.push_async_callback(browsers.close)

        files = Files(store, blobs, limits, scratch)
        house = _house(settings, store, blobs, browsers, scratch)
        supervisor = Supervisor(house, files)
        await supervisor.recover()
        audience = Audience(limits.clients)
        desk = Desk(Sessions(house, files, supervisor), limits)
        sockets = Sockets(desk, store, audience, limits, identify_socket)
        rest = http_app(desk, store, files, audience, supervisor, identify_request)
        edge = Edge(rest, ASGIApp(sockets, engineio_path="/socket.io"), limits, polling_body=HARD * limits.payload)

        await browsers.start()
        listening = Listening(edge, settings.host, settings.port, largest_message=HARD * limits.payload)
        # Left in the opposite order: refuse new work, put the sessions back, tell the clients, close the port.
        await stack.enter_async_context(_alongside(listening.serve(), "listening", listening))
        stack.push_async_callback(listening.stop)
        stack.push_async_callback(sockets.close)
        await stack.enter_async_context(_alongside(keep_deadlines(store), "deadlines", listening))
        await stack.enter_async_context(_alongside(supervisor.keep_leases(), "leases", listening))
        await stack.enter_async_context(_alongside(supervisor.run(), "supervisor", listening))
        stack.push_async_callback(supervisor.announce_stop)
        stack.callback(desk.drain)
        await listening.ready.wait()
        yield listening


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; prints one line with the URL once it can serve.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as listening:
        print(f"Zenobia is listening on {listening.url}", flush=True)  # noqa: T201 - the line that programs wait for
        waiting = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(listening.ended.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()


def _house(settings: Settings, store: Store, blobs: Blobs, browsers: Browsers, scratch: Path) -> House:
    return House(
        store=store,
        blobs=blobs,
        browsers=browsers,
        agents=agents(),
        default_agent=settings.default_agent,
        limits=settings.limits,
        search_url=settings.search_url,
        scratch=scratch,
        name=new_id("srv"),
    )


def chromium(settings: Settings, scratch: Path) -> Browsers:
    """The real browsers."""
    return ChromiumBrowsers(
        executable=settings.chromium,
        warm=settings.warm_browsers,
        action_timeout=settings.action_timeout,
        screenshot_timeout=settings.screenshot_timeout,
        scratch=scratch,
    )


@asynccontextmanager
async def _alongside(work: Coroutine[None, None, None], name: str, listening: Listening) -> AsyncGenerator[None]:
    """Run `work` beside the rest; should it end by itself, the server ends too."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(lambda _: listening.ended.set())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def identify_socket(auth: Json, environ: dict[str, Json]) -> Caller:
    """Who a Socket.IO connection is.

    Raises:
        InvalidPayload: its `auth` is no object, or names a role that there is not.
    """
    given = cast("dict[str, Json]", auth) if isinstance(auth, dict) else {}
    role = given.get("role")
    if role not in {None, "observer"}:
        raise InvalidPayload(problem='auth.role can be "observer".')
    return Caller(name="socket", observer=role == "observer")


def identify_request(request: Request) -> Caller:
    """Who a REST request is from."""
    return Caller(name="rest")
