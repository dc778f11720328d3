"""The only way out of one browser context: a SOCKS proxy on a port of its own, which asks the wall before it dials.

Chromium opens every connection of a context through it (pages, frames, workers, WebSockets, prefetches) and looks up no
name itself. What it gets is a plain tunnel, so nothing here reads or changes what passes.
"""

import asyncio
import logging
import struct
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

from zenobia.operators.allowed import USUAL, Allowed
from zenobia.operators.chores import Chores
from zenobia.operators.wall import Refused, Unreachable, Wall
from zenobia.protocol.action_errors import ActionFailed, BlockedUrl, NavigationFailed

log = logging.getLogger(__name__)

SPEAKS_WITHIN = 10.0
"""Seconds that whoever connects gets to say where it wants to go."""

DIALS_WITHIN = 15.0
TRIES_WITHIN = 4.0
"""Seconds for one address of several; the last one gets all that is left."""

MOST_TUNNELS = 512
LINGERS = 10.0
"""Seconds that one side gets to take what is left for it once the other is gone."""

MOST_LOOKING = 4
"""Names that one context may have looked up at once: its page does not hold up all the others."""

MOST_KEPT = 200
"""Failures remembered, so that an action can say what was the matter."""

VERSION, CONNECT, NO_SECRET = 5, 1, 0
V4, NAME, V6 = 1, 3, 4
DONE, FORBIDDEN, NO_HOST, NOT_SPOKEN = 0, 2, 4, 7
LONGEST_GREETING = 600

Place = tuple[str, int]


class Gate:
    """One context's way out."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._allowed: Allowed | None = None
        self._chores = Chores("gate")
        self._server: asyncio.Server | None = None
        self._tunnels: set[_Browser] = set()
        self._failures: OrderedDict[Place, Refused | Unreachable] = OrderedDict()
        self._told: Callable[[str, str], None] | None = None
        self._looking = asyncio.Semaphore(MOST_LOOKING)
        self.port = 0

    async def open(self) -> None:
        """Listen, on a port of this machine that no browser can reach through any gate."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Browser(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._wall.keep_off(self.port)

    @property
    def address(self) -> str:
        """What the browser is told."""
        return f"socks5://127.0.0.1:{self.port}"

    def allow(self, allowed: Allowed | None) -> None:
        """Let no more through than a session is allowed; with None, all that the wall lets."""
        self._allowed = allowed

    def listen(self, told: Callable[[str, str], None]) -> None:
        """Tell of each refused host, with the reason, once."""
        self._told = told

    def close(self) -> None:
        """Cut whatever is open or being dialled, and listen no more; may be called twice."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for tunnel in tuple(self._tunnels):
            tunnel.cut()
        self._wall.forget(self.port)

    async def check(self, url: str) -> None:
        """Refuse an address before the browser leaves its page for it.

        Raises:
            BlockedUrl: it leads where this session may not go.
        """
        place = _place(url)
        if place is None:
            return
        try:
            await self._ways(*place)
        except Refused as refused:
            raise BlockedUrl(url=url, problem=str(refused)) from None
        except Unreachable:
            return  # the browser says so itself, in the place where people expect it

    def problem(self, url: str) -> ActionFailed | None:
        """Why the way to an address was not given, if it was not."""
        place = _place(url)
        failure = None if place is None else self._failures.get(place)
        if failure is None:
            return None
        return (BlockedUrl if isinstance(failure, Refused) else NavigationFailed)(url=url, problem=str(failure))

    def admit(self, tunnel: "_Browser") -> bool:
        """Take a connection in, unless there are too many."""
        if len(self._tunnels) >= MOST_TUNNELS or self._server is None:
            return False
        self._tunnels.add(tunnel)
        return True

    def leave(self, tunnel: "_Browser") -> None:
        """A connection has ended."""
        self._tunnels.discard(tunnel)

    def dial(self, tunnel: "_Browser", host: str, port: int) -> None:
        """Begin to connect a browser with where it wants to go."""
        tunnel.dialling = self._chores.start(self._dial(tunnel, _plain(host), port), "dial")

    async def _dial(self, tunnel: "_Browser", host: str, port: int) -> None:
        place = (host, port)
        try:
            async with asyncio.timeout(DIALS_WITHIN):
                site = await self._reached(host, port)
        except Refused as refused:
            self._remember(place, refused)
            tunnel.refuse(FORBIDDEN)
        except Unreachable as failure:
            self._remember(place, failure)
            tunnel.refuse(NO_HOST)
        except TimeoutError:
            self._remember(place, Unreachable("the site did not answer."))
            tunnel.refuse(NO_HOST)
        else:
            self._failures.pop(place, None)
            tunnel.join(site)

    async def _reached(self, host: str, port: int) -> "_Site":
        """A connection with the first of a host's addresses that takes one."""
        ways = await self._ways(host, port)
        problem = Unreachable("the site cannot be reached.")
        for number, way in enumerate(ways, start=1):
            try:
                async with asyncio.timeout(TRIES_WITHIN if number < len(ways) else None):
                    _, site = await asyncio.get_running_loop().create_connection(_Site, way, port)
                    return site
            except TimeoutError:
                problem = Unreachable("the site did not answer.")
            except ConnectionRefusedError:
                problem = Unreachable("the site refused the connection.")
            except OSError as error:
                log.debug("%s could not be dialled: %r", way, error)
        raise problem

    async def _ways(self, host: str, port: int) -> list[str]:
        if self._allowed is not None and not self._allowed.holds(host, port):
            raise Refused(f"this session may reach {self._allowed} only.")
        async with self._looking:
            return await self._wall.ways(host, port)

    def _remember(self, place: Place, failure: Refused | Unreachable) -> None:
        known = self._failures.pop(place, None)
        self._failures[place] = failure
        if len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)
        if isinstance(failure, Refused) and known is None and self._told is not None:
            self._told(place[0], str(failure))


