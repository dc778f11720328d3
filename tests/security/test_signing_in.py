"""Signing in at a company's provider: a key for who may, for a while; nothing for whoever lies, repeats, or cuts in."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.keys import Wanted, make_keys
from tests.openid import CLIENT, SECRET, OpenId, openid
from zenobia.app import beside
from zenobia.protocol.wire import Json
from zenobia.settings import Settings
from zenobia.settings.sign_in import SignInNotSet
from zenobia.store.sign_in_rows import MOST_FROM_ONE
from zenobia.testing import scripted_server

US = "https://zenobia.example"
GRANTS = {
    "boss": {"workspace": "head", "scopes": ["admin"]},
    "ops": {"workspace": "ours", "scopes": ["operate"]},
}


@dataclass
class Desk:
    """A server at which one signs in, the provider, and somebody who has no key."""

    http: httpx.AsyncClient
    provider: OpenId
    data_dir: Path

    async def begin(self) -> dict[str, Json]:
        """What the console is told when somebody begins."""
        return (await self.http.post("/api/sign-in/begin")).raise_for_status().json()

    async def at_provider(self, begun: dict[str, Json]) -> dict[str, str]:
        """What comes back with somebody who goes there and signs in."""
        async with httpx.AsyncClient(timeout=30) as browser:
            answer = await browser.get(f"{begun['url']}&go=1")
        assert answer.headers["location"].startswith(f"{US}/?")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def finish(self, begun: dict[str, Json], back: dict[str, str]) -> tuple[int, dict[str, Json]]:
        """What the server says of that."""
        answer = await self.http.post("/api/sign-in/finish", json=back | {"ticket": begun["ticket"]})
        return answer.status_code, answer.json()

    async def signed_in(self) -> tuple[int, dict[str, Json]]:
        """All of it."""
        begun = await self.begin()
        return await self.finish(begun, await self.at_provider(begun))

    async def may(self, key: str, path: str = "/api/sessions") -> int:
        """The status that a request with this key gets."""
        return (await self.http.get(path, headers={"Authorization": f"Bearer {key}"})).status_code


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    """It."""
    async with openid() as provider:
        chosen: dict[str, Any] = {
            "public_url": US,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_grants": GRANTS,
        }
        async with (
            scripted_server(tmp_path / "data", oidc_issuer=provider.url, **chosen) as kit,
            httpx.AsyncClient(base_url=kit.url, timeout=15) as http,
        ):
            yield Desk(http, provider, tmp_path / "data")


async def deeds(data_dir: Path) -> list[str]:
    """The audit record's texts."""
    async with beside(Settings(data_dir=data_dir)) as store:
        return [one.text for one in await store.read(lambda tx: tx.audited(("", 0), 1_000))]


async def test_who_signs_in_gets_a_key_of_their_group_for_a_while_and_ends_it(desk: Desk) -> None:
    assert await desk.may("zen_none_at_all") == 401, "where one signs in, the door is closed before there is any key"
    assert (await desk.http.get("/api/sign-in")).json() == {"success": True, "available": True, "at": "127.0.0.1"}
    status, signed = await desk.signed_in()

    assert (status, signed["name"], signed["workspace"]) == (200, "ada", "ours")
    assert 7.9 * 3_600 < signed["expiresAt"] / 1_000 - time.time() < 8.1 * 3_600
    assert (await desk.may(signed["key"]), await desk.may(signed["key"], "/metrics")) == (200, 403)
    out = {"Authorization": f"Bearer {signed['key']}"}
    assert (await desk.http.post("/api/sign-out", headers=out)).status_code == 200
    assert await desk.may(signed["key"]) == 401
    told = await deeds(desk.data_dir)
    assert [any(f'"what":"{what}"' in one for one in told) for what in ("sign in", "sign out")] == [True, True]
    assert any('"subject":"u-1"' in one and '"by":"ada"' in one for one in told)
    assert signed["key"] not in str(told)


async def out(desk: Desk, key: str, **body: Json) -> httpx.Response:
    return await desk.http.post("/api/sign-out", headers={"Authorization": f"Bearer {key}"}, json=body or None)


