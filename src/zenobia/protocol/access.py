"""Who may do what: scopes, keys, the secrets that prove them, and the ways to be refused for want of one."""

import hmac
import ipaddress
import re
import secrets
from enum import StrEnum
from hashlib import sha256

from zenobia.protocol.errors import Invalid, RateLimited, Refused, TryLater, Unauthorized, UnsupportedMediaType
from zenobia.protocol.ids import new_id
from zenobia.protocol.wire import Millis, Wire

DEFAULT_WORKSPACE = "default"
"""Where everything is that was made without a key."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

PREFIX = "zen"
"""What every key begins with, so that whoever looks for leaked secrets finds it."""


class Scope(StrEnum):
    """What a key allows. `admin` is everything in its workspace, and how the whole server does."""

    OBSERVE = "observe"
    OPERATE = "operate"
    APPROVE = "approve"
    ADMIN = "admin"


GRANTS: dict[Scope, frozenset[Scope]] = {
    Scope.OBSERVE: frozenset({Scope.OBSERVE}),
    Scope.OPERATE: frozenset({Scope.OBSERVE, Scope.OPERATE}),
    Scope.APPROVE: frozenset({Scope.OBSERVE, Scope.APPROVE}),
    Scope.ADMIN: frozenset(Scope),
}
"""What each scope brings with it: who may act may look, but who may act may not approve what is asked about it."""


def granted(scopes: frozenset[Scope]) -> frozenset[Scope]:
    """Everything that these scopes allow."""
    return frozenset(one for scope in scopes for one in GRANTS[scope])


class Key(Wire):
    """A key as everybody may see it; times are Unix milliseconds. The secret itself is nowhere but with its owner.

    `subject` is whom the sign-in of a company knows, for a key that was made by signing in.
    """

    id: str
    name: str
    workspace: str
    scopes: tuple[Scope, ...]
    created_at: Millis
    expires_at: Millis | None = None
    revoked_at: Millis | None = None
    subject: str | None = None

    def usable(self, now: Millis) -> bool:
        """Whether it is good at the moment `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def is_name(text: str) -> bool:
    """Whether a key or a workspace may be called that: what is plain in every log, header and path."""
    return _NAME.fullmatch(text) is not None


def new_key() -> tuple[str, str]:
    """A fresh key's id, and the secret that is shown once: the id's random part and 256 random bits."""
    key = new_id("key")
    return key, f"{PREFIX}_{key.removeprefix('key_')}_{secrets.token_urlsafe(32)}"


def key_of(secret: str) -> str:
    """The id of the key that a secret claims to be; any text at all is answered with some id."""
    return f"key_{secret.split('_')[1]}" if secret.startswith(f"{PREFIX}_") else ""


def fingerprint(secret: str) -> str:
    """What is kept of a secret. It is random and long, so nobody can try all: a plain digest is enough."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def proves(secret: str, kept: str) -> bool:
    """Whether a secret is the one that this was kept of, in a time that does not tell how nearly it is."""
    return hmac.compare_digest(fingerprint(secret), kept)


def is_loopback(host: str) -> bool:
    """Whether an address or name is one by which a machine reaches itself, and no other can."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class KeyExpired(Unauthorized):
    """This API key has expired; ask for a new one."""

    code = "key_expired"


class KeyRevoked(Unauthorized):
    """This API key has been revoked; ask for a new one."""

    code = "key_revoked"


class MissingScope(Refused):
    """This API key may not do that: it lacks the scope {scope}."""

    code = "missing_scope"


class HostNotAllowed(Refused):
    """This server is not called that; it may be by more names with the setting allowed_hosts."""

    code = "host_not_allowed"


class OriginNotAllowed(Refused):
    """Pages of that origin may not speak with this server; more may with the setting allowed_origins."""

    code = "origin_not_allowed"


class KeyInAddress(Invalid):
    """A key never stands in an address, where logs keep it: send it as a header, or as auth over Socket.IO."""

    code = "key_in_address"


class Crowded(TryLater):
    """Too many connections ({limit}) have not said yet who they are."""

    code = "crowded"


class TooSlow(Invalid):
    """The body came too slowly: after {grace} seconds at least {rate} bytes a second must have come."""

    code = "too_slow"


class PackedBody(UnsupportedMediaType):
    """A body must be sent as it is, without Content-Encoding: what it unpacks to cannot be bounded beforehand."""

    code = "packed_body"


class TooManyWrongKeys(RateLimited):
    """Too many wrong API keys came from this address: wait before trying another. A right one is still taken."""

    code = "too_many_wrong_keys"
