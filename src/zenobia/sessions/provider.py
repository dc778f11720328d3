"""An OpenID provider, as far as a sign-in needs it: where people go, what a code is good for, and who that was.

What it says is believed only as far as it is signed, by a key that it publishes, for us, for this one sign-in.
Nothing that a browser brings chooses an address that is asked here.
"""

import asyncio
import hashlib
import hmac
import ssl
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode, urlsplit

from zenobia.protocol.access import is_loopback
from zenobia.protocol.signing import SignInFailed, SignInUnavailable
from zenobia.protocol.wire import Json

if TYPE_CHECKING:
    from jwt import PyJWK

DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are believed: those that only the provider can make, so neither `none` nor one by a shared secret."""

PUBLIC = frozenset({"RSA", "EC", "OKP"})
"""Kinds of keys with which they are proved."""

CLAIMS = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LEEWAY = 60.0
"""Seconds by which its clock and ours may differ."""

WITHIN = 10.0
"""Seconds that one answer of the provider may take."""

LARGEST = 1 << 20
"""Bytes of one."""

FRESH = 3_600.0
"""Seconds for which what it publishes is taken as read."""

AGAIN = 10.0
"""Seconds until it is read anew for a key that is not among those known: providers change theirs."""


class Provider:
    """One provider, and what we are to it; `back` is the address to which it sends people back."""

    def __init__(self, issuer: str, client: str, secret: str | None, back: str) -> None:
        self.issuer = issuer
        self._client = client
        self._secret = secret
        self._back = back
        self._facts: dict[str, Json] = {}
        self._keys: dict[str | None, PyJWK] = {}
        self._read_at = -FRESH
        self._reading = asyncio.Lock()

    async def door(self, *, state: str, nonce: str, verifier: str) -> str:
        """The address at which a person signs in.

        Raises:
            SignInUnavailable: the provider does not answer, or not as it should.
        """
        await self._read(older_than=FRESH)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._back,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self._endpoint("authorization_endpoint"), asked)

    async def exit(self, token: str | None) -> str | None:
        """The address at which a person signs out of the provider, which then sends them back; None if it offers none.

        `token` is what it said of that person when they signed in: without one, it may have to ask who they are.
        """
        try:
            if not self._facts:
                await self._read(older_than=FRESH)
            door = self._endpoint("end_session_endpoint")
        except SignInUnavailable:
            return None
        told = {"client_id": self._client, "post_logout_redirect_uri": self._back}
        return _with_query(door, told if token is None else told | {"id_token_hint": token})

    async def who(self, *, code: str, nonce: str, verifier: str, wanted: str) -> tuple[Mapping[str, Json], str]:
        """What the provider says of whoever came back with this code, and the token in which it says so.

        If not the claim `wanted` at once, then if asked.

        Raises:
            SignInFailed: the code is not good, or what is said cannot be believed.
            SignInUnavailable: the provider does not answer, or not as it should.
        """
        await self._read(older_than=FRESH)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": verifier}
        headers: dict[str, str] = {}
        secret = self._secret
        basic = "client_secret_basic" in self._facts.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        if secret is not None and basic:
            shown = f"{quote(self._client, safe='')}:{quote(secret, safe='')}".encode()
            headers["Authorization"] = f"Basic {b64encode(shown).decode()}"
        else:
            form |= {"client_id": self._client} | ({} if secret is None else {"client_secret": secret})
        status, answer = await self._ask("POST", self._endpoint("token_endpoint"), form, headers)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise SignInFailed(problem="the provider does not take the code that came back.")
        claims = await self._proved(token, nonce)
        access = answer.get("access_token")
        if wanted in claims or not isinstance(access, str) or "userinfo_endpoint" not in self._facts:
            return claims, token
        return {**await self._told(access, claims["sub"]), **claims}, token

    async def _told(self, access: str, subject: Json) -> Mapping[str, Json]:
        """What the provider tells of a person beside what it signs; it counts only if it is of the same one."""
        shown = {"Authorization": f"Bearer {access}"}
        status, told = await self._ask("GET", self._endpoint("userinfo_endpoint"), headers=shown)
        if status != 200 or told.get("sub") != subject:
            raise SignInFailed(problem="the provider does not tell who that was.")
        return told

    async def _proved(self, token: str, nonce: str) -> Mapping[str, Json]:
        import jwt  # only who signs in waits for it

        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Json] = jwt.decode(
                token, key, algorithms=ALGORITHMS, audience=self._client, issuer=self.issuer, leeway=LEEWAY,
                options={"require": CLAIMS},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise SignInFailed(problem=f"what the provider says cannot be believed ({error}).") from None
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise SignInFailed(problem="what the provider says belongs to another sign-in.")
        alone = claims["aud"] in (self._client, [self._client])
        if claims.get("azp", self._client if alone else None) != self._client:
            raise SignInFailed(problem="what the provider says was said to somebody else.")
        return claims

    async def _key(self, kid: str | None) -> "PyJWK":
        found = self._known(kid)
        if found is None:
            await self._read(older_than=AGAIN)
            found = self._known(kid)
        if found is None:
            raise SignInFailed(problem="it is signed with a key that the provider does not publish.")
        return found

    def _known(self, kid: str | None) -> "PyJWK | None":
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _read(self, older_than: float) -> None:
        """Read what the provider publishes, unless that was done within so many seconds."""
        import jwt

        async with self._reading:
            if time.monotonic() - self._read_at < older_than:
                return
            status, facts = await self._ask("GET", self.issuer.rstrip("/") + DISCOVERY)
            if status != 200 or facts.get("issuer") != self.issuer:
                raise SignInUnavailable(problem=f"at {self.issuer} no OpenID provider of that name answers.")
            self._facts = facts
            status, published = await self._ask("GET", self._endpoint("jwks_uri"))
            keys = cast("list[dict[str, Any]]", published.get("keys", []))
            usable = [one for one in keys if one.get("kty") in PUBLIC and one.get("use", "sig") == "sig"]
            try:
                self._keys = {one.get("kid"): jwt.PyJWK(one) for one in usable}
            except jwt.PyJWTError as error:
                raise SignInUnavailable(problem="the provider's keys cannot be read.") from error
            self._read_at = time.monotonic()

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whose certificates are believed: read once, as that takes a while."""
        import httpx

        return httpx.create_ssl_context()

    def _endpoint(self, name: str) -> str:
        """An address that the provider names; over TLS, unless it is one of this machine."""
        address = self._facts.get(name)
        parts = urlsplit(address if isinstance(address, str) else "")
        if not parts.hostname or (
            parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname))
        ):
            raise SignInUnavailable(problem=f"the provider names no https address as its {name}.")
        return parts.geturl()

    async def _ask(
        self, method: str, url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Json]]:
        """Status and JSON of one answer; no redirect is followed."""
        import httpx
        import orjson

        try:
            async with (
                asyncio.timeout(WITHIN),
                httpx.AsyncClient(verify=self._trusted) as client,
                client.stream(
                    method, url, data=form, headers={"Accept": "application/json", **(headers or {})}
                ) as answer,
            ):
                data = bytearray()
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > LARGEST:
                        raise SignInUnavailable(problem="the provider answers without an end.")
            found = orjson.loads(data)
        except (httpx.HTTPError, TimeoutError):
            raise SignInUnavailable(problem=f"{urlsplit(url).hostname} does not answer.") from None
        except ValueError:
            raise SignInUnavailable(problem=f"what {urlsplit(url).hostname} answers is no JSON.") from None
        if not isinstance(found, dict):
            raise SignInUnavailable(problem=f"what {urlsplit(url).hostname} answers is no object.")
        return answer.status_code, cast("dict[str, Json]", found)


def _with_query(address: str, more: Mapping[str, str]) -> str:
    """An address of the provider, which may have a query of its own, with more in it."""
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(more)}"
