"""Keys are kept by their digest, listed for ever, and revoked once."""

from zenobia.protocol.access import Key, Scope, fingerprint, key_of, new_key, proves
from zenobia.store.bell import KEYS
from zenobia.store.engine import Store


async def test_a_key_is_kept_and_revoked_once(store: Store) -> None:
    key_id, secret = new_key()
    key = Key(id=key_id, name="anna", workspace="w", scopes=(Scope.OPERATE, Scope.APPROVE), created_at=5, expires_at=7)

    await store.write(lambda tx: tx.add_key(key, fingerprint(secret)))

    (kept,) = await store.read(lambda tx: tx.keys())
    assert kept.key == key
    assert proves(secret, kept.fingerprint)
    assert secret not in kept.fingerprint
    with store.bell.listen(KEYS) as rings:
        assert await store.write(lambda tx: tx.revoke_key(key_id))
        assert await rings.wait(5)
    assert not await store.write(lambda tx: tx.revoke_key(key_id))
    (revoked,) = await store.read(lambda tx: tx.keys())
    assert revoked.key.revoked_at is not None


def test_a_secret_says_which_key_it_is_and_nothing_else_proves_it() -> None:
    first, second = new_key(), new_key()

    assert key_of(first[1]) == first[0]
    assert proves(first[1], fingerprint(first[1]))
    assert not proves(second[1], fingerprint(first[1]))
    assert len(first[1].removeprefix(f"zen_{first[0].removeprefix('key_')}_")) >= 43, "256 bits"
    for text in ("", "zen", "zen_", "zen__", "key_x", "\ud800", "zen_\0_"):
        assert not proves(text, fingerprint(first[1]))
        assert key_of(text) != first[0]
