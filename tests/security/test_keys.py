"""Where there are keys, nothing is done, shown or told without one that is good for it, for as long as it lasts."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from tests.contract.speaking import connected, opened
from tests.keys import Wanted, make_keys, revoke
from tests.security.conftest import PATIENCE, House
from zenobia.app import serving
from zenobia.client import ApiError, Client
from zenobia.protocol.access import Scope
from zenobia.protocol.commands import COMMANDS
from zenobia.server.reference import EXAMPLES
from zenobia.settings import NotPrivate, Settings
from zenobia.testing import ScriptedBrowsers, scripted_server

BESIDES = (
    ("GET", "/api/sessions/x/events"),
    ("GET", "/api/sessions/x/pictures/y"),
    ("POST", "/api/files"),
    ("PUT", "/api/files/x"),
    ("GET", "/api/files"),
    ("GET", "/api/files/x"),
    ("GET", "/api/files/x/text"),
    ("DELETE", "/api/files/x"),
    ("GET", "/metrics"),
    ("GET", "/nowhere"),
)
WRONG = ("", "Bearer", "Bearer nonsense", "Bearer zen_", "Bearer zen_x_y", "Basic eDp5", "Bearer \xe9\xff")


def routes() -> list[tuple[str, str]]:
    """Every route, with something for its parts."""
    named = {"sessionId": "x", "requestId": "y"}
    return [(one.method, one.path.format(**named)) for one in COMMANDS.values()] + list(BESIDES)


async def test_nothing_is_answered_without_a_key(house: House) -> None:
    """1: every route, from an evil origin, with no key, with half of one, and with wrong ones."""
    async with house.http(Origin="https://evil.example") as http:
        for method, path in routes():
            for shown in WRONG[:3]:
                answer = await http.request(method, path, headers={b"Authorization": shown.encode("latin-1")})
                assert (answer.status_code, answer.json()["code"]) in {
                    (401, "unauthorized"),
                    (429, "too_many_wrong_keys"),
                }
            bare = await http.request(method, path)
            assert (bare.status_code, bare.json()["code"]) == (401, "unauthorized"), (method, path)
            assert bare.headers["www-authenticate"] == "Bearer"
            assert "access-control-allow-credentials" not in bare.headers


@pytest.mark.parametrize("shown", WRONG)
async def test_what_is_no_key_is_refused(house: House, shown: str) -> None:
    """1: whatever stands where a key should."""
    async with house.http() as http:
        answer = await http.get("/api/sessions", headers={b"Authorization": shown.encode("latin-1")})

    assert answer.status_code == 401


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, {"token": "x"}, {"token": ["x"]}, {"token": {"x": 1}}])
async def test_no_connection_without_a_key(house: House, auth: Any) -> None:
    """1: Socket.IO says why, tells no event and takes no command."""
    async with opened(house.url) as speaker:
        await speaker.say("40" if auth is None else f"40{json.dumps(auth)}")
        refused = json.loads((await speaker.packet("44"))[2:])
        assert refused["data"]["code"] == "unauthorized"
        assert refused["data"]["success"] is False
        await speaker.say('421["listSessions"]')
        await speaker.closed()
        assert speaker.answers == {}


async def test_half_of_a_right_key_is_a_wrong_key(house: House) -> None:
    """1: the id of a key, its secret cut, grown, or with one letter changed."""
    prefix, name, secret = house.ours.split("_", 2)  # the secret itself may hold another
    head = f"{prefix}_{name}"
    other = "B" if secret[5] == "A" else "A"
    tries = (head, house.ours[:-1], house.ours + "A", f"{head}_{secret[:5]}{other}{secret[6:]}", house.ours.upper())

    async with house.http() as http:
        answers = [await http.get("/api/sessions", headers={"Authorization": f"Bearer {one}"}) for one in tries]

    assert {answer.status_code for answer in answers} == {401}


async def test_what_is_public_says_no_more_than_it_must(house: House) -> None:
    """1: who has no key learns how to speak with the server, and whether it is well."""
    async with house.http() as http:
        health = await http.get("/api/health")
        for path in ("/docs", "/openapi.json", "/asyncapi.json"):
            assert (await http.get(path)).status_code == 200
    async with house.http(house.looking) as http:
        looking = await http.get("/api/health")
    async with house.http(house.ours) as http:
        whole = await http.get("/api/health")

    assert health.json() == looking.json() == {"status": "ok"}
    assert set(whole.json()) > {"status", "version", "sessions"}


@pytest.mark.parametrize(
    ("key", "may", "may_not"),
    [
        ("looking", Scope.OBSERVE, {Scope.OPERATE, Scope.APPROVE}),
        ("acting", Scope.OPERATE, {Scope.APPROVE}),
        ("approving", Scope.APPROVE, {Scope.OPERATE}),
        ("ours", Scope.ADMIN, set[Scope]()),
    ],
)
async def test_a_key_does_what_its_scope_says_and_no_more(
    house: House, key: str, may: Scope, may_not: set[Scope]
) -> None:
    """1: every command over both wires, with every scope; what is allowed gets further than the door."""
    secret = getattr(house, key)
    named = {"sessionId": "x", "requestId": "y"}
    async with house.http(secret) as http, connected(house.url, token=secret) as speaker:
        for name, command in COMMANDS.items():
            ids = {field: named[field] for field in named if f"{{{field}}}" in command.path}
            said = EXAMPLES[name] | ids
            answer = await http.request(command.method, command.path.format(**named), json=None)
            ack = await speaker.ask(name, said)
            lacks = command.needs in may_not or (name == "takeControl" and Scope.APPROVE in may_not)
            assert (answer.json().get("code") == "missing_scope") == lacks or answer.status_code == 400, name
            assert (ack.get("code") == "missing_scope") == lacks, name
        upload = await http.put(f"/api/files/{may}", content=b"x")
        metrics = await http.get("/metrics")

    assert (upload.status_code == 403) == (Scope.OPERATE in may_not)
    assert (metrics.status_code == 403) == (may is not Scope.ADMIN)


async def test_who_may_only_look_takes_no_updates_away(house: House) -> None:
    """39: a key that may only observe follows as an observer does, whatever it says of itself."""
    async with connected(house.url, token=house.ours) as mine, connected(house.url, token=house.looking) as screen:
        session = (await mine.ask("createSession", {"sessionType": "manual"}))["sessionId"]
        await screen.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        await mine.until(lambda event: event["status"] == "waiting")
        await screen.until(lambda event: event["status"] == "waiting")


async def test_a_revoked_key_ends_everything_that_goes_on_with_it(house: House) -> None:
    """1: the connection and the stream are cut off with a code, and nothing is answered any more."""
    (key,) = await make_keys(house.data_dir, Wanted("temp", "ours"))
    async with house.http(key) as http:
        await _until_taken(http)
        session = (await http.post("/api/sessions", json={"sessionType": "manual"})).json()["sessionId"]
        async with connected(house.url, token=key) as speaker, connected(house.url, token=house.ours) as bystander:
            following = asyncio.create_task(_last_words(http, session), name="stream")
            await revoke(house.data_dir, key)

            async with asyncio.timeout(PATIENCE):
                assert await following == {"event": "refused", "code": "key_revoked"}
            await speaker.closed()
            assert speaker.events[-1]["code"] == "key_revoked"
            assert (await bystander.ok("listSessions"))["sessions"]
        refused = await http.get(f"/api/sessions/{session}")

    assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")
    async with opened(house.url) as again:
        await again.say(f"40{json.dumps({'token': key})}")
        assert "key_revoked" in await again.packet("44")


async def test_a_key_that_expires_ends_everything_that_goes_on_with_it(house: House) -> None:
    """1: to the second, without anybody doing anything."""
    (key,) = await make_keys(house.data_dir, Wanted("guest", "ours", lasts=4))
    async with house.http(key) as http:
        await _until_taken(http)
        async with connected(house.url, token=key) as speaker:
            await speaker.closed()
            assert speaker.events[-1]["code"] == "key_expired"
        assert (await http.get("/api/sessions")).json()["code"] == "key_expired"


async def test_the_python_client_hears_why_its_stream_ends(house: House) -> None:
    """1: following ends with the server's own word."""
    (key,) = await make_keys(house.data_dir, Wanted("temp", "ours"))
    async with house.http(key) as http:
        await _until_taken(http)
    async with Client(house.url, key=key) as client:
        session = await client.create(agent="manual")
        events = client.follow(session.id)
        await anext(events)
        await revoke(house.data_dir, key)
        with pytest.raises(ApiError) as refused:
            async for _ in events:
                pass

    assert refused.value.code == "key_revoked"


