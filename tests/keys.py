"""API keys for tests, made as `zenobia keys create` makes them."""

from dataclasses import dataclass
from pathlib import Path

from zenobia.app import beside
from zenobia.protocol.access import DEFAULT_WORKSPACE, Key, Scope, fingerprint, key_of, new_key
from zenobia.settings import Settings
from zenobia.store.tx import Tx


@dataclass(frozen=True)
class Wanted:
    """A key to be made; `lasts` is in seconds."""

    name: str = "anna"
    workspace: str = DEFAULT_WORKSPACE
    scopes: tuple[Scope, ...] = (Scope.ADMIN,)
    lasts: float | None = None


async def make_keys(data_dir: Path, *wanted: Wanted) -> list[str]:
    """The secrets of new keys of the server at `data_dir`, whether or not it runs."""
    made = [new_key() for _ in wanted]

    def add(tx: Tx) -> None:
        for one, (key_id, secret) in zip(wanted, made, strict=True):
            key = Key(
                id=key_id,
                name=one.name,
                workspace=one.workspace,
                scopes=one.scopes,
                created_at=tx.now,
                expires_at=None if one.lasts is None else tx.now + int(one.lasts * 1_000),
            )
            tx.add_key(key, fingerprint(secret))

    async with beside(Settings(data_dir=data_dir)) as store:
        await store.write(add)
    return [secret for _, secret in made]


async def revoke(data_dir: Path, secret: str) -> None:
    """Revoke a key, from another process than the server's as far as that can tell."""
    async with beside(Settings(data_dir=data_dir)) as store:
        assert await store.write(lambda tx: tx.revoke_key(key_of(secret)))
