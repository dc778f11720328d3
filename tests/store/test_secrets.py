"""Secrets as both databases keep them: sealed, one of a name in a workspace, and opened as they were put."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from zenobia.protocol.secrets import Secret, SecretKind
from zenobia.sessions.vault import KEY_FILE, Vault
from zenobia.store.engine import Store


def secret(name: str = "shop", workspace: str = "w", *origins: str) -> Secret:
    chosen = origins or ("https://shop.example", "https://pay.example:8443")
    return Secret(workspace=workspace, name=name, kind=SecretKind.TEXT, origins=chosen, changed_at=5)


async def test_a_secret_is_kept_under_its_name_and_opened_with_its_key(store: Store, tmp_path: Path) -> None:
    vault = Vault(None, tmp_path / KEY_FILE)
    await store.write(lambda tx: tx.keep_secret(vault.seal(secret(), "CANARY wörd")))

    found = await store.read(lambda tx: tx.secret("w", "shop"))

    assert found is not None
    assert found.secret == secret()
    assert vault.open(found) == "CANARY wörd"
    assert await store.read(lambda tx: tx.secret("v", "shop")) is None
    told = await store.read(lambda tx: [str(row) for row in tx.rows(text("SELECT * FROM secrets"))])
    assert len(told) == 1
    assert "CANARY" not in told[0]


async def test_a_new_value_takes_the_place_of_the_old_also_when_several_come_at_once(
    store: Store, tmp_path: Path
) -> None:
    vault = Vault(None, tmp_path / KEY_FILE)
    sealed = [vault.seal(secret("shop", "w", f"https://{n}.example"), f"value {n}") for n in range(8)]
    await asyncio.gather(*(store.write(lambda tx, one=one: tx.keep_secret(one)) for one in sealed))

    [kept] = await store.read(lambda tx: tx.secrets("w"))
    found = await store.read(lambda tx: tx.secret("w", "shop"))

    assert found is not None
    assert found.secret == kept
    assert vault.open(found) == f"value {kept.origins[0].removeprefix('https://').removesuffix('.example')}"


async def test_secrets_are_listed_by_workspace_and_dropped_once(store: Store, tmp_path: Path) -> None:
    vault = Vault(None, tmp_path / KEY_FILE)
    for name, workspace in (("b", "w"), ("a", "w"), ("a", "v")):
        sealed = vault.seal(secret(name, workspace), "value")
        await store.write(lambda tx, one=sealed: tx.keep_secret(one))

    assert [one.name for one in await store.read(lambda tx: tx.secrets("w"))] == ["a", "b"]
    assert len(await store.read(lambda tx: tx.secrets())) == 3
    assert await store.write(lambda tx: tx.drop_secret("w", "a"))
    assert not await store.write(lambda tx: tx.drop_secret("w", "a"))
    assert [one.name for one in await store.read(lambda tx: tx.secrets("w"))] == ["b"]
    assert [one.name for one in await store.read(lambda tx: tx.secrets("v"))] == ["a"]
