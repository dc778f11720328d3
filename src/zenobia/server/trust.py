"""What is refused by the look of a request alone, before anybody asks who it is from.

A web page can make a browser send requests to this machine. It cannot choose the `Host` that the browser sends, other
than by a name of its own (DNS rebinding), nor the `Origin`: so both are looked at.
"""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from zenobia.protocol.access import PREFIX, HostNotAllowed, KeyInAddress, OriginNotAllowed, is_loopback
from zenobia.protocol.errors import InvalidPayload

SECRETS = frozenset(
    {"token", "key", "api_key", "apikey", "access_token", "auth", "authorization", "password", "secret"}
)
"""What people call a secret that they put into an address, where logs, histories and other sites find it."""

NAME = r"(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
HOST = re.compile(rf"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>{NAME}))(?::\d*)?", re.ASCII)
"""What a `Host` header may hold (RFC 9110, section 7.2; RFC 3986, section 3.2.2)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Names by which this server may be called, and origins whose pages may speak with it; `None` is any of them.

    The names of this machine for itself are always among the hosts.
    """

    hosts: frozenset[str] | None = None
    origins: frozenset[str] | None = None

    def check(self, scope: MutableMapping[str, Any]) -> None:
        """Let a request pass.

        Raises:
            HostNotAllowed, OriginNotAllowed, KeyInAddress: it must not.
            InvalidPayload: it does not call this server by one name, as only HTTP before 1.1 allows.
        """
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if scope.get("http_version") == "1.0" or len(hosts) != 1:
            raise InvalidPayload(problem="HTTP/1.1 with one Host is needed.")
        self._check_host(hosts[0].decode("latin-1"))
        for name, value in scope["headers"]:
            if name == b"origin" and self.origins is not None and value.decode("latin-1") not in self.origins:
                raise OriginNotAllowed
        query = scope["query_string"].decode("latin-1")
        if query and any(_is_secret(name, value) for name, value in parse_qsl(query, keep_blank_values=True)):
            raise KeyInAddress

    def _check_host(self, given: str) -> None:
        host = host_of(given)
        if self.hosts is not None and host not in self.hosts and not is_loopback(host):
            raise HostNotAllowed


def host_of(given: str) -> str:
    """The name or address in a `Host` header, without its port.

    Raises:
        InvalidPayload: it is more than that, as what could be read in two ways.
    """
    if (found := HOST.fullmatch(given)) is None:
        raise InvalidPayload(problem="Host must be a name or an address, and its port.")
    return (found["address"] or found["name"] or "").lower()


def _is_secret(name: str, value: str) -> bool:
    return name.lower() in SECRETS or value.startswith(f"{PREFIX}_")
