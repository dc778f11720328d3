"""What a web page can make a browser send gets it no further; what a proxy says is believed of named ones only."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from tests.contract.speaking import connected, opened
from tests.keys import Wanted, make_keys
from tests.security.conftest import PATIENCE, House
from zenobia.testing import scripted_server

EVIL = "https://evil.example"
POLLING = "/socket.io/?EIO=4&transport=polling"
REBOUND = (
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "[::2]",
    "0.0.0.0",
    "",
)
CRAFTED = (
    "localhost:1@evil.example",
    "evil.example@localhost",
    "user:password@localhost:8484",
    "localhost/evil.example",
    "localhost?evil.example",
    "localhost#evil.example",
    "localhost evil.example",
    "localhost,evil.example:80;",
    "localhost:80:80",
    "localhost:http",
    "localhost:８４８４",
    "[::1]evil.example",
    "[::1",
    "[localhost]",
    "::1",
    "local%host",
    "localhost\\evil.example",
    "http://localhost",
)
"""What is neither a name nor an address with or without a port, though some would read one of ours in it."""
OURS = ("127.0.0.1", "127.0.0.1:8484", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8484", "127.1.2.3")
PATHS = ("/api/sessions", "/api/health", "/docs", "/", "/metrics", POLLING)


async def test_no_answer_lets_a_page_use_a_browsers_credentials(open_house: House) -> None:
    """2: every origin may ask, as documented, and none with credentials."""
    preflight = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
    async with open_house.http() as http:
        for path in PATHS:
            for answer in (await http.get(path, headers={"Origin": EVIL}), await http.options(path, headers=preflight)):
                assert "access-control-allow-credentials" not in answer.headers, path
                assert answer.headers.get("access-control-allow-origin") in {"*", EVIL, None}, path


@pytest.mark.parametrize("host", REBOUND)
async def test_a_name_that_is_not_this_machines_is_refused(open_house: House, host: str) -> None:
    """4: DNS rebinding, over GET, POST, polling and WebSocket."""
    named = {"Host": host}
    async with open_house.http() as http:
        for path in PATHS:
            answer = await http.get(path, headers=named)
            assert (answer.status_code, answer.json()["code"]) == (403, "host_not_allowed"), path
        posted = await http.post("/api/sessions", json={}, headers=named)
        assert posted.status_code == 403
        assert (await http.get("/api/sessions")).json()["sessions"] == []
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{open_house.url}/socket.io/?EIO=4&transport=websocket", headers=named)
    assert refused.value.status == 403


@pytest.mark.parametrize("host", OURS)
async def test_this_machines_own_names_are_taken(open_house: House, host: str) -> None:
    """4: the names of a machine for itself."""
    async with open_house.http(Host=host) as http:
        assert (await http.get("/api/sessions")).status_code == 200


@pytest.mark.parametrize("host", CRAFTED)
@pytest.mark.parametrize("settings", [{}, {"allowed_hosts": ["localhost", "evil.example"]}], ids=["own", "named"])
async def test_what_could_be_read_as_two_names_is_refused(open_house: House, host: str) -> None:
    """4: a `Host` holds a name or an address, and a port; nothing else may stand in it (RFC 9110, section 7.2)."""
    async with open_house.http() as http:
        for path in ("/api/sessions", "/", POLLING):
            answer = await http.get(path, headers=[(b"Host", host.encode())])
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload"), path


async def test_a_name_can_be_added(tmp_path: Path) -> None:
    """4: for who stands behind a proxy."""
    hosts = ("zenobia.example:443", "x")
    async with (
        scripted_server(tmp_path, allowed_hosts=["Zenobia.Example"]) as kit,
        httpx.AsyncClient(timeout=PATIENCE) as http,
    ):
        answers = [await http.get(f"{kit.url}/api/sessions", headers={"Host": host}) for host in hosts]

    assert [answer.status_code for answer in answers] == [200, 403]


async def test_jsonp_is_not_spoken(open_house: House) -> None:
    """5: a page of any origin could read the answer as a script."""
    async with open_house.http() as http:
        asked = await http.get(f"{POLLING}&j=0")
        sid = (await http.get(POLLING)).text.partition('"sid":"')[2].partition('"')[0]
        said = await http.post(f"{POLLING}&sid={sid}", content=b"d=40")

    assert (asked.status_code, "___eio" in asked.text) == (400, False)
    assert said.status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_form_of_another_site_is_no_command(open_house: House, kind: str) -> None:
    """6: what a browser posts without asking first does nothing."""
    async with open_house.http(Origin=EVIL) as http:
        for path in ("/api/sessions", "/api/human-layer/requests/x/approve", "/api/sessions/x/cancel"):
            answer = await http.post(path, content=b'{"prompt":"x"}', headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        file = await http.post("/api/files", content=b"file=x", headers={"Content-Type": kind})
        assert file.status_code in {400, 415}
        assert (await http.get("/api/sessions")).json()["sessions"] == []
        assert (await http.get("/api/files")).json()["files"] == []


async def test_pages_of_other_origins_can_be_kept_out(tmp_path: Path) -> None:
    """2: with a list of origins, others get no answer over any wire, and the listed one is named back."""
    friend = "https://friend.example"
    async with scripted_server(tmp_path, allowed_origins=[friend]) as kit, httpx.AsyncClient(timeout=PATIENCE) as http:
        for path in PATHS:
            evil = await http.get(f"{kit.url}{path}", headers={"Origin": EVIL})
            assert (evil.status_code, evil.json()["code"]) == (403, "origin_not_allowed"), path
            assert "access-control-allow-origin" not in evil.headers
        good = await http.get(f"{kit.url}/api/sessions", headers={"Origin": friend})
        polled = await http.get(f"{kit.url}{POLLING}", headers={"Origin": friend})
        none = await http.get(f"{kit.url}/api/sessions")

    assert good.headers["access-control-allow-origin"] == polled.headers["access-control-allow-origin"] == friend
    assert none.status_code == 200


async def test_a_key_in_an_address_is_refused_and_written_nowhere(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """8: over every wire, with everything logged that can be."""
    caplog.set_level(logging.DEBUG)
    for name in ("zenobia", "uvicorn.error", "zenobia.server.sockets.transport"):
        logging.getLogger(name).disabled = False
    async with house.http() as http:
        for name in ("token", "key", "access_token", "api_key", "anything"):
            answer = await http.get("/api/sessions", params={name: house.ours})
            assert (answer.status_code, answer.json()["code"]) == (400, "key_in_address")
        assert (
            await http.get(POLLING, params={"EIO": 4, "transport": "polling", "token": house.ours})
        ).status_code == 400
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{house.url}/socket.io/?EIO=4&transport=websocket&token={house.ours}")
    async with connected(house.url, token=house.ours) as speaker:
        await speaker.ok("listSessions")

    written = [one.getMessage() for one in caplog.records if one.name.startswith(("zenobia", "uvicorn", "engineio"))]
    assert [line for line in written if house.ours[-20:] in line] == []


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
async def test_a_header_makes_nobody_local(house: House, header: str) -> None:
    """9: nobody is let in for where they say that they come from, and nobody is blamed in another's name."""
    async with house.http(**{header: "127.0.0.1"}) as http:
        assert (await http.get("/api/sessions")).status_code == 401
    async with house.http(house.ours, **{header: "203.0.113.9"}) as http:
        request = await _asked(http)
        decided = await http.post(f"/api/human-layer/requests/{request}/deny", json={})

    assert decided.json()["request"]["decision"]["decidedFrom"] == "127.0.0.1"


