"""Security tests 12, 13, 16, 17: what an agent may not open, however it is spelled, and what a list lets it."""

from collections.abc import AsyncIterator, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.security.walls.conftest import SITE, Canary, Town, failures, town
from zenobia.agents.browser.agent import THINKING
from zenobia.agents.policy.kinds import Kind
from zenobia.testing.models import Call, Calls, ScriptedModel, scripted_model

NAMES = {
    "metadata.google.internal": "169.254.169.254",
    "7f000001.nip.io": "127.0.0.1",
    "localhost": "127.0.0.1",
    "inside.example": "10.0.0.7",
    "good.example": SITE,
}
TALKED_INTO = {"kinds": dict.fromkeys(Kind, "allow")}
DONE = Calls(Call("done", text="Done."))
ADDRESSES = """http://127.0.0.1:PORT/api/sessions http://localhost:PORT/ http://[::1]:PORT/ http://0.0.0.0:PORT/
http://169.254.169.254/latest/meta-data http://[fd00:ec2::254]/ http://100.100.100.200/ http://metadata.google.internal/
http://10.0.0.1/ http://172.16.0.1/ http://192.168.1.1/ https://10.1.2.3/ http://inside.example/
http://2130706433:PORT/ http://0x7f.1:PORT/ http://0177.0.0.1:PORT/ http://127.1:PORT/ http://[::ffff:127.0.0.1]:PORT/
http://7f000001.nip.io:PORT/ http://good.example@127.0.0.1:PORT/ http://127.0.0.1.:PORT/ http://localhost.:PORT/
http://１２７.0.0.1:PORT/ http://127。0。0。1:PORT/ HTTP://LOCALHOST:PORT/ http://[::7f00:1]:PORT/ http://0:PORT/
http:\\\\127.0.0.1:PORT/ http:127.0.0.1:PORT/ 127.0.0.1:PORT //127.0.0.1:PORT/ http://%31%32%37.0.0.1:PORT/
http://127.0.0.1:PORT\\@good.example/ http://good.example#@127.0.0.1:PORT/ http://[64:ff9b::7f00:1]:PORT/"""
"""What leads, or would like to lead, behind the wall. The last line's second one names a good host after all."""

SCHEMES = """file:///etc/passwd file://localhost/etc/passwd FILE:///etc/passwd view-source:file:///etc/passwd
view-source:http://good.example/ chrome://version chrome:version devtools://devtools/bundled/inspector.html
javascript:document.write(1) data:text/html,<p>hello</p> blob:http://good.example/1 filesystem:http://good.example/x
about:version about:srcdoc ftp://good.example/ ws://good.example/ chrome-extension://x/y chrome-untrusted://x
jar:file:///x java\nscript:alert(1) \x01javascript:alert(1)"""


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    """A model that is talked into anything."""
    import_module(THINKING)
    async with scripted_model() as running:
        yield running


async def by_the_book(name: str) -> Iterable[str]:
    """What names lead to; the system itself knows the odd ways to write a number."""
    import socket

    if name in NAMES:
        return [NAMES[name]]
    return [socket.inet_ntoa(socket.inet_aton(name))]


def obeys(model: ScriptedModel, **more: Any) -> dict[str, Any]:
    """The settings of a server whose agent it drives."""
    return {"model": "openai:scripted", "model_base_url": f"{model.url}/v1", "resolve": by_the_book, **more}


