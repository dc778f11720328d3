"""The composition root: every part is made here, once, and handed to those that need it. Read it top to bottom."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from zenobia import __version__
from zenobia.agents.browser.budget import Budget
from zenobia.operators.base import Browsers
from zenobia.operators.courier import Courier
from zenobia.operators.later import LaterBrowsers
from zenobia.operators.wall import Wall
from zenobia.plugins import MakeAgent, agents
from zenobia.protocol.errors import UnknownSessionType, ZenobiaError
from zenobia.protocol.health import AboutAck
from zenobia.protocol.ids import new_id
from zenobia.server.auth import Entrance, identify
from zenobia.server.desk import Desk
from zenobia.server.edge import App, Edge
from zenobia.server.later import LaterApp
from zenobia.server.listening import Listening
from zenobia.server.sockets import HARD, Sockets
from zenobia.server.trust import Trust
from zenobia.sessions.audience import Audience
from zenobia.sessions.calling import Calling
from zenobia.sessions.deadlines import keep_deadlines
from zenobia.sessions.driving import Driving
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.live import Live
from zenobia.sessions.provider import Provider
from zenobia.sessions.push import Scribe
from zenobia.sessions.queries import Queries
from zenobia.sessions.sessions import Sessions
from zenobia.sessions.sharing import share_audience
from zenobia.sessions.signing import Signing
from zenobia.sessions.supervisor import Supervisor
from zenobia.sessions.sweeping import keep_swept
from zenobia.sessions.vault import KEY_FILE, Vault, look_into
from zenobia.settings import NotPrivate, Settings
from zenobia.store.blobs import Blobs
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_beside, open_store
from zenobia.telemetry.tracing import NoTraces, sending

log = logging.getLogger(__name__)


class TracesNotInstalled(ZenobiaError):
    """otlp_endpoint is set, but what sends traces is not installed: pip install 'zenobia[traces]'."""

    code = "traces_not_installed"


class ToolsNotInstalled(ZenobiaError):
    """mcp_servers is set, but what speaks with MCP servers is not installed: pip install 'zenobia[mcp]'."""

    code = "mcp_not_installed"


class NeedsDatabase(ZenobiaError):
    """A worker shares its database with the servers that it works for: set ZENOBIA_DATABASE to a postgresql:// URL."""

    code = "needs_database"