async def test_who_signs_out_is_told_where_to_sign_out_of_the_provider_too(desk: Desk) -> None:
    """If it offers that, and over TLS: the address is the provider's, and comes back to ours, whatever is asked for."""
    desk.provider.exit = f"{desk.provider.url}/leave?theme=dark"
    _, signed = await desk.signed_in()
    evil = {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example", "Referer": "https://evil.example/"}
    shown = {"Authorization": f"Bearer {signed['key']}"}
    answer = await desk.http.post(
        "/api/sign-out?post_logout_redirect_uri=//evil.example",
        headers=evil | shown,
        json={"idToken": signed["idToken"]},
    )
    url: str = answer.json()["url"]

    assert answer.headers["cache-control"] == "no-store"
    assert url.startswith(f"{desk.provider.exit}&")
    told = {
        "theme": "dark",
        "client_id": CLIENT,
        "post_logout_redirect_uri": f"{US}/",
        "id_token_hint": signed["idToken"],
    }
    assert dict(parse_qsl(urlsplit(url).query)) == told
    assert await desk.may(str(signed["key"])) == 401

    _, again = await desk.signed_in()
    plain = (await out(desk, str(again["key"]))).json()["url"]
    assert "id_token_hint" not in plain
    _, third = await desk.signed_in()
    lies = [await out(desk, str(third["key"]), idToken=one) for one in ("x&post_logout_redirect_uri=//evil", "a b", "")]
    assert [one.status_code for one in lies] == [400, 400, 400]
    assert await desk.may(str(third["key"])) == 200


@pytest.mark.parametrize("exit", [None, "http://sso.example/leave", "javascript:alert(1)", "//sso.example/leave", "x"])
async def test_where_the_provider_lets_nobody_out_safely_the_key_ends_all_the_same(
    desk: Desk, exit: str | None
) -> None:
    desk.provider.exit = exit
    _, signed = await desk.signed_in()
    desk.provider.silent = True
    answer = await out(desk, str(signed["key"]), idToken=signed["idToken"])

    assert (answer.status_code, answer.json()) == (200, {"success": True, "url": None})
    assert await desk.may(str(signed["key"])) == 401


async def test_a_key_that_was_made_otherwise_is_not_signed_out(desk: Desk) -> None:
    [key] = await make_keys(desk.data_dir, Wanted())
    await desk.signed_in()  # by then the new key is known
    answer = await desk.http.post("/api/sign-out", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_signed_in")
    assert await desk.may(key) == 200


GROUPS: list[tuple[Json, int, str | None]] = [
    (["ops", "boss"], 200, "head"),  # the first of the grants, not of the groups
    ("ops", 200, "ours"),
    (["others", 7, None, {"ops": True}], 403, None),
    ([], 403, None),
    (None, 403, None),
]


async def test_groups_say_what_one_may(desk: Desk) -> None:
    for groups, status, workspace in GROUPS:
        desk.provider.person = {"sub": "u-2", "groups": groups}
        found, answer = await desk.signed_in()
        assert (found, answer.get("workspace")) == (status, workspace), groups
        assert answer.get("code") == (None if status == 200 else "not_granted")


async def test_groups_that_are_not_signed_are_asked_for_and_those_that_are_count(desk: Desk) -> None:
    asked: list[tuple[dict[str, Json], dict[str, Json], tuple[int, str | None]]] = [
        ({}, {"sub": "u-3", "groups": ["ops"]}, (200, "ours")),
        ({}, {"sub": "u-4", "groups": ["ops"]}, (401, None)),
        ({}, {"sub": "u-3"}, (403, None)),
        ({"groups": ["ops"]}, {"sub": "u-3", "groups": ["boss"]}, (200, "ours")),
    ]
    for signed, told, came in asked:
        desk.provider.person, desk.provider.tells = {"sub": "u-3", **signed}, told
        status, answer = await desk.signed_in()
        assert (status, answer.get("workspace")) == came, (signed, told)


LIES: list[dict[str, Json]] = [
    {"nonce": "another"}, {"nonce": None}, {"iss": "https://evil.example"}, {"iss": None}, {"aud": "another"},
    {"aud": ["zenobia", "another"]}, {"azp": "another"}, {"aud": None}, {"exp": 1}, {"exp": None}, {"iat": None},
    {"iat": 9_999_999_999}, {"sub": None},
]  # fmt: skip


async def test_what_is_not_said_for_this_very_sign_in_is_not_believed(desk: Desk) -> None:
    for lies in LIES:
        desk.provider.lies = lies
        status, answer = await desk.signed_in()
        assert (status, answer.get("code")) == (401, "sign_in_failed"), lies
    desk.provider.lies = {}
    for algorithm in ("none", "HS256"):
        desk.provider.algorithm = algorithm
        status, answer = await desk.signed_in()
        assert (status, answer.get("code")) == (401, "sign_in_failed"), algorithm
    desk.provider.algorithm = "ES256"
    assert (await desk.signed_in())[0] == 200, "the truth is believed all the while"


async def test_another_signature_is_not_believed_and_a_new_key_of_the_provider_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.sessions.provider.AGAIN", 0.0)
    assert (await desk.signed_in())[0] == 200
    desk.provider.turn_key()
    assert (await desk.signed_in())[0] == 200
    desk.provider.publishes = desk.provider.signs
    desk.provider.signs = ec.generate_private_key(ec.SECP256R1())
    assert (await desk.signed_in())[1]["code"] == "sign_in_failed"


async def test_a_sign_in_is_good_once_and_for_whoever_began_it(desk: Desk) -> None:
    mine, evil = await desk.begin(), await desk.begin()
    back = await desk.at_provider(mine)
    over = (400, "sign_in_over")
    for begun, shown in ((evil, back), (mine, back | {"state": evil["state"]}), (mine, back | {"state": "x"})):
        status, answer = await desk.finish(begun, shown)
        assert (status, answer["code"]) == over
    assert (await desk.finish(mine, back))[0] == 200
    status, answer = await desk.finish(mine, back)
    assert (status, answer["code"]) == over
    stolen = await desk.at_provider(mine)  # a second code for the same state
    assert (await desk.finish(mine, stolen))[1]["code"] == "sign_in_over"
    other = await desk.begin()
    code = (await desk.at_provider(other))["code"]
    status, answer = await desk.finish(evil, {"code": code, "state": evil["state"]})
    assert (status, answer["code"]) == (401, "sign_in_failed"), "a code is bound to its own sign-in"


async def test_a_sign_in_that_takes_too_long_is_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenobia.sessions.signing.WAITS", 0)
    assert (await desk.signed_in())[1]["code"] == "sign_in_over"


async def test_nothing_in_a_request_says_where_people_go_or_come_back_to(desk: Desk) -> None:
    evil = {"redirect_uri": "https://evil.example", "next": "//evil.example", "returnTo": "https://evil.example"}
    headers = {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example", "Referer": "https://evil.example/"}
    answer = await desk.http.post("/api/sign-in/begin", params=evil, json=evil, headers=headers)
    url: str = answer.json()["url"]
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{desk.provider.url}/authorize?")
    assert query["redirect_uri"] == [f"{US}/"]
    assert (query["code_challenge_method"], query["response_type"]) == (["S256"], ["code"])
    assert "evil" not in url
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_one_address_begins_so_many_and_no_more(desk: Desk) -> None:
    for _ in range(MOST_FROM_ONE):
        await desk.begin()
    answer = await desk.http.post("/api/sign-in/begin")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_sign_ins")


async def test_a_provider_that_does_not_answer_as_it_should_is_told(desk: Desk) -> None:
    wrongs: list[dict[str, Any]] = [{"silent": True}, {"silent": False, "named": "https://evil.example"}]
    for wrong in wrongs:
        for name, value in wrong.items():
            setattr(desk.provider, name, value)
        answer = await desk.http.post("/api/sign-in/begin")
        assert (answer.status_code, answer.json()["code"]) == (503, "sign_in_unavailable"), wrong
    desk.provider.named = None
    assert (await desk.signed_in())[0] == 200, "it may be tried again"


async def test_old_sign_ins_are_forgotten_but_the_door_stays_closed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.sessions.signing.REMEMBERED", -9 * 3_600_000)  # also those that are good yet
    kept = [(await desk.signed_in())[1]["key"] for _ in range(3)]
    assert [await desk.may(key) for key in kept] == [401, 200, 200], "the last one there was is never forgotten"


async def test_without_a_provider_nobody_signs_in(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data") as kit, httpx.AsyncClient(base_url=kit.url, timeout=30) as http:
        assert (await http.get("/api/sign-in")).json()["available"] is False
        for path in ("begin", "finish"):
            body = {"ticket": "x", "state": "x", "code": "x"} if path == "finish" else None
            assert (await http.post(f"/api/sign-in/{path}", json=body)).json()["code"] == "no_sign_in"


async def test_half_a_setting_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SignInNotSet, match="public_url, oidc_grants"):
        async with scripted_server(tmp_path / "data", oidc_issuer="https://sso.example", oidc_client_id="x"):
            pass
