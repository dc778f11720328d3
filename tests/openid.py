"""An OpenID provider for tests: real HTTP, real signatures, and every lie that one could tell."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.contract.javascript import listening
from zenobia.protocol.wire import Json

CLIENT, SECRET = "zenobia", "hush: 100%"
ACCESS = "what opens userinfo"
SHARED = bytes(range(64))
"""A key that everybody knows."""


@dataclass
class OpenId:
    """It: whom it lets in, and what it says of them; `lies` are claims in the place of the true ones, `tells`
    those that it does not sign, but tells whoever shows the token that came along, `exit` where it lets people out."""

    url: str = ""
    person: dict[str, Json] = field(
        default_factory=lambda: {"sub": "u-1", "preferred_username": "ada", "groups": ["ops"]}
    )
    lies: dict[str, Json] = field(default_factory=dict[str, Json])
    tells: dict[str, Json] | None = None
    named: str | None = None
    algorithm: str = "ES256"
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    silent: bool = False
    exit: str | None = None
    left: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    kid: str = "one"
    signs: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    publishes: ec.EllipticCurvePrivateKey | None = None
    _codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def turn_key(self) -> None:
        """Sign with another key from now on, and publish that one only."""
        self.signs, self.kid = ec.generate_private_key(ec.SECP256R1()), "two"

    async def discovery(self, _request: Request) -> Response:
        """What it says of itself."""
        if self.silent:
            return Response(status_code=502)
        ways = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        if self.tells is not None:
            ways["userinfo_endpoint"] = "userinfo"
        found = {name: f"{self.url}/{way}" for name, way in ways.items()} | {"issuer": self.named or self.url}
        return JSONResponse(found if self.exit is None else found | {"end_session_endpoint": self.exit})

    async def leave(self, request: Request) -> Response:
        """Let somebody out, and send them back."""
        self.left.append(asked := dict(request.query_params))
        return RedirectResponse(asked["post_logout_redirect_uri"], 302)

    async def userinfo(self, request: Request) -> Response:
        """What it tells of a person without signing it."""
        if request.headers.get("authorization") != f"Bearer {ACCESS}":
            return Response(status_code=401)
        return JSONResponse(self.tells)

    async def keys(self, _request: Request) -> Response:
        """The keys by which it signs, and one that nobody should take for such."""
        public = (self.publishes or self.signs).public_key()
        mine = jwt.get_algorithm_by_name("ES256").to_jwk(public, as_dict=True)
        shared = {
            "kty": "oct",
            "kid": "shared",
            "k": base64.urlsafe_b64encode(SHARED).decode().rstrip("="),
            "alg": "HS256",
        }
        return JSONResponse({"keys": [mine | {"kid": self.kid, "use": "sig", "alg": "ES256"}, shared]})

    async def authorize(self, request: Request) -> Response:
        """The page at which a person signs in."""
        self.asked.append(asked := dict(request.query_params))
        if request.query_params.get("go") is None:
            query = urlencode(asked | {"go": "1"})
            return HTMLResponse(f"<title>Saltmarsh</title><h1>Saltmarsh</h1><a href='?{query}'>I am Ada</a>")
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        """What a code is good for, once, to whom it was given."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self._codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        shown = base64.b64encode(b"zenobia:hush%3A%20100%25").decode()
        good = (
            asked is not None
            and asked["code_challenge"] == proof
            and asked["redirect_uri"] == form["redirect_uri"]
            and request.headers.get("authorization") == f"Basic {shown}"
        )
        if asked is None or not good:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        told = {name: value for name, value in (claims | self.person | self.lies).items() if value is not None}
        key: Any = {"none": None, "HS256": SHARED}.get(self.algorithm, self.signs)
        kid = "shared" if self.algorithm == "HS256" else self.kid
        signed = jwt.encode(told, key, self.algorithm, {"kid": kid})
        return JSONResponse({"id_token": signed, "token_type": "Bearer", "access_token": ACCESS})


@asynccontextmanager
async def openid() -> AsyncGenerator[OpenId]:
    """A provider as long as the context lasts."""
    provider = OpenId()
    routes = [
        Route("/.well-known/openid-configuration", provider.discovery),
        Route("/keys", provider.keys),
        Route("/authorize", provider.authorize),
        Route("/leave", provider.leave),
        Route("/token", provider.token, methods=["POST"]),
        Route("/userinfo", provider.userinfo),
    ]
    async with listening(Starlette(routes=routes)) as url:
        provider.url = url
        yield provider