@asynccontextmanager
async def serving(
    settings: Settings, *, browsers: Browsers | None = None, wall: Wall | None = None
) -> AsyncGenerator[Listening]:
    """A server that serves as long as the context lasts; tests bring `browsers` or a `wall` of their own.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    limits, wall = settings.limits, wall or Wall(settings.allow_networks)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(_opened(settings, browsers, wall))
        store = house.store
        trust = Trust(settings.hosts, settings.origins)
        entrance = Entrance(await _keyring(settings, store))
        files = Files(store, house.blobs, limits, house.scratch)
        supervisor = Supervisor(house, files)
        await supervisor.recover()
        audience = Audience(limits.clients, limits.clients_per_key)
        driving = Driving(house, files, supervisor, entrance.keyring)
        calling = _calling(settings, house, audience, entrance, wall)
        desk = Desk(Sessions(house, files), Queries(house, files, supervisor), driving, calling, limits, store.meters)
        live = Live(store, supervisor, driving)
        sockets = Sockets(desk, store, audience, live, limits, entrance, trust.origins)
        rest = _rest(settings, house, desk, files, audience, supervisor, entrance.keyring)
        edge = Edge(rest, sockets, entrance, trust, limits, polling_body=HARD * limits.payload)

        listening = Listening(
            edge, settings.host, settings.port, largest_message=HARD * limits.payload, proxies=settings.trusted_proxies
        )
        wall.keep_off(listening.port)
        # Left in the opposite order: refuse new work, put the sessions back, tell the clients, close the port.
        await stack.enter_async_context(_alongside(listening.serve(), "listening", listening.ended))
        stack.push_async_callback(listening.stop)
        stack.push_async_callback(sockets.close)
        stack.push_async_callback(live.close)
        people = (driving, calling)
        await stack.enter_async_context(_attended(store, audience, entrance, sockets, people, listening.ended))
        await stack.enter_async_context(_running(house, files, supervisor, listening.ended, work=settings.worker))
        await listening.ready.wait()
        loading = _load(rest, house, listening.complete, work=settings.worker)
        await stack.enter_async_context(_alongside(loading, "load", listening.ended, goes_on=False))
        stack.callback(store.bell.stop)
        stack.callback(desk.drain)
        yield listening


@asynccontextmanager
async def _attended(
    store: Store,
    audience: Audience,
    entrance: Entrance,
    sockets: Sockets,
    people: tuple[Driving, Calling],
    ended: asyncio.Event,
) -> AsyncGenerator[None]:
    """What goes on by itself for clients and people: who is active, drives, is called, was refused; which keys end."""
    driving, calling = people
    async with (
        AsyncExitStack() as stack,
        _alongside(entrance.keyring.keep(), "keyring", ended),
        _alongside(sockets.keep_out(), "access", ended),
        _alongside(entrance.keep_record(store), "refusals", ended),
        _alongside(driving.run(), "driving", ended),
        _alongside(calling.run(), "calling", ended),
    ):
        if not store.alone:
            await stack.enter_async_context(_alongside(share_audience(store, audience), "audience", ended))
        yield


async def _load(rest: LaterApp, house: House, complete: asyncio.Event, *, work: bool) -> None:
    """Load what those who come back first, who are clients of Socket.IO, do not wait for."""
    await rest.load()
    if work:
        await house.browsers.start()
    complete.set()
    await look_into(house.vault, house.store)


def _rest(
    settings: Settings,
    house: House,
    desk: Desk,
    files: Files,
    audience: Audience,
    supervisor: Supervisor,
    keyring: Keyring,
) -> LaterApp:
    """What is spoken over plain HTTP; the framework behind it takes a quarter of a start to load."""
    store, limits, origins = house.store, settings.limits, settings.origins
    about, signing = _about(settings, house), _signing(settings, store, keyring)

    def make() -> App:
        from zenobia.server.http import http_app

        return http_app(desk, store, files, audience, supervisor, limits, keyring, identify, about, origins, signing)

    return LaterApp(make)


def _calling(settings: Settings, house: House, audience: Audience, entrance: Entrance, wall: Wall) -> Calling:
    scribe = Scribe(house.vault, settings.push_contact)
    return Calling(house.store, audience, entrance.keyring, Courier(wall), scribe)


def _signing(settings: Settings, store: Store, keyring: Keyring) -> Signing | None:
    if (chosen := settings.oidc) is None:
        return None
    provider = Provider(chosen.issuer, chosen.client, chosen.secret, chosen.back)
    return Signing(store, keyring, provider, chosen.grants, chosen.groups, chosen.lasts)


def _about(settings: Settings, house: House) -> AboutAck:
    return AboutAck(
        version=__version__,
        agents=sorted(house.agents),
        default_agent=house.default_agent,
        demo_site=settings.demo_site,
    )


@asynccontextmanager
async def working(settings: Settings, *, browsers: Browsers | None = None) -> AsyncGenerator[asyncio.Event]:
    """A server without a port, that runs the sessions of others; gives what is set should it end by itself.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    if settings.database is None:
        raise NeedsDatabase
    ended = asyncio.Event()
    wall = Wall(settings.allow_networks)
    wall.keep_off(settings.port)  # of the server that it works for, if that is on this machine
    async with _opened(settings, browsers, wall) as house:
        files = Files(house.store, house.blobs, house.limits, house.scratch)
        async with _running(house, files, Supervisor(house, files), ended, work=True):
            await house.browsers.start()
            yield ended


@asynccontextmanager
async def beside(settings: Settings) -> AsyncGenerator[Store]:
    """What a server keeps, for a moment's work on it, whether or not one runs on it.

    Raises:
        ZenobiaError: it cannot be opened, and why.
    """
    database = None if settings.database is None else settings.database.get_secret_value()
    with open_beside(DataDirectory(settings.data_dir), settings.limits, database) as store:
        try:
            yield store
        finally:
            await store.close()


async def _keyring(settings: Settings, store: Store) -> Keyring:
    """The keys there are.

    Raises:
        NotPrivate: others than this machine can reach the server, and there is no key for them to show.
    """
    keyring = Keyring(store, closed=settings.oidc is not None)
    await keyring.load()
    if not settings.private and not keyring.opens:
        raise NotPrivate(host=settings.host)
    return keyring


def agents_of(settings: Settings) -> dict[str, MakeAgent]:
    """The agents there are.

    Raises:
        UnknownSessionType: the default one is not among them.
    """
    found = agents(settings.choice, Budget(tokens=settings.max_tokens, cost=settings.max_cost))
    if settings.agent not in found:
        raise UnknownSessionType(session_type=settings.agent, known=", ".join(sorted(found)))
    return found


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; prints one line with the URL once it can serve.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    stop = _signalled()
    async with serving(settings) as listening:
        print(f"Zenobia is listening on {listening.url}", flush=True)  # noqa: T201 - the line that programs wait for
        await either(stop, listening.complete, listening.ended)
        _collect()
        await either(stop, listening.ended)


