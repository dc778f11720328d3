"""Which browser is used, and with which flags: a fresh profile, one way out, no chatter."""

import shutil
from pathlib import Path

from zenobia.protocol.errors import BrowserUnavailable

NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
"""What browsers are called on PATH; the headless shell starts in half the time and a third of the memory."""

ENOUGH_SHARED_MEMORY = 1 << 30

QUIET = (
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)
"""A browser that asks for nothing by itself, and speaks no protocol that a proxy cannot see."""

NO_WAY_ROUND = (
    "--proxy-server=socks5://nowhere.invalid:9",  # each context has a gate of its own; what belongs to none has no way
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # names are looked up behind the gate, which is there
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
)
"""No connection but through a gate, and no datagram at all. One of WebRTC's two is read by each kind of Chromium."""

ROUND_SHARED_MEMORY = "--disable-dev-shm-usage"


def find_browser(named: str | None) -> Path:
    """The browser to run: the one `named`, else the first known one on PATH.

    Raises:
        BrowserUnavailable: there is none; says how to get one.
    """
    if named:
        return _executable(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise BrowserUnavailable(
        problem="no Chromium was found on PATH. Install one (on Debian: apt-get install chromium-headless-shell) "
        "or name one in the settings."
    )


def _executable(named: str) -> Path:
    found = shutil.which(named)
    if found is None:
        raise BrowserUnavailable(problem=f'the browser named in the settings, "{named}", cannot be run.')
    return Path(found)


def flags() -> list[str]:
    """What the browser is started with beyond what Playwright gives it."""
    return [*QUIET, *NO_WAY_ROUND]


def unwanted_flags(shared_memory: Path = Path("/dev/shm")) -> list[str]:  # noqa: S108 — only measured
    """Playwright's flags to leave out: /dev/shm is faster than a file where it is large enough."""
    try:
        size = shutil.disk_usage(shared_memory).total
    except OSError:
        return []
    return [ROUND_SHARED_MEMORY] if size >= ENOUGH_SHARED_MEMORY else []