async def opened(
    here: Town, model: ScriptedModel, addresses: list[str], site: str = "", **config: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A session whose agent opens each of these, and a page of the site now and then, so that it is not helped out."""
    model.script = []
    for number, address in enumerate(addresses):
        model.script.append(Calls(Call("open", url=address)))
        if number % 3 == 2 or number == len(addresses) - 1:
            model.script.append(Calls(Call("open", url=f"{site or here.site.url}/{number}")))
    model.script.append(DONE)
    return await here.ran("Do as you are told.", config={"policy": TALKED_INTO, **config})


@pytest.mark.timeout(120)
async def test_no_spelling_of_a_forbidden_address_is_opened(tmp_path: Path, model: ScriptedModel) -> None:
    async with town(tmp_path, **obeys(model)) as here, Canary("127.0.0.3").listening():
        wanted = [one.replace("PORT", str(here.canary.port)) for one in ADDRESSES.split()]
        good = f"http://good.example#@127.0.0.1:{here.canary.port}/"
        wanted.remove(good)
        ended, events = await opened(here, model, wanted)

        assert failures(events) == ["blocked_url"] * len(wanted), said(events)
        assert ended["status"] == "completed", "the session goes on"
        assert len(here.site.asked) == -(-len(wanted) // 3), "and opens what it may"
        assert here.canary.heard == []


@pytest.mark.timeout(60)
async def test_the_servers_own_port_is_refused_and_the_session_goes_on(tmp_path: Path, model: ScriptedModel) -> None:
    async with town(tmp_path, holes=["127.0.0.0/8"], **obeys(model)) as here:
        ended, events = await opened(here, model, [f"http://127.0.0.1:{here.port}/api/sessions"])

        assert failures(events) == ["blocked_url"]
        assert any("it is this server's own" in one for one in said(events))
        assert ended["status"] == "completed"
        assert here.site.asked == [f"{here.site.url}/0"]


@pytest.mark.timeout(60)
async def test_nothing_but_the_web_is_opened(tmp_path: Path, model: ScriptedModel) -> None:
    async with town(tmp_path, **obeys(model)) as here:
        schemes = SCHEMES.split(" ")
        schemes = [one for some in schemes for one in (some.split("\n") if "java\n" not in some else [some])]
        ended, events = await opened(here, model, [*schemes, "about:blank"])

        assert failures(events) == ["blocked_url"] * len(schemes), said(events)
        assert len(here.site.asked) == len(schemes) // 3 + 1
        assert ended["status"] == "completed"
        assert "root:" not in str(model.asked[-1].last)


@pytest.mark.timeout(120)
async def test_a_session_with_a_list_reaches_the_true_host_only(tmp_path: Path, model: ScriptedModel) -> None:
    async def everywhere(_: str) -> Iterable[str]:
        return [SITE]

    async with town(tmp_path, **obeys(model, resolve=everywhere)) as here:
        port = here.site.port
        others = f"""http://example.test.evil:{port}/ http://evil-example.test:{port}/ http://sub.example.test:{port}/
            http://example.test:pw@evil.test:{port}/ http://example.test@evil.test:{port}/ http://ехample.test:{port}/
            http://example.test:{port + 1}/ http://example.test/ http://{SITE}:{port}/ http://exampletest:{port}/
            http://evil.test:{port}/http://example.test http://evil.test:{port}/?example.test""".split()
        here.site.pages["/leak"] = f"""<title>Leak</title><img src="http://evil.test:{port}/picture">
            <iframe src="http://evil.test:{port}/frame"></iframe><img src="/own">"""
        fine = [f"http://example.test:{port}/", f"http://EXAMPLE.test:{port}/", f"http://example.test.:{port}/"]
        own = [f"example.test:{port}"]
        wanted = [*others, *fine, f"{fine[0]}leak"]
        ended, events = await opened(here, model, wanted, fine[0].rstrip("/"), allowedOrigins=own)

        assert failures(events) == ["blocked_url"] * len(others), said(events)
        assert any(f"this session may reach example.test:{port} only" in one for one in said(events))
        assert ended["status"] == "completed"
        hosts = {one.split("/")[2].lower().replace(".:", ":") for one in here.site.asked}
        assert hosts == {f"example.test:{port}"}
        assert any(one.endswith("/own") for one in here.site.asked)


async def test_a_list_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        status, answer = await here.api.answer(
            "POST", "/api/sessions", {"prompt": "open x", "config": {"allowedOrigins": ["*"]}}
        )

    assert (status, answer["code"]) == (400, "invalid_payload")
    assert "allowedOrigins" in answer["error"]


def said(events: list[dict[str, Any]]) -> list[str]:
    """What was told of the actions."""
    return [f"{one['message']} {one['data'].get('error') or ''}" for one in events if one["eventType"] == "action"]
