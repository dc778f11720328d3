"""Which sites one session may reach, as `config.allowedOrigins` lists them; without a list, all that the wall lets.

An entry is a host (`shop.example`, at the usual ports), a host with a port, an origin (`https://shop.example`), or all
hosts below one (`*.example`).
"""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from zenobia.protocol.wire import Json

USUAL = {"http": 80, "https": 443}
MOST = 1_000
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Site:
    """One entry: a host, or with `below` every host under it, at these ports."""

    host: str
    ports: frozenset[int]
    below: bool = False

    def holds(self, host: str, port: int) -> bool:
        """Whether a place is in it."""
        return port in self.ports and (host.endswith(f".{self.host}") if self.below else host == self.host)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A session's list, and how it was written."""

    sites: tuple[Site, ...]
    written: tuple[str, ...]

    def holds(self, host: str, port: int) -> bool:
        """Whether a session may reach a place; `host` is in lower case, without a dot at its end."""
        return any(site.holds(host, port) for site in self.sites)

    def __str__(self) -> str:
        shown = ", ".join(self.written[:SHOWN])
        return (f"{shown} and others" if len(self.written) > SHOWN else shown) or "nothing"


def allowed_of(config: dict[str, Json]) -> Allowed | None:
    """The list in a session's configuration; None if there is none.

    Raises:
        ValueError: it is not as it should be; says where.
    """
    given = config.get("allowedOrigins")
    if given is None:
        return None
    written = cast("list[Json]", given) if isinstance(given, list) else []
    if written is not given or len(written) > MOST or not all(isinstance(one, str) for one in written):
        raise ValueError(f"config.allowedOrigins must be a list of at most {MOST} hosts or origins")
    return Allowed(tuple(_site(one) for one in written), tuple(written))


def _site(written: str) -> Site:
    text = written.strip()
    plain = f'config.allowedOrigins: "{written[:200]}" is no host and no origin'
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        below = host.startswith("*.")
        host = host.removeprefix("*.")
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError as error:
        raise ValueError(plain) from error
    odd = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
    if not host or "*" in host or odd or parts.scheme not in {"", *USUAL} or " " in host:
        raise ValueError(plain)
    usual = {USUAL[parts.scheme]} if parts.scheme else set(USUAL.values())
    return Site(host, frozenset({port} if port else usual), below)
