"""Who did what is on record, in the transaction of the deed; whoever changes the record is found out."""

import asyncio
import sqlite3
from pathlib import Path

import httpx
import orjson
import pytest

from tests.flows.cli import zenobia
from tests.flows.conftest import Api
from tests.keys import Wanted, make_keys
from zenobia.protocol.audit import Entry, first_broken
from zenobia.protocol.limits import Limits
from zenobia.store.opening import DataDirectory, open_store
from zenobia.testing import scripted_server


async def recorded(folder: Path) -> list[Entry]:
    directory = DataDirectory(folder)
    directory.open()
    store = open_store(directory, Limits())
    found = await store.read(lambda tx: tx.audited(("", 0), 1_000))
    await store.close()
    directory.close()
    return found


async def lived(folder: Path) -> str:
    """A session that was asked about, approved and deleted; its id."""
    async with scripted_server(folder) as kit:
        api = Api(kit.url)
        steps = "open https://a.example/CANARY-path\nask for approval\nscreenshot"
        session = await api.create(steps, sessionType="playbook", commandId="CANARY-command")
        await api.create(steps, sessionType="playbook", commandId="CANARY-command")
        asked = await api.until(session, lambda event: event["eventType"] == "human_layer_request")
        await api.ok("POST", f"/api/human-layer/requests/{asked['data']['request']['id']}/approve")
        await api.answer("POST", f"/api/human-layer/requests/{asked['data']['request']['id']}/approve")
        await api.ended(session)
        await api.ok("DELETE", f"/api/sessions/{session}")
        await api.close()
    return session


def tamper(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "zenobia.sqlite") as connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


async def test_every_deed_is_recorded_once_with_who_and_without_words(tmp_path: Path) -> None:
    session = await lived(tmp_path)
    found = await recorded(tmp_path)

    whats = [orjson.loads(one.text)["what"] for one in found]
    assert whats == ["createSession", "approveHumanLayerRequest", "deleteSession"], "repeats and refusals are no deeds"
    assert all(f'"session":"{session}"' in one.text for one in found)
    assert '"decision":"approved"' in found[1].text
    assert '"address":"127.0.0.1"' in found[1].text
    assert "CANARY" not in "".join(one.text for one in found)
    assert first_broken(found) is None


async def test_changes_and_cuts_are_found_by_the_command(tmp_path: Path) -> None:
    await lived(tmp_path)
    place = ("--data-dir", str(tmp_path))
    whole = await zenobia("audit", "verify", *place, cwd=tmp_path)
    exported = await zenobia("audit", "export", *place, cwd=tmp_path)
    (tmp_path / "audit.jsonl").write_text(exported.out)
    offline = await zenobia("audit", "verify", "audit.jsonl", cwd=tmp_path)
    await asyncio.to_thread(tamper, tmp_path, "DELETE FROM audit WHERE number = 3")
    cut = await zenobia("audit", "verify", *place, cwd=tmp_path)
    await asyncio.to_thread(
        tamper, tmp_path, "UPDATE audit SET json = replace(json, 'approved', 'denied') WHERE number = 2"
    )
    changed = await zenobia("audit", "verify", *place, cwd=tmp_path)

    assert (whole.code, offline.code) == (0, 0), whole.err + offline.err
    assert "3 entries" in whole.out
    assert whole.out == offline.out
    assert cut.code == 1
    assert "missing at the end" in cut.err
    assert changed.code == 1
    assert "entry 2 of default" in changed.err


async def test_keys_and_refused_sign_ins_are_on_record(tmp_path: Path) -> None:
    [secret] = await make_keys(tmp_path, Wanted("anna"))
    async with scripted_server(tmp_path) as kit, httpx.AsyncClient(base_url=kit.url, timeout=30) as http:
        wrong = [await http.get("/api/sessions", headers={"Authorization": "Bearer zen_no"}) for _ in range(3)]
        right = await http.post("/api/sessions", json={}, headers={"Authorization": f"Bearer {secret}"})
    entries = await recorded(tmp_path)
    found = [orjson.loads(one.text) for one in entries]
    refused = [one for one in found if one["what"] == "sign-in refused"]
    created = next(one for one in found if one["what"] == "createSession")

    assert {one.status_code for one in wrong} == {401}
    assert right.status_code == 201
    assert [(one["by"], one["address"]) for one in refused] == [("unknown", "127.0.0.1")], "once in a window"
    assert (created["by"], created["key"][:4]) == ("anna", "key_")
    assert secret not in str(found)
    assert first_broken(entries) is None


LOOKING = [("audit", "verify"), ("keys", "list"), ("keys", "revoke", "key_1"), ("secrets", "list")]


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
async def test_to_look_where_nothing_was_kept_makes_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = await zenobia(*words, "--data-dir", str(tmp_path / "typo"), cwd=tmp_path)

    assert (done.code, done.out) == (1, "")
    assert done.err == f"zenobia: There is nothing in {tmp_path / 'typo'}: no server has run there.\n"
    assert not await asyncio.to_thread((tmp_path / "typo").exists)
