"""Signing in: somebody goes to the provider, comes back, and gets a key of limited life, checked like any other.

Three things tie the way back to the browser that went: the `state`, which comes back with it and is good once; a ticket
that never stands in an address, kept by the page that began; and what only we know, the nonce and the verifier.
"""

import re
import secrets
import time
from collections.abc import Mapping
from typing import cast

from zenobia.protocol.access import Key, fingerprint, is_name, new_key
from zenobia.protocol.audit import Deed
from zenobia.protocol.signing import (
    EVERYBODY,
    BegunAck,
    FinishSignIn,
    Grant,
    NotGranted,
    NotSignedIn,
    SignedInAck,
    SignedOutAck,
    SignInOver,
    SignOut,
)
from zenobia.protocol.wire import Json, storable
from zenobia.sessions.callers import Caller
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.provider import Provider
from zenobia.store.engine import Store
from zenobia.store.sign_in_rows import SignIn
from zenobia.store.tx import Tx

WAITS = 600_000
"""Milliseconds that a person may take at the provider."""

REMEMBERED = 30 * 86_400_000
"""Milliseconds that a key is still listed after its end; the audit record keeps its deeds for ever."""

NAMES = ("preferred_username", "email", "sub")
"""Claims by which records call a person: for reading only, as the first two are theirs to change."""


class Signing:
    """Lets people sign in; `grants` says what the groups in the claim `groups` may do, `lasts` how many seconds."""

    def __init__(
        self, store: Store, keyring: Keyring, provider: Provider, grants: Mapping[str, Grant], groups: str, lasts: float
    ) -> None:
        self.provider = provider
        self._store = store
        self._keyring = keyring
        self._grants = grants
        self._groups = groups
        self._lasts = lasts

    async def begin(self, address: str) -> BegunAck:
        """Send somebody to the provider.

        Raises:
            SignInUnavailable, TooManySignIns: not now.
        """
        state, ticket, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        url = await self.provider.door(state=state, nonce=nonce, verifier=verifier)
        begun = SignIn(state, fingerprint(ticket), nonce, verifier, address)
        await self._store.write(lambda tx: tx.begin_sign_in(begun, tx.now + WAITS))
        return BegunAck(url=url, state=state, ticket=ticket)

    async def finish(self, back: FinishSignIn, address: str | None) -> SignedInAck:
        """Let somebody in who has come back.

        Raises:
            SignInOver: it is not one that has begun and waits.
            SignInFailed, NotGranted: the provider does not vouch for them, or they may do nothing here.
            SignInUnavailable: the provider does not answer.
        """
        begun = await self._store.write(lambda tx: tx.take_sign_in(back.state, fingerprint(back.ticket)))
        if begun is None:
            raise SignInOver
        proof = {"nonce": begun.nonce, "verifier": begun.verifier}
        claims, token = await self.provider.who(code=back.code, wanted=self._groups, **proof)
        grant = self._granted(claims)
        key_id, secret = new_key()
        now = time.time_ns() // 1_000_000
        key = Key(
            id=key_id,
            name=_named(claims),
            workspace=grant.workspace,
            scopes=grant.scopes,
            created_at=now,
            expires_at=now + int(self._lasts * 1_000),
            subject=str(storable(claims["sub"])),
        )
        about: dict[str, Json] = {"key": key.id, "issuer": self.provider.issuer, "subject": key.subject}

        def add(tx: Tx) -> None:
            tx.forget_sign_ins(tx.now - REMEMBERED)
            tx.add_key(key, fingerprint(secret))
            tx.record(Deed(key.workspace, "sign in", key.name, key.id, address, about | {"scopes": list(key.scopes)}))

        await self._store.write(add)
        await self._keyring.load()  # the very next request shows it
        return SignedInAck(
            key=secret,
            name=key.name,
            workspace=key.workspace,
            expires_at=key.expires_at or now,
            id_token=token,
        )

    async def out(self, caller: Caller, payload: SignOut) -> SignedOutAck:
        """End the key of somebody who signed in; where they can sign out of the provider, too.

        Raises:
            NotSignedIn: it is no such key.
        """

        def end(tx: Tx) -> bool:
            ended = tx.sign_out(caller.key or "")
            if ended:
                tx.record(caller.deed("sign out", {"key": caller.key}))
            return ended

        if not await self._store.write(end):
            raise NotSignedIn
        await self._keyring.load()
        return SignedOutAck(url=await self.provider.exit(payload.id_token))

    def _granted(self, claims: Mapping[str, Json]) -> Grant:
        """What the first of the grants that is this person's says."""
        told = claims.get(self._groups, [])
        several = cast("list[Json]", told) if isinstance(told, list) else [told]
        groups = {EVERYBODY, *(one for one in several if isinstance(one, str))}
        for group, grant in self._grants.items():
            if group in groups:
                return grant
        raise NotGranted


def _named(claims: Mapping[str, Json]) -> str:
    """What records call a person: plain in every log, header and path."""
    for claim in NAMES:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", str(claims.get(claim, ""))).strip("-._")[:64]
        if is_name(name):
            return name
    return "somebody"
