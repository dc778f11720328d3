"""Row 42: a secret is typed where it belongs, and stands nowhere else: all that can be read is searched for it."""

import asyncio
import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import PATIENCE, Api
from tests.flows.test_traces import receiver
from zenobia.agents.browser.agent import THINKING
from zenobia.app import beside
from zenobia.operators.base import Outcome
from zenobia.operators.scripted import ScriptedBrowsers
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.actions import Action
from zenobia.protocol.limits import Limits
from zenobia.protocol.secrets import Secret, SecretKind
from zenobia.sessions import vault
from zenobia.sessions.vault import KEY_FILE, Vault
from zenobia.settings import Settings
from zenobia.store.backup import back_up
from zenobia.store.opening import DataDirectory, open_store
from zenobia.testing import scripted_server
from zenobia.testing.models import Call, Calls, scripted_model

VALUE = "CANARY word+3"
SPOKEN = ("CANARY word+3", "CANARY%20word%2B3", "CANARY+word%2B3")
SITE = "https://shop.example"
SEED = "JBSWY3DPEHPK3PXP"
PLAYBOOK = f'open {SITE}\ntype secret "shop" into "Password" and submit\nextract "Welcome" as welcome\nscreenshot'


async def keep(folder: Path, name: str, value: str, kind: SecretKind = SecretKind.TEXT, origin: str = SITE) -> None:
    """What `zenobia secrets set` does, without a process of its own."""
    directory = DataDirectory(folder)
    directory.open()
    store = open_store(directory, Limits())
    secret = Secret(workspace="default", name=name, kind=kind, origins=(origin,), changed_at=1)
    sealed = Vault(None, folder / KEY_FILE).seal(secret, value)
    await store.write(lambda tx: tx.keep_secret(sealed))
    await store.close()
    directory.close()


def tells_all(browsers: ScriptedBrowsers) -> None:
    """A page that shows whatever is typed into it wherever it can."""

    def echo(action: Action) -> Outcome:
        raw, quoted, plus = SPOKEN
        url = f"{SITE}/?password={plus}&again={quoted}"
        return Outcome(f"Typed {raw}.", url=url, title=f"Your password is {raw}", value={"rows": [raw, {raw: quoted}]})

    browsers.answers["type secret"] = echo
    browsers.answers["extract"] = echo


def nowhere_in(text: str | bytes, *words: str) -> None:
    data = text.encode() if isinstance(text, str) else text
    for said in words or SPOKEN:
        assert said.encode() not in data