async def test_a_named_proxy_is_believed(tmp_path: Path) -> None:
    """9: then records say where a decision really came from."""
    (key,) = await make_keys(tmp_path, Wanted())
    async with scripted_server(tmp_path, trusted_proxies=["127.0.0.1"]) as kit:
        shown = {"Authorization": f"Bearer {key}", "X-Forwarded-For": "203.0.113.9"}
        async with httpx.AsyncClient(base_url=kit.url, headers=shown, timeout=PATIENCE) as http:
            request = await _asked(http)
            decided = await http.post(f"/api/human-layer/requests/{request}/deny", json={})

    assert decided.json()["request"]["decision"]["decidedFrom"] == "203.0.113.9"


async def test_wrong_keys_are_slowed_down_and_logged_once_while_a_right_one_is_taken(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """10: a storm of wrong keys, over both wires."""
    async with house.http("wrong") as http:
        answers = [await http.get("/api/sessions") for _ in range(100)]
        async with opened(house.url) as speaker:
            await speaker.say('40{"token":"wrong"}')
            assert "too_many_wrong_keys" in await speaker.packet("44")
    async with house.http(house.ours) as http:
        assert (await http.get("/api/sessions")).status_code == 200
    async with connected(house.url, token=house.ours) as speaker:
        await speaker.ok("listSessions")

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) <= 20
    assert statuses.count(429) >= 80
    assert answers[-1].headers["retry-after"]
    warned = [one for one in caplog.records if one.name == "zenobia.server.auth"]
    assert 1 <= len(warned) <= 2  # one a window, and the storm may reach into the next