async def test_the_first_key_closes_the_door_to_those_without(open_house: House) -> None:
    """1: a server that needed no key needs one as soon as there is one, also from those who are connected."""
    async with connected(open_house.url) as speaker, open_house.http() as http:
        assert (await http.get("/api/sessions")).status_code == 200
        await make_keys(open_house.data_dir, Wanted())
        await speaker.closed()

        assert speaker.events[-1]["code"] == "unauthorized"
        assert (await http.get("/api/sessions")).status_code == 401


async def test_revoking_the_last_key_does_not_open_the_door(tmp_path: Path) -> None:
    """1: who revokes a key wants less to be allowed, not more."""
    (key,) = await make_keys(tmp_path, Wanted())
    await revoke(tmp_path, key)

    async with scripted_server(tmp_path) as kit, httpx.AsyncClient(base_url=kit.url, timeout=PATIENCE) as http:
        assert (await http.get("/api/sessions")).status_code == 401
        shown = await http.get("/api/sessions", headers={"Authorization": f"Bearer {key}"})

    assert shown.json()["code"] == "key_revoked"


@pytest.mark.parametrize("wanted", [[], [Wanted(lasts=0)]], ids=["no key", "an expired key"])
async def test_it_listens_to_nobody_else_without_a_key(tmp_path: Path, wanted: list[Wanted]) -> None:
    """7: on every address, with no key that is good: it refuses, and says what to do."""
    await make_keys(tmp_path, *wanted)

    with pytest.raises(NotPrivate) as refused:
        async with serving(Settings(host="0.0.0.0", port=0, data_dir=tmp_path), browsers=ScriptedBrowsers()):
            raise AssertionError("it serves")

    assert "zenobia keys create" in refused.value.message


