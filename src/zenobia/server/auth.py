"""Who speaks: the key that a request or a connection shows, looked up anew for each; wrong ones are slowed down.

A request is identified once, at the edge, before any route sees it; so no route can forget to.
"""

import asyncio
import logging
import math
import time
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any, cast

from starlette.requests import Request

from zenobia.protocol.access import KeyExpired, KeyRevoked, Scope, TooManyWrongKeys
from zenobia.protocol.audit import Deed
from zenobia.protocol.errors import InvalidPayload, StorageUnavailable, Unauthorized
from zenobia.protocol.wire import Json
from zenobia.sessions.callers import Caller
from zenobia.sessions.keyring import Keyring
from zenobia.store.engine import Store

log = logging.getLogger(__name__)

CALLER = "zenobia.caller"
"""Where a request's scope holds who it is from."""

TRIES = 10
"""Wrong keys that one address may show in a window before it must wait for the next."""

WINDOW = 10.0
"""Seconds of such a window; its excess is logged once."""

REFUSALS = 100
"""Refused sign-ins that wait to be put on record; of more at once, some are only logged."""

NOBODYS = "(no workspace)"
"""The chain of the audit record for what concerns no workspace; none can be called that."""

ADDRESSES = 10_000
"""Addresses whose wrong keys are counted; those that have been quiet make room for more."""


class Entrance:
    """Tells who comes in. Raises where nobody may."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._wrong: dict[str, tuple[float, int]] = {}
        self._refused: asyncio.Queue[str] = asyncio.Queue(REFUSALS)

    def admit(self, scope: MutableMapping[str, Any]) -> Caller:
        """Who a request is from, by its `Authorization` header.

        Raises:
            Unauthorized, TooManyWrongKeys: it needs a key, and shows none that is good.
        """
        shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        kind, _, secret = shown.decode("latin-1").partition(" ")
        return self._caller(secret.strip() if kind.lower() == "bearer" else None, "rest", _address(scope))

    async def admit_socket(self, auth: Json, environ: dict[str, Json]) -> Caller:
        """Who a Socket.IO connection is, by its `auth`.

        Raises:
            InvalidPayload: its `auth` is no object, or names a role that there is not.
            Unauthorized, TooManyWrongKeys: it needs a key, and shows none that is good.
        """
        given = cast("dict[str, Json]", auth) if isinstance(auth, dict) else {}
        role, token = given.get("role"), given.get("token")
        if role is not None and role != "observer":
            raise InvalidPayload(problem='auth.role can be "observer".')
        caller = self._caller(token if isinstance(token, str) else None, "socket", _address(environ["asgi.scope"]))
        return replace(caller, observer=caller.observer or role == "observer")

    def _caller(self, secret: str | None, wire: str, address: str) -> Caller:
        try:
            return self.keyring.caller(secret, wire=wire, address=address)
        except (KeyExpired, KeyRevoked):
            self._count(address, guess=0)  # on record; but whoever has one need not guess
            raise
        except Unauthorized:
            if secret:
                self._count(address)
            raise

    async def keep_record(self, store: Store) -> None:
        """Put refused sign-ins on record, an address once in a window, until cancelled."""
        while True:
            deed = Deed(NOBODYS, "sign-in refused", "unknown", address=await self._refused.get())
            try:
                await store.write(lambda tx, deed=deed: tx.record(deed))
            except StorageUnavailable:
                log.warning("the store did not answer; a refused sign-in from %s is not on record", deed.address)

    def _count(self, address: str, guess: int = 1) -> None:
        """Count a refused key, if it was a guess, and put the first of a window on record.

        Raises:
            TooManyWrongKeys: there have been as many in this window as may be.
        """
        now = time.monotonic()
        began, wrong = self._wrong.pop(address, (-math.inf, 0))
        if first := now - began >= WINDOW:
            began, wrong = now, 0
        self._wrong[address] = (began, wrong + guess)
        if first and not self._refused.full():
            self._refused.put_nowait(address)
        if len(self._wrong) > ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        if guess and wrong == TRIES:
            log.warning("%s shows one wrong API key after the other; it is told to wait", address)
        if guess and wrong >= TRIES:
            raise TooManyWrongKeys(limit=TRIES)


def caller_of(request: Request) -> Caller:
    """Who a request is from, as the edge found; what it may do is for its command to say."""
    return request.scope[CALLER]


def identify(request: Request) -> Caller:
    """Who a request is from, if they may read (`GET`), or change something.

    Raises:
        MissingScope: their key does not allow that.
    """
    caller = caller_of(request)
    caller.require(Scope.OBSERVE if request.method in {"GET", "HEAD"} else Scope.OPERATE)
    return caller


def _address(scope: MutableMapping[str, Any]) -> str:
    return scope["client"][0] if scope.get("client") else ""
