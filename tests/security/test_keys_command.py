"""`zenobia keys`: made, listed and revoked from the command line, beside a server that runs and without one."""

import asyncio
import json
from pathlib import Path

import httpx

from tests.flows.cli import zenobia
from tests.security.conftest import House


async def test_keys_are_made_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    """7: without a server."""
    made = await zenobia("keys", "create", "anna", "--data-dir", "data", "--days", "3", cwd=tmp_path)
    secret = made.out.strip()
    listed = await zenobia("keys", "list", "--json", "--data-dir", "data", cwd=tmp_path)
    (key,) = json.loads(listed.out)
    revoked = await zenobia("keys", "revoke", key["id"], "--data-dir", "data", cwd=tmp_path)
    shown = await zenobia("keys", "list", "--data-dir", "data", cwd=tmp_path)

    assert made.code == 0
    assert secret.startswith("zen_")
    assert "may operate, approve in default" in made.err
    assert key["name"] == "anna"
    assert secret.split("_", 2)[2] not in listed.out + shown.out
    assert secret.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.sqlite*"))
    assert revoked.out == f"Revoked {key['id']}\n"
    assert "revoked" in shown.out


async def heard_of(house: House, secret: str) -> None:
    """Wait until the server has heard of a key that was made beside it, which takes up to a second."""
    async with (
        asyncio.timeout(10),
        httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client,
    ):
        while (await client.get(f"{house.url}/api/sessions")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.3)


async def test_a_key_made_beside_a_running_server_opens_it_and_one_that_is_wrong_does_not(
    house: House, tmp_path: Path
) -> None:
    """7: the command line takes it as `--key`."""
    folder = str(house.data_dir)
    made = await zenobia("keys", "create", "bob", "--scope", "observe", "--data-dir", folder, "--json", cwd=tmp_path)
    secret = json.loads(made.out)["key"]
    await heard_of(house, secret)

    good = await zenobia("sessions", "--server", house.url, "--key", secret, "--json", cwd=tmp_path)
    wrong = await zenobia("sessions", "--server", house.url, "--key", secret[:-1], cwd=tmp_path)
    none = await zenobia("sessions", "--server", house.url, cwd=tmp_path)
    forbidden = await zenobia("run", "wait", "--server", house.url, "--key", secret, cwd=tmp_path)

    assert (good.code, good.out) == (0, "[]\n")
    assert (wrong.code, wrong.err) == (none.code, none.err) == (1, "zenobia: A valid API key is needed.\n")
    assert forbidden.err == "zenobia: This API key may not do that: it lacks the scope operate.\n"


async def test_names_and_scopes_that_there_are_not_are_refused(tmp_path: Path) -> None:
    """7: each with one line."""
    for words in (("a b",), ("anna", "--scope", "root"), ("anna", "--workspace", "../x")):
        refused = await zenobia("keys", "create", *words, "--data-dir", "data", cwd=tmp_path)
        assert refused.code == 2, words
        assert refused.err.count("\n") == 1
    await zenobia("keys", "create", "anna", "--data-dir", "data", cwd=tmp_path)
    unknown = await zenobia("keys", "revoke", "key_x", "--data-dir", "data", cwd=tmp_path)

    assert (unknown.code, unknown.err) == (1, "zenobia: There is no key key_x that could be revoked.\n")
