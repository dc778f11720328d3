"""Nobody gets past a person: by a request that is not theirs, by haste, by repeating, by changing, by asking on."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.contract.speaking import connected
from tests.security.conftest import PATIENCE, House
from zenobia.protocol.ids import new_id

ASKED = 'open https://example.com then click "Buy" (ask first)'


async def asked(http: httpx.AsyncClient, prompt: str = ASKED, **fields: Any) -> dict[str, Any]:
    """What a new session asks a person."""
    session = (await http.post("/api/sessions", json={"prompt": prompt, **fields})).json()["sessionId"]
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await http.get("/api/human-layer/requests")).json()["requests"]
            if mine := [one for one in found if one["sessionId"] == session]:
                return mine[0]


async def ended(http: httpx.AsyncClient, session: str) -> dict[str, Any]:
    """The session once it has ended."""
    async with asyncio.timeout(PATIENCE):
        while (found := (await http.get(f"/api/sessions/{session}")).json()["session"])["endedAt"] is None:
            pass
    return found


async def clicks(http: httpx.AsyncClient, session: str) -> int:
    """How often the session's browser was told to click."""
    events = (await http.get(f"/api/sessions/{session}/events?limit=1000")).json()["events"]
    actions = [event["data"] for event in events if event["eventType"] == "action"]
    return sum(one["phase"] == "started" and one["action"]["verb"] == "click" for one in actions)


async def test_a_request_that_is_not_there_or_not_ones_own_or_decided_cannot_be_approved(house: House) -> None:
    """29: nothing is done, and each refusal has its code."""
    async with house.http(house.ours) as http, house.http(house.other) as other:
        request = await asked(http)
        path = f"/api/human-layer/requests/{request['id']}"
        unknown = await http.post(f"/api/human-layer/requests/{new_id('req')}/approve", json={})
        theirs = await other.post(f"{path}/approve", json={})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_request")
        assert (theirs.status_code, theirs.json()) == (404, unknown.json())
        assert await clicks(http, request["sessionId"]) == 0

        assert (await http.post(f"{path}/deny", json={})).status_code == 200
        late = await http.post(f"{path}/approve", json={})
        assert (late.status_code, late.json()["code"]) == (409, "already_decided")
        await ended(http, request["sessionId"])
        assert await clicks(http, request["sessionId"]) == 0


@pytest.mark.parametrize("settings", [{"human_timeout": 0.3}])
async def test_a_request_that_has_expired_cannot_be_approved(house: House) -> None:
    """29, 35: time never approves, and who comes after it is told so."""
    async with house.http(house.ours) as http:
        request = await asked(http)
        await ended(http, request["sessionId"])
        late = await http.post(f"/api/human-layer/requests/{request['id']}/approve", json={})

        assert (late.status_code, late.json()["code"]) == (409, "already_decided")
        assert late.json()["details"]["request"]["status"] == "expired"
        assert await clicks(http, request["sessionId"]) == 0


async def test_of_fifty_answers_at_once_one_counts(house: House) -> None:
    """30: approvals and denials over both wires; all others get the recorded decision."""
    async with house.http(house.ours) as http, connected(house.url, token=house.ours) as speaker:
        request = await asked(http)
        path = f"/api/human-layer/requests/{request['id']}"
        rest = [http.post(f"{path}/{('approve', 'deny')[number % 2]}", json={}) for number in range(25)]
        verbs = ("approveHumanLayerRequest", "denyHumanLayerRequest")
        numbers = [await speaker.call(verbs[number % 2], {"requestId": request["id"]}) for number in range(25)]
        answers = [one.json() for one in await asyncio.gather(*rest)]
        answers += [await speaker.answer(number) for number in numbers]
        session = await ended(http, request["sessionId"])

        won = [one for one in answers if one["success"]]
        lost = [one for one in answers if not one["success"]]
        assert len(won) == 1
        decision = won[0]["request"]["decision"]
        assert {one["code"] for one in lost} == {"already_decided"}
        assert all(one["details"]["request"]["decision"] == decision for one in lost)
        assert await clicks(http, session["id"]) == (1 if decision["status"] == "approved" else 0)