async def work(settings: Settings) -> None:
    """Run the sessions of other servers until SIGTERM or SIGINT; prints one line once it does.

    Raises:
        ZenobiaError: it cannot start, and why.
    """
    stop = _signalled()
    async with working(settings) as ended:
        print(f"Zenobia is working, {settings.max_sessions} sessions at once", flush=True)  # noqa: T201 - as above
        _collect()
        await either(stop, ended)


def _collect() -> None:
    """Collect garbage from now on; what is loaded by now stays, so no collection needs to walk through it."""
    gc.collect()  # what is garbage now would stay as well
    gc.freeze()
    gc.enable()


def _signalled() -> asyncio.Event:
    """What is set when somebody wants the process to end."""
    stop = asyncio.Event()
    numbers = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        numbers.discard(signal.SIGHUP)  # started by nohup, it is to outlive its terminal
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def either(*events: asyncio.Event) -> None:
    """Wait until one of these is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()


@asynccontextmanager
async def _opened(settings: Settings, browsers: Browsers | None, wall: Wall) -> AsyncGenerator[House]:
    """What this process keeps and shares: its directory, the store, the bytes, the browsers."""
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(sending(settings.otlp_endpoint, version=__version__))
        except NoTraces as error:
            raise TracesNotInstalled from error
        if settings.mcp_servers and find_spec("mcp") is None:
            raise ToolsNotInstalled
        directory = DataDirectory(settings.data_dir)
        directory.open()
        stack.callback(directory.close)
        scratch = directory.scratch()
        database = None if settings.database is None else settings.database.get_secret_value()
        store = open_store(directory, settings.limits, database)
        stack.push_async_callback(store.close)
        blobs = Blobs.at(settings.blobs or str(directory.path / "blobs"))
        await blobs.sweep()
        browsers = browsers or chromium(settings, scratch, wall)
        stack.push_async_callback(browsers.close)
        yield House(
            store=store,
            blobs=blobs,
            browsers=browsers,
            agents=agents_of(settings),
            default_agent=settings.agent,
            limits=settings.limits,
            search_url=settings.search_page,
            scratch=scratch,
            name=new_id("srv"),
            vault=Vault(settings.key_for_secrets, directory.path / KEY_FILE),
            policy=settings.rules,
            sandbox="remote" if settings.remote_browsers else str(settings.confinement),
            wall="none" if settings.remote_browsers else "on",
            tool_servers=settings.mcp_servers,
            tool_timeout=settings.mcp_timeout,
        )


@asynccontextmanager
async def _running(
    house: House, files: Files, supervisor: Supervisor, ended: asyncio.Event, *, work: bool
) -> AsyncGenerator[None]:
    """What goes on by itself: deadlines, leases, and sessions if there are to be any in this process."""
    async with (
        _alongside(keep_deadlines(house.store, files), "deadlines", ended),
        _alongside(keep_swept(house.store, files), "sweep", ended),
        _alongside(supervisor.keep_leases(), "leases", ended),
        AsyncExitStack() as stack,
    ):
        if work:
            await stack.enter_async_context(_alongside(supervisor.run(), "supervisor", ended))
            stack.push_async_callback(supervisor.announce_stop)
        yield


def chromium(settings: Settings, scratch: Path, wall: Wall) -> Browsers:
    """The real browsers, loaded when they are needed: the library behind them takes longer than the rest to import."""

    def make() -> Browsers:
        from zenobia.operators.pool import ChromiumBrowsers

        return ChromiumBrowsers(
            executable=settings.chromium,
            warm=settings.warm_browsers,
            action_timeout=settings.action_timeout,
            screenshot_timeout=settings.screenshot_timeout,
            scratch=scratch,
            wall=wall,
            page_memory=settings.max_page_memory,
            held=settings.confinement,
            remote=settings.remote_browsers,
        )

    return LaterBrowsers("zenobia.operators.pool", make)


@asynccontextmanager
async def _alongside(
    work: Coroutine[None, None, None], name: str, ended: asyncio.Event, *, goes_on: bool = True
) -> AsyncGenerator[None]:
    """Run `work` beside the rest; should it fail, or end by itself though it `goes_on`, the server ends too."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(lambda done: ended.set() if goes_on or (not done.cancelled() and done.exception()) else None)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
