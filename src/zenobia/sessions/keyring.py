"""The API keys as this server knows them: in memory, so that every call is checked, and never older than a second.

Once there has been a key, every caller needs one: that the last was revoked must not open the door.
"""

import logging
import time

from zenobia.protocol.access import GRANTS, Key, KeyExpired, KeyRevoked, Scope, granted, key_of, proves
from zenobia.protocol.errors import StorageUnavailable, Unauthorized
from zenobia.protocol.wire import Millis
from zenobia.sessions.callers import Caller
from zenobia.store.bell import ACCESS, KEYS
from zenobia.store.engine import Store
from zenobia.store.key_rows import StoredKey

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between looks at the store: a key that another process has revoked is good for no longer than that."""


class Keyring:
    """Which keys there are, and who shows one; where people sign in it is `closed` before there is any."""

    def __init__(self, store: Store, *, closed: bool = False) -> None:
        self._store = store
        self._closed = closed
        self._known: dict[str, StoredKey] = {}

    @property
    def required(self) -> bool:
        """Whether callers need a key."""
        return self._closed or bool(self._known)

    @property
    def opens(self) -> bool:
        """Whether there is a key with which anybody could come in, or a way to get one."""
        return self._closed or any(one.key.usable(_now()) for one in self._known.values())

    def caller(self, secret: str | None, *, wire: str, address: str | None) -> Caller:
        """Who shows this secret.

        Raises:
            Unauthorized, KeyExpired, KeyRevoked: a key is needed, and this is none that is good.
        """
        if not self.required:
            return Caller(wire, address=address)
        known = self._known.get(key_of(secret)) if secret else None
        if secret is None or known is None or not proves(secret, known.fingerprint):
            raise Unauthorized
        _require_usable(known.key)
        key, allowed = known.key, granted(frozenset(known.key.scopes))
        looks_on = allowed == GRANTS[Scope.OBSERVE]
        return Caller(key.name, key.workspace, observer=looks_on, key=key.id, scopes=allowed, address=address)

    def require_good(self, caller: Caller) -> None:
        """Make sure that a caller who was known before may still go on.

        Raises:
            Unauthorized, KeyExpired, KeyRevoked: its key is not good any more, or it has none and now needs one.
        """
        if not self.required:
            return
        known = self._known.get(caller.key or "")
        if known is None:
            raise Unauthorized
        _require_usable(known.key)

    async def load(self) -> None:
        """Learn which keys there are.

        Raises:
            StorageUnavailable: the store does not answer.
        """
        found = await self._store.read(lambda tx: tx.keys())
        self._known = {one.key.id: one for one in found}

    async def keep(self) -> None:
        """Stay up to date, and let everyone know when a key has stopped to be good, until cancelled."""
        good = self._good()
        with self._store.bell.listen(KEYS) as rings:
            while True:
                await rings.wait(LOOK)
                required = self.required
                try:
                    await self.load()
                except StorageUnavailable:
                    log.warning("the store did not answer; API keys are as they were known before")
                before, good = good, self._good()
                if before - good or self.required != required:
                    self._store.bell.ring({ACCESS})

    def _good(self) -> frozenset[str]:
        now = _now()
        return frozenset(one.key.id for one in self._known.values() if one.key.usable(now))


def _require_usable(key: Key) -> None:
    if key.revoked_at is not None:
        raise KeyRevoked
    if not key.usable(_now()):
        raise KeyExpired


def _now() -> Millis:
    return time.time_ns() // 1_000_000
