"""A key that is revoked, or expires, ends what goes on with it: uploads, downloads, live views, whoever drives."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.flows.viewing import viewer
from tests.keys import Wanted, make_keys, revoke
from tests.security.conftest import PATIENCE, House

CLICK = {"type": "mouse", "action": "down", "x": 10, "y": 10}
LARGE = 64 << 20
"""Bytes of a file that does not fit into what lies between two ends of a connection."""


async def taken(house: House, **fields: Any) -> str:
    """A new key that the server knows."""
    (key,) = await make_keys(house.data_dir, Wanted("temp", "ours", **fields))
    async with asyncio.timeout(PATIENCE), house.http(key) as http:
        while (await http.get("/api/sessions")).status_code != 200:
            pass
    return key


async def ends(house: House, key: str) -> None:
    """Revoke it, and wait until that is known."""
    await revoke(house.data_dir, key)
    async with asyncio.timeout(PATIENCE), house.http(key) as http:
        while (await http.get("/api/sessions")).status_code == 200:
            pass


@pytest.mark.parametrize("way", ["revoked", "expires"])
@pytest.mark.parametrize("route", ["PUT /api/files/mine", "POST /api/files", "POST /api/sessions"])
async def test_what_is_being_sent_is_refused_and_nothing_of_it_stays(
    house: House, way: str, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await taken(house, lasts=3_600)
    method, path = route.split()
    form = path == "/api/files"
    kinds = {"/api/sessions": "application/json", "/api/files": "multipart/form-data; boundary=b"}
    begun = asyncio.Event()

    async def body() -> AsyncGenerator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' if form else b'{"prompt":"'
        yield b"x" * 1_000
        begun.set()
        if way == "expires":
            monkeypatch.setattr("zenobia.sessions.keyring._now", lambda: time.time_ns() // 1_000_000 + 3_600_000)
        else:
            await ends(house, key)
        yield b"x\r\n--b--\r\n" if form else b'wait"}'

    async with house.http(key, **{"Content-Type": kinds.get(path, "text/plain")}) as http:
        answer = await http.request(method, path, content=body())
    async with house.http(house.ours) as http:
        files = (await http.get("/api/files")).json()["files"]
        sessions = (await http.get("/api/sessions")).json()["sessions"]

    assert begun.is_set()
    assert (answer.status_code, answer.json()["code"]) == (401, "key_expired" if way == "expires" else "key_revoked")
    assert files == sessions == []
    assert [one for one in (house.data_dir / "blobs").rglob("*") if one.is_file() and one.stat().st_size] == []


async def test_what_is_being_fetched_breaks_off(house: House) -> None:
    key = await taken(house)

    async def large() -> AsyncIterator[bytes]:
        for _ in range(LARGE >> 20):
            yield bytes(1 << 20)

    got = 0
    async with house.http(house.ours) as http:
        assert (await http.put("/api/files/large", content=large())).status_code == 200
    async with house.http(key) as http, http.stream("GET", "/api/files/large") as answer:
        with suppress(httpx.RemoteProtocolError):
            async for piece in answer.aiter_raw():
                if got == 0:
                    await ends(house, key)
                got += len(piece)

    assert answer.status_code == 200
    assert 0 < got < LARGE


async def test_whoever_watches_and_drives_with_it_sees_and_does_no_more(house: House) -> None:
    """Nor does somebody who knows the id of the control, with a key that may only look."""
    key = await taken(house)
    async with house.http(house.ours) as http, viewer(house.url, token=key) as person:
        session = (await http.post("/api/sessions", json={"sessionType": "manual"})).json()["sessionId"]
        async with viewer(house.url, token=house.ours) as bystander:
            await bystander.ok("joinSession", sessionId=session, afterSeq=0)
            await bystander.event(lambda one: one["status"] == "waiting")
            await person.ok("startLiveView", sessionId=session)
            await person.frame()
            control = (await person.ok("takeControl", sessionId=session))["controlId"]
            inputs = {"controlId": control, "inputs": [CLICK]}
            await person.ok("sendInput", sessionId=session, **inputs)
            driven = house.browsers.of(session).driven
            done = len(driven)
            await ends(house, key)
            await person.gone()
            seen = len(person.frames)
            refused, looking = [
                await http.post(f"/api/sessions/{session}/control/input", json=inputs, headers={"Authorization": shown})
                for shown in (f"Bearer {key}", f"Bearer {house.looking}")
            ]
            await bystander.ok("takeControl", sessionId=session, force=True)

    assert (refused.status_code, refused.json()["code"]) == (401, "key_revoked")
    assert (looking.status_code, looking.json()["code"]) == (403, "missing_scope")
    assert len(driven) == done
    assert len(person.frames) == seen


@pytest.mark.parametrize("way", ["revoked", "expires"])
@pytest.mark.parametrize("wire", ["Socket.IO", "REST"])
async def test_a_browser_that_is_driven_with_it_is_handed_back_and_the_agent_goes_on(
    house: House, way: str, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await taken(house, lasts=3_600)
    house.browsers.hold()
    async with house.http(house.ours) as http, house.http(key) as mine, viewer(house.url, token=key) as person:
        prompt = {"prompt": "open one.example then open two.example"}
        session = (await http.post("/api/sessions", json=prompt)).json()["sessionId"]
        await house.browsers.acting.wait()
        if wire == "REST":
            assert (await mine.post(f"/api/sessions/{session}/control/take", json={})).status_code == 200
        else:
            await person.ok("takeControl", sessionId=session)
        house.browsers.release()
        if way == "expires":
            monkeypatch.setattr("zenobia.sessions.keyring._now", lambda: time.time_ns() // 1_000_000 + 3_600_000)
        else:
            await revoke(house.data_dir, key)

        async with asyncio.timeout(PATIENCE):  # a quarter of what a silent driver gets
            while (told := (await http.get(f"/api/sessions/{session}")).json()["session"])["endedAt"] is None:
                pass
        events = (await http.get(f"/api/sessions/{session}/events?limit=1000")).json()["events"]

    assert (told["status"], told["control"]) == ("completed", None)
    assert [one["data"]["reason"] for one in events if one["data"].get("phase") == "released"] == ["key_ended"]


async def test_help_that_is_given_by_driving_says_with_which_key_and_from_where(house: House) -> None:
    async with house.http(house.ours) as http, viewer(house.url, token=house.ours) as person:
        prompt = 'open gate.example then ask a person "Please solve the captcha"'
        session = (await http.post("/api/sessions", json={"prompt": prompt})).json()["sessionId"]
        async with asyncio.timeout(PATIENCE):
            while not (found := (await http.get("/api/human-layer/requests")).json()["requests"]):
                pass
        request = found[0]["id"]
        control = (await person.ok("takeControl", sessionId=session, requestId=request))["controlId"]
        await person.ok("releaseControl", sessionId=session, controlId=control)
        decision = (await http.get(f"/api/human-layer/requests/{request}")).json()["request"]["decision"]

    assert decision["decidedBy"] == "anna"
    assert decision["decidedWith"] == f"key_{house.ours.split('_')[1]}"
    assert decision["decidedFrom"] == "127.0.0.1"