def nowhere_on_disk(folder: Path, *words: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            nowhere_in(path.read_bytes(), *words)


async def all_that_is_told(api: Api, session: str) -> str:
    events = (await api.http.get(f"/api/sessions/{session}/events?limit=1000")).text
    return events + (await api.http.get(f"/api/sessions/{session}")).text + (await api.http.get("/metrics")).text


async def last_problem(api: Api, session: str) -> str:
    failed = [event for event in await api.events(session) if event["data"].get("phase") == "failed"]
    return failed[-1]["data"]["error"]["code"]


async def test_a_playbook_types_a_secret_that_nobody_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await keep(tmp_path, "shop", VALUE)
    browsers = ScriptedBrowsers()
    tells_all(browsers)
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create(PLAYBOOK, sessionType="playbook")
        ended = await api.ended(session)
        told = await all_that_is_told(api, session)
        await api.close()
        [filling] = browsers.of(session).fillings

    assert (ended["status"], filling.value, filling.origins) == ("completed", VALUE, frozenset({SITE}))
    assert 'Type the secret \\"shop\\" into' in told
    assert "••••••" in told
    nowhere_in(told)
    nowhere_in(caplog.text)
    nowhere_in(repr(filling))
    nowhere_on_disk(tmp_path)


async def test_a_server_says_when_its_key_does_not_open_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(tmp_path, "shop", VALUE)
    told: asyncio.Queue[str] = asyncio.Queue()

    def warned(text: str, *given: object) -> None:
        told.put_nowait(text % given)

    monkeypatch.setattr(vault.log, "warning", warned)
    async with beside(Settings(data_dir=tmp_path)) as store:
        await vault.look_into(Vault(None, tmp_path / KEY_FILE), store)
    assert told.empty()

    (tmp_path / KEY_FILE).unlink()  # as after a restore without it
    async with scripted_server(tmp_path), asyncio.timeout(PATIENCE):
        said = await told.get()

    assert said == (
        "The key for secrets cannot be used: there is no secrets.key in the data directory. "
        "Until it is put right, no secret can be typed."
    )


async def test_a_model_names_a_secret_and_never_reads_it(tmp_path: Path) -> None:
    import_module(THINKING)  # which takes seconds
    await keep(tmp_path, "shop", VALUE)
    browsers = ScriptedBrowsers()
    tells_all(browsers)
    async with scripted_model() as model:
        settings: dict[str, Any] = {"model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
        model.script = [
            Calls(Call("open", url=SITE)),
            Calls(Call("type_secret", secret="shop", target="Password")),
            Calls(Call("extract", target="Welcome", name="welcome")),
            Calls(Call("done", text="Signed in.")),
        ]
        async with scripted_server(tmp_path, browsers, **settings) as kit:
            api = Api(kit.url)
            api.patience = api.http.timeout = 40  # the library of the provider is loaded meanwhile
            session = await api.create(f"Sign in at {SITE} with the secret shop.")
            asked = await api.until(session, lambda event: event["eventType"] == "human_layer_request")
            request = asked["data"]["request"]
            browsers.of(session).snapshot = f"text: your password is {VALUE}"
            await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
            ended = await api.ended(session)
            told = await all_that_is_told(api, session)
            await api.close()
        prompts = "".join(one.text for one in model.asked)

    assert request["action"]["kind"] == "credential"
    assert ended["status"] == "completed"
    assert "••••••" in prompts
    nowhere_in(prompts)
    nowhere_in(told)
    nowhere_on_disk(tmp_path)


async def test_what_leaves_the_server_in_other_ways_holds_none(tmp_path: Path) -> None:
    """Traces, the playbook that a session exports, the audit record, and a backup, whatever it keeps."""
    data = tmp_path / "data"
    await keep(data, "shop", VALUE)
    browsers = ScriptedBrowsers()
    tells_all(browsers)
    async with receiver() as there:
        async with scripted_server(data, browsers, otlp_endpoint=there.url) as kit:
            api = Api(kit.url)
            session = await api.create(PLAYBOOK, sessionType="playbook")
            await api.ended(session)
            playbook = (await api.http.get(f"/api/sessions/{session}/playbook")).text
            await asyncio.to_thread(back_up, data, tmp_path / "backup.tar")
            await api.close()
        spans = [one.name for one in there.spans]
    async with beside(Settings(data_dir=data)) as store:
        entries = await store.read(lambda tx: tx.audited(("", 0), 100))

    assert [one for one in spans if one.startswith("execute_tool")], spans
    assert "type secret" in playbook
    assert entries
    for told in (b"".join(there.bodies), playbook, str(entries), (tmp_path / "backup.tar").read_bytes()):
        nowhere_in(told)


@pytest.mark.parametrize(("at", "name"), [("https://evil.example", "shop"), (SITE, "unknown")])
async def test_a_secret_goes_to_its_own_site_only(tmp_path: Path, at: str, name: str) -> None:
    await keep(tmp_path, "shop", VALUE)
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(f'open {at}\ntype secret "{name}" into "Password"', sessionType="playbook")
        ended = await api.ended(session)
        problem = await last_problem(api, session)
        await api.close()
        fillings = kit.browsers.of(session).fillings

    assert ended["status"] == "failed"
    assert problem == "secret_not_usable"
    assert fillings == []
    nowhere_on_disk(tmp_path)


async def test_what_goes_wrong_does_not_tell_it_either(tmp_path: Path) -> None:
    await keep(tmp_path, "shop", VALUE)
    browsers = ScriptedBrowsers({"type secret": TargetNotFound(wanted=VALUE, present=SPOKEN[1])})
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create(PLAYBOOK, sessionType="playbook")
        ended = await api.ended(session)
        told, problem = await all_that_is_told(api, session), await last_problem(api, session)
        await api.close()

    assert (ended["status"], problem) == ("failed", TargetNotFound.code)
    nowhere_in(told)


async def test_a_restarted_server_still_knows_what_must_not_be_shown(tmp_path: Path) -> None:
    await keep(tmp_path, "shop", VALUE)
    browsers = ScriptedBrowsers()
    tells_all(browsers)
    steps = f'open {SITE}\ntype secret "shop" into "Password"\nask for approval\nextract "Welcome" as welcome'
    async with scripted_server(tmp_path, browsers) as kit:
        api = Api(kit.url)
        session = await api.create(steps, sessionType="playbook")
        await api.until(session, lambda event: event["eventType"] == "human_layer_request")
        await api.close()
    again = ScriptedBrowsers()
    tells_all(again)
    async with scripted_server(tmp_path, again) as kit:
        api = Api(kit.url)
        [request] = (await api.ok("GET", "/api/human-layer/requests"))["requests"]
        await api.ok("POST", f"/api/human-layer/requests/{request['id']}/approve")
        ended = await api.ended(session)
        told = await all_that_is_told(api, session)
        await api.close()

    assert ended["status"] == "completed"
    assert "welcome" in ended["result"]["extracted"]
    nowhere_in(told)


async def test_a_one_time_code_is_made_when_it_is_typed(tmp_path: Path) -> None:
    await keep(tmp_path, "shop", SEED, SecretKind.TOTP)
    async with scripted_server(tmp_path) as kit:
        api = Api(kit.url)
        session = await api.create(f'open {SITE}\ntype secret "shop" into "Code"', sessionType="playbook")
        ended = await api.ended(session)
        await api.close()
        [filling] = kit.browsers.of(session).fillings

    assert ended["status"] == "completed"
    assert len(filling.value) == 6
    assert filling.value.isdigit()
    nowhere_on_disk(tmp_path, SEED)
