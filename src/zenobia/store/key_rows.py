"""The verbs of API keys. A key that was revoked stays known: that there ever was one is why others are needed."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from zenobia.protocol.access import Key, Scope
from zenobia.store.bell import KEYS
from zenobia.store.log import Log
from zenobia.store.schema import keys


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key, and what is kept of its secret."""

    key: Key
    fingerprint: str


class KeyRows(Log):
    """API keys in one transaction."""

    def add_key(self, key: Key, fingerprint: str) -> None:
        """Keep a new key."""
        values = key.model_dump() | {"scopes": " ".join(key.scopes), "fingerprint": fingerprint}
        self.run(insert(keys).values(values))
        self.touch({KEYS})

    def keys(self) -> list[StoredKey]:
        """Every key that there ever was, oldest first."""
        found = self.rows(select(keys).order_by(keys.c.created_at, keys.c.id))
        return [
            StoredKey(
                Key(
                    id=row.id,
                    name=row.name,
                    workspace=row.workspace,
                    scopes=tuple(Scope(one) for one in row.scopes.split()),
                    created_at=row.created_at,
                    expires_at=row.expires_at,
                    revoked_at=row.revoked_at,
                    subject=row.subject,
                ),
                row.fingerprint,
            )
            for row in found
        ]

    def revoke_key(self, key: str) -> bool:
        """Make a key good for nothing from now on; whether there is one with that id that was not revoked before."""
        standing = (keys.c.id == key, keys.c.revoked_at.is_(None))
        self.touch({KEYS})
        return self.run(update(keys).where(*standing).values(revoked_at=self.now)) == 1
