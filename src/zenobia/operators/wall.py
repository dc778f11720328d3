"""Which addresses browsers may reach: the public internet, and what the owner of this machine opens to them.

A name is resolved here, once, and what is judged is what is dialled. A place is refused by where it is, however it is
spelled and whoever wants it: the page, a redirect, a worker, a frame. Our own ports stay shut whatever else is opened.
"""

import asyncio
import ipaddress
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from zenobia.operators.chores import Chores

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Awaitable[Iterable[str]]]
"""Gives the addresses of a name; raises OSError when there are none."""

RESOLVED_WITHIN = 8.0
RESOLVED_FOR = 30.0
"""Seconds for which a name's addresses are kept: a page opens many connections to one site."""

MOST_NAMES = 1_000
PUBLIC_V6 = ipaddress.ip_network("2000::/3")
"""The one part of IPv6 that leads out."""

TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""NAT64: an IPv4 address is in the last four bytes."""

CLOUD = ipaddress.ip_network("168.63.129.16/32")
"""A public address at which Azure's machines find their host: the one such place outside of the private networks."""

UNUSUAL = (
    CLOUD,
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4
    ipaddress.ip_network("2002::/16"),  # 6to4
    ipaddress.ip_network("3fff::/20"),  # documentation
)
"""What Python takes for public and nobody should."""


class Where(StrEnum):
    """Where a refused address is, as a person is told."""

    OWN = "it is this server's own"
    HERE = "it is on the machine that the server runs on"
    METADATA = "it is where a cloud tells a machine its secrets"
    INSIDE = "it is inside a private network"
    NOWHERE = "it is no address of the public internet"


OPENS = "allow_networks could open it"
"""What is said of everything that a setting can change."""


class Refused(Exception):
    """A browser may not go there; says why, in a sentence."""


class Unreachable(Exception):
    """Nothing is there, or nothing answers; says what, in a sentence."""


@dataclass(frozen=True, slots=True)
class _Known:
    looking: asyncio.Task[tuple[Address, ...]]
    until: float


class Wall:
    """The wall around all browsers of this process; `networks` are the holes in it."""

    def __init__(self, networks: Iterable[str] = (), *, resolve: Resolve | None = None) -> None:
        self._networks = tuple(ipaddress.ip_network(one) for one in networks)
        self._resolve = resolve or _resolved
        self._own: set[int] = set()
        self._chores = Chores("wall")
        self._names: OrderedDict[str, _Known] = OrderedDict()

    def keep_off(self, port: int) -> None:
        """Never let a browser reach this port of this machine."""
        self._own.add(port)

    def forget(self, port: int) -> None:
        """The port is ours no more."""
        self._own.discard(port)

    async def ways(self, host: str, port: int) -> list[str]:
        """The addresses to dial for a host, the first one first.

        Raises:
            Refused: it has none that a browser may reach.
            Unreachable: it has none at all.
        """
        found = await self._addresses(host)
        problems = [(address, self._problem(address, port)) for address in found]
        if ways := [str(address) for address, problem in problems if problem is None]:
            return ways
        where = next(problem for _, problem in problems if problem is not None)
        said = str(where) if where is Where.OWN else f"{where} ({OPENS})"
        raise Refused(f"{said}.")

    def _problem(self, address: Address, port: int) -> Where | None:
        """Where a refused address is; None if it may be reached."""
        inner = _inner(address)
        here = inner.is_loopback or inner.is_unspecified or _is_ours(inner)
        if here and port in self._own:
            return Where.OWN
        if any(inner.version == network.version and inner in network for network in self._networks):
            return None
        if here:
            return Where.HERE
        if inner.is_link_local or inner in CLOUD or str(inner) in {"100.100.100.200", "fd00:ec2::254"}:
            return Where.METADATA
        if inner.is_multicast or inner.is_reserved or any(inner in network for network in UNUSUAL):
            return Where.NOWHERE
        if not inner.is_global:
            return Where.INSIDE
        return None if inner.version == 4 or inner in PUBLIC_V6 else Where.NOWHERE

    async def _addresses(self, host: str) -> tuple[Address, ...]:
        literal = _literal(host)
        if literal is not None:
            return (literal,)
        known = self._names.get(host)
        if known is None or time.monotonic() >= known.until:
            looking = self._chores.start(self._look_up(host), "name")
            known = self._names[host] = _Known(looking, time.monotonic() + RESOLVED_FOR)
            while len(self._names) > MOST_NAMES:
                self._names.popitem(last=False)
        try:
            return await asyncio.shield(known.looking)
        except Unreachable:
            if self._names.get(host) is known:
                del self._names[host]
            raise

    async def _look_up(self, host: str) -> tuple[Address, ...]:
        try:
            async with asyncio.timeout(RESOLVED_WITHIN):
                texts = await self._resolve(host)
        except TimeoutError:
            raise Unreachable("its name could not be looked up in time.") from None
        except (OSError, ValueError):
            raise Unreachable("there is no site with that name.") from None
        found = dict.fromkeys(address for text in texts if (address := _literal(text.partition("%")[0])))
        if not found:
            raise Unreachable("there is no site with that name.")
        return tuple(found)


def _literal(text: str) -> Address | None:
    """An address that is written as one, in its own kind."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one is translated to on its way, if it is."""
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in TRANSLATED else address


def _is_ours(address: Address) -> bool:
    """Whether an interface of this machine has it: only then can a socket be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trying:
            trying.bind((str(address), 0))
    except OSError:
        return False
    return not address.is_multicast


async def _resolved(host: str) -> list[str]:
    """What the machine's own resolver says.

    Each look has a thread of its own, which nobody waits for: a server of names that does not answer holds up neither
    the other sessions, as it would in a pool of threads, nor the end of the process.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def look() -> None:
        try:
            found = [str(where[0]) for *_, where in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
            tell = partial(_tell, answer, found)
        except (OSError, ValueError) as error:  # ValueError: there can be no such name
            tell = partial(_fail, answer, error)
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
    return await answer


def _tell(answer: asyncio.Future[list[str]], found: list[str]) -> None:
    if not answer.done():
        answer.set_result(found)


def _fail(answer: asyncio.Future[list[str]], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