async def test_no_cookie_carries_authority(house: House) -> None:
    """3: nothing sets one, and one that is sent means nothing."""
    cookies = {"token": house.ours, "key": house.ours, "io": "x", "session": house.ours, "Authorization": house.ours}
    async with house.http(house.ours) as http:
        paths = ["/docs", "/api/sessions", "/api/health", "/metrics", "/socket.io/?EIO=4&transport=polling"]
        assert [path for path in paths if "set-cookie" in (await http.get(path)).headers] == []

    async with aiohttp.ClientSession(cookies=cookies) as session, session.get(f"{house.url}/api/sessions") as answer:
        assert answer.status == 401


async def _until_taken(http: httpx.AsyncClient) -> None:
    """Wait until a key made just now is known."""
    async with asyncio.timeout(PATIENCE):
        while (await http.get("/api/files")).status_code != 200:
            pass


async def _last_words(http: httpx.AsyncClient, session: str) -> dict[str, str]:
    """The end of a stream of events."""
    last: dict[str, str] = {}
    accept = {"Accept": "text/event-stream"}
    async with http.stream("GET", f"/api/sessions/{session}/events", headers=accept) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                last = {"event": line[7:]}
            elif line.startswith("data: "):
                last["code"] = json.loads(line[6:]).get("code", "")
    return last