async def test_an_approval_is_good_for_one_act(house: House) -> None:
    """31: said again, by the same client and by a new one, with and without its id, it does nothing more."""
    async with house.http(house.ours) as http:
        first = await asked(http)
        said = {"requestId": first["id"], "commandId": "captured"}
        async with connected(house.url, token=house.ours) as speaker:
            await speaker.ok("approveHumanLayerRequest", said)
        await ended(http, first["sessionId"])
        second = await asked(http)
        async with connected(house.url, token=house.ours) as again:
            repeated = await again.ask("approveHumanLayerRequest", said)
            plain = await again.refused("approveHumanLayerRequest", first["id"])
        waits = (await http.get(f"/api/human-layer/requests/{second['id']}")).json()["request"]

        assert repeated["request"]["id"] == first["id"]
        assert plain == "already_decided"
        assert waits["status"] == "pending"
        assert await clicks(http, first["sessionId"]) == 1
        assert await clicks(http, second["sessionId"]) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"action": {"verb": "open", "url": "https://evil.example"}},
        {"digest": "0"},
        {"values": {"target": "Delete"}},
        {"values": {"verb": "open"}},
        {"values": {"digest": "0"}},
        {"status": "approved"},
    ],
)
async def test_an_approval_approves_what_was_shown(house: House, more: dict[str, Any]) -> None:
    """32: what else stands in it is refused, and the request still waits."""
    async with house.http(house.ours) as http:
        request = await asked(http)
        path = f"/api/human-layer/requests/{request['id']}"
        answer = await http.post(f"{path}/approve", json=more)

        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert (await http.get(path)).json()["request"]["status"] == "pending"
        assert await clicks(http, request["sessionId"]) == 0


async def test_a_clock_that_jumps_approves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """35: an hour back and two hours on: at most it expires."""
    async with house.http(house.ours) as http:
        request = await asked(http)
        real, real_ns = time.time, time.time_ns
        for hours in (-1, 2):
            monkeypatch.setattr("time.time", lambda off=hours: real() + off * 3_600)
            monkeypatch.setattr("time.time_ns", lambda off=hours: real_ns() + off * 3_600 * 10**9)
            found = (await http.get(f"/api/human-layer/requests/{request['id']}")).json()["request"]
            assert found["status"] in {"pending", "expired"}
        await ended(http, request["sessionId"])
        assert await clicks(http, request["sessionId"]) == 0


@pytest.mark.parametrize("settings", [{"max_requests_per_hour": 5}])
async def test_a_session_that_asks_and_asks_is_paused(house: House, settings: dict[str, Any]) -> None:
    """37: before people say yes to everything; a person lets it go on."""
    prompt = " then ".join(f'ask a person "May I do {number}?"' for number in range(7))
    async with house.http(house.ours) as http:
        session = (await http.post("/api/sessions", json={"prompt": prompt})).json()["sessionId"]
        answered: set[str] = set()
        async with asyncio.timeout(PATIENCE):
            while (found := (await http.get(f"/api/sessions/{session}")).json()["session"])["status"] != "paused":
                for request in found["pendingRequests"]:
                    answered.add(request["id"])
                    await http.post(f"/api/human-layer/requests/{request['id']}/approve", json={})
        assert len(answered) == settings["max_requests_per_hour"]
        events = (await http.get(f"/api/sessions/{session}/events?limit=1000")).json()["events"]
        warned = [event["data"] for event in events if event["eventType"] == "warning"]
        assert [one["code"] for one in warned] == ["approval_flood"]

        await http.post(f"/api/sessions/{session}/resume", json={})
        async with asyncio.timeout(PATIENCE):
            while (found := (await http.get(f"/api/sessions/{session}")).json()["session"])["endedAt"] is None:
                for request in found["pendingRequests"]:
                    await http.post(f"/api/human-layer/requests/{request['id']}/approve", json={})
        assert found["status"] == "completed"


async def test_a_decision_says_whose_key_made_it_and_where_from(house: House) -> None:
    """29: for whoever asks later who approved that; and who wrote what was asked is said before."""
    async with house.http(house.ours) as http, house.http(house.approving) as boss:
        exact = await asked(http)
        words = await asked(http, 'ask a person "Trust me, it is read-only"')
        await boss.post(f"/api/human-layer/requests/{exact['id']}/approve", json={})
        found = (await http.get(f"/api/human-layer/requests/{exact['id']}")).json()["request"]

    assert (exact["author"], words["author"]) == ("server", "agent")
    decision = found["decision"]
    assert decision["decidedBy"] == "boss"
    assert decision["decidedWith"] == f"key_{house.approving.split('_')[1]}"
    assert decision["decidedFrom"] == "127.0.0.1"