async def test_who_does_not_say_who_they_are_is_shown_out(house: House) -> None:
    """44: a connection that never says that it is a client ends within ten seconds."""
    async with asyncio.timeout(11 + PATIENCE), opened(house.url) as speaker:
        began = asyncio.get_running_loop().time()
        while not speaker.websocket.closed:
            await speaker.closed()
        assert 9 <= asyncio.get_running_loop().time() - began <= 12


async def test_who_does_not_say_what_they_ask_for_is_shown_out(house: House) -> None:
    """26, 44: a connection without a request, and one whose head never ends, too."""
    url = httpx.URL(house.url)
    async with asyncio.timeout(11 + PATIENCE):
        silent, quiet = await asyncio.open_connection(url.host, url.port)
        endless, writer = await asyncio.open_connection(url.host, url.port)
        began = asyncio.get_running_loop().time()
        writer.write(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        for reader in (silent, endless):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        for one in (quiet, writer):
            one.close()
            with suppress(ConnectionError):
                await one.wait_closed()
    assert 9 <= asyncio.get_running_loop().time() - began <= 12


async def test_a_client_that_says_goodbye_and_stays_is_shown_out(house: House) -> None:
    """44: it would be counted nowhere."""
    async with asyncio.timeout(11 + PATIENCE), connected(house.url, token=house.ours) as speaker:
        await speaker.say("41")
        while not speaker.websocket.closed:
            await speaker.closed()


@pytest.mark.parametrize("settings", [{"max_strangers": 20}])
async def test_too_many_who_do_not_say_who_they_are_are_answered_busy(house: House, settings: dict[str, Any]) -> None:
    """44: 503 over both transports, while those who have a key and are connected are served."""
    async with connected(house.url, token=house.ours) as mine, house.http() as http:
        statuses = [(await http.get(POLLING)).status_code for _ in range(settings["max_strangers"] + 5)]
        assert statuses == [200] * settings["max_strangers"] + [503] * 5
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{house.url}/socket.io/?EIO=4&transport=websocket")
        assert refused.value.status == 503
        await mine.ok("listSessions")


@pytest.mark.parametrize("settings", [{"max_clients_per_key": 3}])
async def test_one_key_has_so_many_clients(house: House, settings: dict[str, Any]) -> None:
    """44: the next is told, and other keys have room."""
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()
        up = [asyncio.Event() for _ in range(settings["max_clients_per_key"])]
        for one in up:
            group.create_task(_stay(house.url, house.ours, one, done), name="client")
        for one in up:
            await one.wait()
        async with opened(house.url) as speaker:
            await speaker.say(f'40{{"token":"{house.ours}"}}')
            assert "capacity" in await speaker.packet("44")
        async with connected(house.url, token=house.acting):
            done.set()


async def _stay(url: str, key: str, up: asyncio.Event, done: asyncio.Event) -> None:
    async with connected(url, token=key):
        up.set()
        await done.wait()


async def _asked(http: httpx.AsyncClient) -> str:
    """The id of a request that a new session makes."""
    session = (await http.post("/api/sessions", json={"prompt": 'ask a person "May I?"'})).json()["sessionId"]
    async with asyncio.timeout(PATIENCE):
        while not (found := (await http.get("/api/human-layer/requests")).json()["requests"]):
            pass
    assert found[0]["sessionId"] == session
    return found[0]["id"]
