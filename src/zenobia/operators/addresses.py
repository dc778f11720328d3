"""Which addresses may be opened, and what a person means by one typed without a scheme."""

import ipaddress
import re
from urllib.parse import urlsplit

from zenobia.protocol.action_errors import BlockedUrl

ALLOWED = frozenset({"http", "https"})
BLANK = "about:blank"
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):(?!\d{1,5}(?:[/?#]|$))")
"""A scheme; `localhost:8000` has none, its colon leads to a port."""


def address(typed: str) -> str:
    """The full address for what was typed: `https://` unless it says otherwise, `http://` for this machine.

    Raises:
        BlockedUrl: it leads outside the web.
    """
    url = "".join(character for character in typed.strip() if character.isprintable())
    if url.lower() == BLANK:
        return BLANK
    scheme = SCHEME.match(url)
    if scheme is None:
        bare = url.removeprefix("//")
        url = f"{'http' if _here(bare) else 'https'}://{bare}"
    elif scheme[1].lower() not in ALLOWED:
        raise BlockedUrl(url=typed, problem="only http and https addresses can be opened.")
    if not _host(url):
        raise BlockedUrl(url=typed, problem="it names no site.")
    return url


def origin(url: str) -> str:
    """Scheme, host and port of an address; an opaque one is its own scheme."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _here(bare: str) -> bool:
    host = _host(f"http://{bare}")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
