"""The transport under Socket.IO: what makes no sense is refused, and a connection lives and ends as promised."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import httpx
import pytest

from tests.contract.conftest import Running
from tests.contract.speaking import SPACE, Speaker, connected, opened, polling
from zenobia.testing import Kit, scripted_server

OPEN = "EIO=4&transport=polling"


@pytest.fixture
async def beating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kit]:
    """A server whose heart beats fast."""
    monkeypatch.setattr("zenobia.server.sockets.PING_EVERY", 0.1)
    monkeypatch.setattr("zenobia.server.sockets.PONG_WITHIN", 1.0)
    async with scripted_server(tmp_path / "data") as kit:
        yield kit


async def test_a_client_that_speaks_is_there_though_its_pongs_are_not(beating: Kit) -> None:
    async with connected(beating.url) as client:
        client.pongs = False
        while client.heartbeats < 5:  # the next one comes only when the client counts as there
            await client.ask("listSessions")

        assert not client.websocket.closed
        await client.closed()


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "transport=polling", 5),
        ("GET", "EIO=3&transport=polling", 5),
        ("GET", "EIO=abc&transport=polling", 5),
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=abc", 0),
        ("GET", "EIO=4&transport=websocket", 3),
        ("GET", f"{OPEN}&j=0", 3),
        ("GET", f"{OPEN}&sid=unknown", 1),
        ("POST", OPEN, 2),
        ("POST", f"{OPEN}&sid=unknown", 1),
        ("PUT", OPEN, 2),
        ("DELETE", OPEN, 2),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_by_the_protocols_number(
    http: httpx.Client, method: str, query: str, code: int
) -> None:
    answer = http.request(method, f"/socket.io/?{query}", headers={"Origin": "https://elsewhere.example"})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert answer.json()["code"] == code
    assert answer.json()["message"]
    assert "access-control-allow-origin" in answer.headers


@pytest.mark.parametrize("query", ["EIO=3&transport=websocket", "EIO=4", "EIO=4&transport=websocket&sid=unknown"])
async def test_a_websocket_that_makes_no_sense_is_refused(server: Running, query: str) -> None:
    address = f"{server.url.replace('http', 'ws')}/socket.io/?{query}"
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(address)

    assert 400 <= refused.value.status < 500


def test_a_page_from_anywhere_may_ask_but_brings_no_authority(http: httpx.Client) -> None:
    headers = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}

    preflight = http.options(f"/socket.io/?{OPEN}", headers=headers)
    opening = http.get(f"/socket.io/?{OPEN}", headers=headers)
    refusal = http.get("/socket.io/?EIO=4", headers=headers)

    for answer in (preflight, opening, refusal):
        assert answer.headers["Access-Control-Allow-Origin"] in {"*", "http://elsewhere.example"}
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert (preflight.status_code, opening.status_code, refusal.status_code) == (200, 200, 400)


def test_the_handshake_says_what_holds(http: httpx.Client) -> None:
    handshake = json.loads(http.get(f"/socket.io/?{OPEN}").text[1:])

    assert handshake.pop("sid")
    assert handshake == {
        "upgrades": ["websocket"],
        "pingInterval": 25_000,
        "pingTimeout": 20_000,
        "maxPayload": 1 << 20,
    }


@pytest.mark.parametrize("body", ["abc", "d=4hello", f"40{SPACE}", "4[1", "2", "\N{SNOWMAN}"])
async def test_a_body_that_cannot_be_read_ends_the_connection(server: Running, body: str) -> None:
    async with polling(server.url) as client:
        await client.post("40")
        await client.packets(1)

        await client.post(body)

        assert (await client.get())[0] == 400


def test_a_body_of_untold_length_is_cut_off_at_the_limit(http: httpx.Client) -> None:
    sid = json.loads(http.get(f"/socket.io/?{OPEN}").text[1:])["sid"]

    answer = http.post(f"/socket.io/?{OPEN}&sid={sid}", content=(b"4" * (1 << 20) for _ in range(12)))

    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


async def test_two_polls_at_once_end_the_connection(server: Running) -> None:
    async with polling(server.url) as client:
        polls = sorted(await asyncio.gather(client.get(), client.get()))

        assert polls[0] == (200, "1")
        assert polls[1][0] == 400
        assert (await client.get())[0] == 400


async def test_leaving_ends_the_poll_that_waits(server: Running) -> None:
    async with polling(server.url) as client:
        polled, posted = await asyncio.gather(client.get(), client.post("1"))

        assert (polled, posted) == ((200, "6"), (200, "ok"))
        assert (await client.get())[0] == 400


async def upgrading(http: aiohttp.ClientSession, url: str, sid: str) -> aiohttp.ClientWebSocketResponse:
    return await http.ws_connect(f"{url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid={sid}")


async def test_an_upgrade_goes_on_where_polling_was(server: Running) -> None:
    async with polling(server.url) as client, aiohttp.ClientSession() as http:
        await client.post("40")
        await client.packets(1)
        websocket = await upgrading(http, server.url, client.sid)
        polled = asyncio.create_task(client.get(), name="poll")
        await websocket.send_str("2probe")

        assert await websocket.receive_str() == "3probe"
        assert await polled == (200, "6")
        await websocket.send_str("5")
        await websocket.send_str('421["leaveSession"]')
        assert await websocket.receive_str() == '431[{"success":true}]'
        assert (await client.get())[0] == 400
        second = await upgrading(http, server.url, client.sid)
        assert (await second.receive()).type is aiohttp.WSMsgType.CLOSE
        await websocket.send_str('422["leaveSession"]')
        assert await websocket.receive_str() == '432[{"success":true}]'
        await websocket.close()


@pytest.mark.parametrize("last", [[], ["2probe"], ["2probe", "4hello"], ["rubbish"], ["nonsense", "5"]])
async def test_an_upgrade_that_breaks_off_leaves_polling_as_it_was(server: Running, last: list[str]) -> None:
    async with polling(server.url) as client, aiohttp.ClientSession() as http:
        await client.post("40")
        await client.packets(1)
        websocket = await upgrading(http, server.url, client.sid)
        for frame in last:
            await websocket.send_str(frame)
        await websocket.close()

        await client.post('421["leaveSession"]')

        assert await client.packet("43") == '431[{"success":true}]'


async def test_an_upgrade_that_says_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenobia.server.engine.UPGRADE_WITHIN", 0.1)
    async with (
        scripted_server(tmp_path / "data") as kit,
        polling(kit.url) as client,
        aiohttp.ClientSession() as http,
    ):
        silent = await upgrading(http, kit.url, client.sid)
        assert (await silent.receive()).type is aiohttp.WSMsgType.CLOSE
        halfway = await upgrading(http, kit.url, client.sid)
        await halfway.send_str("2probe")
        assert await halfway.receive_str() == "3probe"
        assert (await halfway.receive()).type is aiohttp.WSMsgType.CLOSE

        await client.post("40")
        assert await client.packet("40")


async def test_who_does_not_answer_a_heartbeat_is_gone(beating: Kit) -> None:
    async with connected(beating.url) as alive, connected(beating.url) as dead, polling(beating.url) as silent:
        dead.pongs = False
        await dead.closed()

        assert (await silent.get())[0] in {200, 400}
        await health(beating, clients=1)
        await alive.ok("getHumanLayerRequests")


async def health(kit: Kit, *, clients: int) -> None:
    """Wait until the server knows of so many clients."""
    async with httpx.AsyncClient(base_url=kit.url, timeout=30) as http, asyncio.timeout(10):
        while (await http.get("/api/health")).json()["clients"] != clients:
            pass  # each look takes its time


async def beats(client: Speaker, count: int) -> None:
    """Wait for so many heartbeats."""
    before = client.heartbeats
    await client.fact(lambda: client.heartbeats >= before + count)


async def test_a_clock_that_is_set_drops_nobody(beating: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.time()
    async with connected(beating.url) as client:
        await beats(client, 2)
        for hours in (1, -1, 24):
            monkeypatch.setattr(time, "time", lambda hours=hours: started + hours * 3_600)
            await beats(client, 3)

        await client.ok("getHumanLayerRequests")


async def test_a_server_that_stops_lets_everyone_go(tmp_path: Path) -> None:
    async with AsyncExitStack() as clients:
        async with scripted_server(tmp_path / "data") as kit:
            stranger = await clients.enter_async_context(opened(kit.url))
            client = await clients.enter_async_context(connected(kit.url))

        await stranger.closed()
        await client.closed()
        assert client.packets[-1] == "1"
