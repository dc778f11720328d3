"""Web Push: a message that only one browser can read, signed as this server's (RFC 8291, RFC 8292).

The key to sign with is derived from the one that seals secrets, so it is nowhere by itself, and the servers that share
that key share this one.
"""

import base64
import hashlib
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import orjson

from zenobia.protocol.wire import Json
from zenobia.sessions.vault import Vault
from zenobia.store.push_rows import Subscription

PURPOSE = b"zenobia web push"

SCALAR = 48
"""Bytes that the private key is made of: so many more than it has that none is likelier than another."""

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points the curve P-256 has."""

SIGNED_FOR = 12 * 3_600
"""Seconds for which a signature is good: at the most a day, by RFC 8292."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one browser, as its push service takes it."""

    headers: dict[str, str]
    data: bytes


class Scribe:
    """Writes letters. What encrypts is loaded when the first is written."""

    def __init__(self, vault: Vault, contact: str) -> None:
        self._vault = vault
        self._contact = contact

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec

        number = int.from_bytes(self._vault.derive(PURPOSE, SCALAR))
        return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())

    @property
    def key(self) -> str:
        """The public key by which browsers know this server, as they want it: a point, as unpadded Base64 of URLs.

        Raises:
            SecretsKeyUnusable: there is no good key to derive it from.
        """
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def write(self, to: Subscription, facts: dict[str, Json], *, lasts: int) -> Letter:
        """A letter that says `facts`, and is good for so many seconds.

        Raises:
            ValueError: the browser's keys are none.
            SecretsKeyUnusable: there is no good key to sign with.
        """
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
        from webpush import WebPush, WebPushSubscription

        private = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        where = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
        push = WebPush(private, public, subscriber=self._contact, ttl=lasts)
        message = push.get(orjson.dumps(facts), WebPushSubscription.model_validate(where))
        topic = hashlib.sha256(to.workspace.encode()).hexdigest()[:32]  # of what waits there, only the newest matters
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": message.headers["content-encoding"],
            "authorization": self._signature(to.endpoint),
            "ttl": message.headers["ttl"],
            "urgency": "high",
            "topic": topic,
        }
        return Letter(headers, message.encrypted)

    def _signature(self, endpoint: str) -> str:
        """That a letter to this endpoint is ours. The library's own says no port: it would be for another origin."""
        import jwt

        at = urlsplit(endpoint)
        port = "" if at.port in (None, 443) else f":{at.port}"
        host = f"[{at.hostname}]" if ":" in (at.hostname or "") else at.hostname
        facts = {"aud": f"https://{host}{port}", "exp": int(time.time()) + SIGNED_FOR, "sub": f"mailto:{self._contact}"}
        return f"vapid t={jwt.encode(facts, self._private, 'ES256')}, k={self.key}"


def is_point(p256dh: str) -> bool:
    """Whether a browser's public key is one: a point of the curve, as Base64 of URLs."""
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        raw = base64.urlsafe_b64decode(p256dh + "=" * (-len(p256dh) % 4))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return False
    return True
