"""A push service on this machine, as a browser's maker runs one; and the browsers that it delivers to."""

import asyncio
import base64
import datetime
import ipaddress
import json
import os
import re
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.types import Options

HOST = "127.0.0.1"
NAME = "push.example"
"""What the service may be called too."""

PATIENCE = 15.0
"""Seconds until a message that does not come is a failure."""


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class PushBrowser:
    """A browser that can be called: only it can read what is sent to it."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscription(self) -> dict[str, Any]:
        """What its page would be told of it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": _text(self.point), "auth": _text(self.auth)}}

    def read(self, data: bytes) -> dict[str, Any]:
        """What a message says."""
        return json.loads(self.opened(data))

    def opened(self, data: bytes) -> bytes:
        """A message as it was before it was encrypted: RFC 8291 and RFC 8188, from the side of whoever gets it."""
        salt, record, length = data[:16], int.from_bytes(data[16:20]), data[20]
        assert len(data) - 21 - length <= record, "it has one record"
        sender, sealed = data[21 : 21 + length], data[21 + length :]
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        secret = _derived(shared, self.auth, b"WebPush: info\0" + self.point + sender, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        text, last, padding = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\2")
        assert (last, padding.strip(b"\0")) == (b"\2", b""), "its only record is its last"
        return text


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass(frozen=True)
class Posted:
    """A message that a push service was given."""

    path: str
    headers: dict[str, str]
    data: bytes


class PushService:
    """Takes messages, if it is `strict` only those that are as they should be.

    `answers` says with which status, by path; elsewhere it is 201.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.url = ""
        self.posted: list[Posted] = []
        self.answers: dict[str, int] = {}
        self._news = asyncio.Condition()

    def browser(self, name: str) -> PushBrowser:
        """A browser that it delivers to."""
        return PushBrowser(f"{self.url}/{name}")

    def to(self, browser: PushBrowser) -> list[dict[str, Any]]:
        """What was sent to a browser so far."""
        return [browser.read(one.data) for one in self.posted if browser.endpoint.endswith(one.path)]

    async def called(self, browser: PushBrowser, times: int = 1) -> list[dict[str, Any]]:
        """What was sent to a browser, once it was so often."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.to(browser)) >= times)
        return self.to(browser)

    async def take(self, request: web.Request) -> web.Response:
        """Be given a message."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        data = await request.read()
        if self._strict and (refusal := refused(headers, data, self.url)) is not None:
            return web.Response(status=refusal)
        async with self._news:
            self.posted.append(Posted(request.path, headers, data))
            self._news.notify_all()
        return web.Response(status=self.answers.get(request.path, 201), headers={"Location": f"{self.url}/elsewhere"})


MOST = 4_096
"""Bytes that a push service has to take (RFC 8030)."""

TOKEN_LASTS = 24 * 3_600
"""Seconds that a token may be good for at the most (RFC 8292)."""


def refused(headers: dict[str, str], data: bytes, origin: str) -> int | None:
    """The status with which a push service at `origin` refuses a message: RFC 8030, 8188, 8291 and 8292."""
    encoded = headers.get("content-encoding") == "aes128gcm" and 86 + 17 < len(data) <= MOST and data[20] == 65
    lasting = headers.get("ttl", "").isdecimal() and re.fullmatch(r"[\w-]{1,32}", headers.get("topic", "x"))
    if not encoded or not lasting or headers.get("urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        return 400
    said = re.fullmatch(r"vapid t=([\w.-]+), ?k=([\w-]+)", headers.get("authorization", ""))
    if said is None:
        return 401
    try:
        point = base64.urlsafe_b64decode(said[2] + "=" * (-len(said[2]) % 4))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        wanted: Options = {"require": ["aud", "exp", "sub"]}
        token = jwt.decode(said[1], key, ["ES256"], audience=origin, options=wanted)
    except (ValueError, jwt.InvalidTokenError):
        return 403
    known = re.match("mailto:.+@|https://", token["sub"]) is not None
    return None if known and token["exp"] <= time.time() + TOKEN_LASTS else 403


@asynccontextmanager
async def push_service(folder: Path, *, strict: bool = True) -> AsyncGenerator[PushService]:
    """One that runs, with a certificate that this process trusts as long as it does."""
    service = PushService(strict=strict)
    certificate = _certificate(folder)
    app = web.Application()
    app.router.add_post("/{rest:.*}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    site = web.TCPSite(runner, HOST, 0, ssl_context=context)
    await site.start()
    service.url = f"https://{HOST}:{runner.addresses[0][1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        yield service
    await runner.cleanup()


def _certificate(folder: Path) -> Path:
    """A certificate for this machine that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push service")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName(NAME)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "push.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path