class _End(asyncio.Protocol):
    """One end of a tunnel: what comes in here goes out there, no faster than it is taken."""

    transport: asyncio.Transport | None = None
    other: "_End | None" = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        """This side takes too slowly what comes from the other."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """This side has caught up."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other side too, once it has taken what it was sent: no browser half closes a connection."""
        other, self.other = self.other, None
        if other is not None and other.transport is not None:
            other.transport.close()
            asyncio.get_running_loop().call_later(LINGERS, other.transport.abort)  # if it will not take it

    def cut(self) -> None:
        """End it, whatever is on its way."""
        if self.transport is not None:
            self.transport.abort()


class _Site(_End):
    """The end at the site; it is heard once the other end is there to be told."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait until it is joined."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).pause_reading()


class _Browser(_End):
    """The end at the browser, which first says where it wants to go."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._said = bytearray()
        self._greeted = False
        self._late: asyncio.TimerHandle | None = None
        self.dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give it a while to say what it wants."""
        super().connection_made(transport)
        self._late = asyncio.get_running_loop().call_later(SPEAKS_WITHIN, self.cut)
        if not self._gate.admit(self):
            self.cut()

    def data_received(self, data: bytes) -> None:
        """A word of the beginning, or something to pass on."""
        if self.other is not None:
            super().data_received(data)
            return
        self._said += data
        if len(self._said) > LONGEST_GREETING or not self._understood():
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop whatever is done for it."""
        super().connection_lost(exc)
        self._gate.leave(self)
        if self._late is not None:
            self._late.cancel()
        if self.dialling is not None:
            self.dialling.cancel()

    def refuse(self, why: int) -> None:
        """Answer that there is no way."""
        self._answer(why)
        if self.transport is not None:
            self.transport.close()

    def join(self, site: _Site) -> None:
        """Pass on everything from now on."""
        if self.transport is None or self.transport.is_closing() or site.transport is None:
            site.cut()
            return
        self.other, site.other = site, self
        self._answer(DONE)
        self.transport.resume_reading()
        site.transport.resume_reading()

    def _understood(self) -> bool:
        """Take what has been said so far; False if nobody speaks like that."""
        if not self._greeted and len(self._said) >= 2 and len(self._said) >= 2 + self._said[1]:
            methods = bytes(self._said[2 : 2 + self._said[1]])
            if self._said[0] != VERSION or NO_SECRET not in methods or self.transport is None:
                return False
            del self._said[: 2 + len(methods)]
            self._greeted = True
            self.transport.write(bytes((VERSION, NO_SECRET)))
        if not self._greeted or len(self._said) < 5:
            return not self._said or self._said[0] == VERSION
        if self._said[0] != VERSION:
            return False
        if self._said[1] != CONNECT:
            self.refuse(NOT_SPOKEN)
            return True
        return self._wanted()

    def _wanted(self) -> bool:
        kind, at = self._said[3], 4
        length = {V4: 4, V6: 16, NAME: 1 + self._said[4]}.get(kind)
        if length is None:
            return False
        if len(self._said) < at + length + 2:
            return True
        raw = bytes(self._said[at : at + length])
        (port,) = struct.unpack("!H", self._said[at + length : at + length + 2])
        if len(self._said) > at + length + 2 or self.transport is None:
            return False  # it speaks before it was answered
        self._said.clear()
        if self._late is not None:
            self._late.cancel()
        self.transport.pause_reading()
        self._gate.dial(self, raw[1:].decode("latin-1") if kind == NAME else str(ip_address(raw)), port)
        return True

    def _answer(self, what: int) -> None:
        if self.transport is not None:
            self.transport.write(struct.pack("!BBBBIH", VERSION, what, 0, V4, 0, 0))


def _plain(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("[").removesuffix("]")


def _place(url: str) -> Place | None:
    """Where an address leads, if it leads anywhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or USUAL.get(parts.scheme)
    except ValueError:
        return None
    return (_plain(parts.hostname), port) if parts.hostname and port else None
