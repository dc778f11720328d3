"""Called by push: whoever asked for it, once for a request, while nobody has it in sight, and told nothing private."""

import base64
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.speaking import connected
from tests.flows.conftest import Api
from tests.keys import Wanted, make_keys, revoke
from tests.pushing import PushBrowser, PushService, push_service
from zenobia.app import beside
from zenobia.protocol.access import Scope
from zenobia.settings import Settings
from zenobia.testing import Kit, scripted_server

ASKING = 'ask a person "What is the password of Ada?"'
PUSH = "/api/human-layer/push"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[PushService]:
    """A push service."""
    async with push_service(tmp_path) as running:
        yield running


@pytest.fixture
def chosen() -> dict[str, Any]:
    """Settings of `kit` with which that service can be reached, and nobody waits."""
    return {"allow_networks": ["127.0.0.0/8"], "push_after": 0}


EXAMPLE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
RECEIVER = ("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg")
"""The message of RFC 8291's example, and the keys of who can read it."""


def test_what_reads_messages_here_reads_that_of_the_standard() -> None:
    """Else that it reads ours would say only that both are wrong in the same way."""
    number, auth = (base64.urlsafe_b64decode(one + "==") for one in RECEIVER)
    private = ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())
    browser = PushBrowser("https://push.example/x", private, auth)

    assert browser.opened(base64.urlsafe_b64decode(EXAMPLE + "==")) == b"When I grow up, I want to be a watermelon"


async def subscribe(api: Api, browser: PushBrowser) -> None:
    """Let a browser be called."""
    await api.ok("POST", f"{PUSH}/subscribe", browser.subscription)


async def test_a_browser_that_asked_for_it_is_called_and_told_nothing_private(api: Api, service: PushService) -> None:
    browser = service.browser("ada")
    await subscribe(api, browser)
    await api.create(ASKING)

    assert await service.called(browser) == [{"kind": "help", "pending": 1}]
    [posted] = service.posted
    assert b"Ada" not in posted.data
    scheme, _, facts = posted.headers["authorization"].partition(" ")
    token, key = (part.strip().partition("=")[2] for part in facts.split(","))
    assert (scheme, key) == ("vapid", (await api.ok("GET", f"{PUSH}/key"))["publicKey"])
    point = base64.urlsafe_b64decode(key + "=")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert jwt.decode(token, public, ["ES256"], audience=service.url)["sub"] == "mailto:zenobia@example.com"
    assert 3_500 < int(posted.headers["ttl"]) <= 3_601


async def test_nobody_is_called_for_what_a_person_has_in_sight(
    kit: Kit, api: Api, service: PushService, tmp_path: Path
) -> None:
    browser = service.browser("ada")
    await subscribe(api, browser)
    async with connected(kit.url) as console:
        await console.ok("watchHumanLayerRequests", {"inSight": True})
        await api.asked(await api.create(ASKING))
        await called_for(tmp_path, 1)
        await console.ok("watchHumanLayerRequests", {"inSight": False})
        await api.asked(await api.create(ASKING))

        assert await service.called(browser) == [{"kind": "help", "pending": 2}]


async def called_for(tmp_path: Path, requests: int) -> None:
    """Wait until the server has nobody to call any more for so many requests that are pending."""
    while True:
        async with beside(Settings(data_dir=tmp_path / "data")) as store:
            if await store.read(lambda tx: (tx.inbox_now("default")[0], tx.uncalled())) == (requests, []):
                return


async def test_a_browser_that_is_gone_is_forgotten_and_no_answer_is_followed(
    tmp_path: Path, api: Api, service: PushService
) -> None:
    stays, gone, elsewhere = (service.browser(name) for name in ("stays", "gone", "moved"))
    service.answers = {"/gone": 410, "/moved": 307}
    for browser in (stays, gone, elsewhere):
        await subscribe(api, browser)
    await api.create(ASKING)
    for browser in (stays, gone, elsewhere):
        await service.called(browser)
    async with beside(Settings(data_dir=tmp_path / "data")) as store:
        while len(left := await store.read(lambda tx: tx.subscriptions("default"))) > 2:
            pass

    assert {one.endpoint for one in left} == {stays.endpoint, elsewhere.endpoint}
    assert all(one.path != "/elsewhere" for one in service.posted)


async def test_a_service_that_is_busy_is_tried_again(
    api: Api, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.sessions.calling.AGAIN", (0.0, 0.0))
    browser = service.browser("ada")
    service.answers = {"/ada": 503}
    await subscribe(api, browser)
    await api.create(ASKING)

    assert len(await service.called(browser, 3)) == 3


async def test_only_who_still_has_a_good_key_is_called(tmp_path: Path, service: PushService, chosen: Any) -> None:
    wanted = [Wanted(name, scopes=(Scope.APPROVE,)) for name in ("ada", "bob")] + [Wanted("root")]
    keys = await make_keys(tmp_path / "data", *wanted)
    ada, bob = service.browser("ada"), service.browser("bob")
    async with scripted_server(tmp_path / "data", **chosen) as kit:
        api = Api(kit.url)
        for key, browser in zip(keys, (ada, bob), strict=False):
            api.http.headers["Authorization"] = f"Bearer {key}"
            await subscribe(api, browser)
        async with connected(kit.url, token=keys[0]) as cut:
            await revoke(tmp_path / "data", keys[0])
            await cut.closed()
        api.http.headers["Authorization"] = f"Bearer {keys[2]}"
        await api.create(ASKING)
        await service.called(bob)
        await api.close()

    assert service.to(ada) == []


REFUSED = {
    "http://push.example/x": "invalid_payload",
    "https://ada:secret@push.example/x": "invalid_payload",
    "https://push.example:99999/x": "invalid_payload",
    "https://127.0.0.1:9/x": "endpoint_refused",
    "https://169.254.169.254/latest": "endpoint_refused",
    "https://[::ffff:10.0.0.1]/x": "endpoint_refused",
    "https://nobody.invalid/x": "endpoint_refused",
}


async def test_what_leads_inside_or_nowhere_is_refused(tmp_path: Path) -> None:
    async with scripted_server(tmp_path / "data") as kit:
        api = Api(kit.url)
        subscriptions = {endpoint: PushBrowser(endpoint).subscription for endpoint in REFUSED}
        answers = {one: await api.answer("POST", f"{PUSH}/subscribe", said) for one, said in subscriptions.items()}
        await api.close()

    assert {endpoint: answer["code"] for endpoint, (_, answer) in answers.items()} == REFUSED


async def test_a_point_that_is_none_is_refused_and_going_always_succeeds(api: Api, service: PushService) -> None:
    browser = service.browser("ada")
    wrong = {**browser.subscription["keys"], "p256dh": "B" + "A" * 86}

    _, answer = await api.answer("POST", f"{PUSH}/subscribe", browser.subscription | {"keys": wrong})

    assert answer["code"] == "invalid_payload"
    await api.ok("POST", f"{PUSH}/unsubscribe", {"endpoint": browser.endpoint})
