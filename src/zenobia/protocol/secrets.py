"""Secrets, as everyone but the browser knows them: by name, with the origins that may have them, without a value."""

import base64
import re
from enum import StrEnum
from urllib.parse import urlsplit

from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.wire import Millis, Wire

SHORTEST, LONGEST = 4, 4_096
"""Characters of a value: one that is shorter could not be told from other text."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_UNSURE = re.compile("[\u00df\u03c2\u200c\u200d]")
"""What the two standards for names in other scripts make different names of: it could be another's site."""

_HERE = ("localhost", "127.0.0.1", "::1")


class SecretKind(StrEnum):
    """Whether the value itself is typed, or a one-time code made from it."""

    TEXT = "text"
    TOTP = "totp"


class Secret(Wire):
    """What may be told of a secret."""

    workspace: str
    name: str
    kind: SecretKind
    origins: tuple[str, ...]
    changed_at: Millis


class SecretNotUsable(ActionFailed):
    """The secret {name} cannot be used here: {problem}"""

    code = "secret_not_usable"


def is_secret_name(text: str) -> bool:
    """Whether a secret can be called this."""
    return _NAME.fullmatch(text) is not None


def read_origin(text: str) -> str | None:
    """An origin as it is compared; None if it is none that a secret may go to: plain http only on this machine."""
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return None
    if not _HOST.fullmatch(host) or _UNSURE.search(text):
        return None
    if parts.username is not None or parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    if parts.scheme != "https" and (parts.scheme != "http" or host not in _HERE):
        return None
    named = f"[{host}]" if ":" in host else host
    usual = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{named}" if usual else f"{parts.scheme}://{named}:{port}"


KEY_BYTES = 32
"""Bytes of the key that secrets are encrypted with."""


def key_bytes(text: str) -> bytes:
    """A key as it is written down, in Base64 of either alphabet.

    Raises:
        ValueError: it is no Base64.
    """
    return base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
