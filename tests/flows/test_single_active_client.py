"""One active client a workspace: who connects or commands is told, the others wait, and nobody ever misses a thing."""

import asyncio
import json

import pytest

from tests.contract.speaking import PATIENCE, Speaker, connected, opened, polling
from tests.flows.conftest import Api
from zenobia.testing import Kit, ScriptedBrowsers


async def driven(client: Speaker) -> str:
    """A session of this client that does what messages say, and waits for one."""
    session = (await client.ok("createSession", {"sessionType": "manual"}))["sessionId"]
    await client.until(lambda event: event["sessionId"] == session and event["status"] == "waiting")
    return session


async def last_seq(api: Api, session: str) -> int:
    """Where the session stands once it waits for a message again."""
    async with asyncio.timeout(PATIENCE):
        while (found := await api.session(session))["status"] != "waiting":
            await api.until(session, lambda event: event["status"] == "waiting" and event["seq"] > found["lastSeq"])
    return found["lastSeq"]


async def move_on(api: Api, session: str) -> int:
    """Let the session do something though no client says so; the seq of the last event of it."""
    before = (await api.session(session))["lastSeq"]
    await api.ok("POST", f"/api/sessions/{session}/messages", {"message": "open example.com"})
    done = await api.until(
        session, lambda event: event["seq"] > before and event["status"] == "waiting" and event["eventType"] == "status"
    )
    return done["seq"]


async def quiet(client: Speaker) -> int:
    """How many events the client was told, once everything sent to it so far has arrived."""
    await client.say("40/nowhere,")  # answered in the order of the wire, and no command
    await client.packet("44/nowhere")
    client.packets.clear()
    return len(client.events)


async def test_who_connects_takes_over(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as first:
        session = await driven(first)
        told = await quiet(first)

        async with connected(kit.url) as second:
            await move_on(api, session)

            assert (await quiet(first), await quiet(second)) == (told, 0)


async def test_who_commands_takes_over_and_is_told_what_it_missed(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as first, connected(kit.url):
        session = await driven(first)
        async with connected(kit.url) as third:
            await third.ok("joinSession", session)
            newest = await move_on(api, session)
            await third.told(newest)
            told = await quiet(first)

            await first.ok("getHumanLayerRequests")
            await first.told(newest)

            assert told < newest
            assert first.seqs == list(range(1, newest + 1))
            newest = await move_on(api, session)
            await first.told(newest)
            assert await quiet(third) == len(third.events)
            assert third.events[-1]["seq"] < newest


async def test_only_the_session_created_or_joined_is_told(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client:
        one = await driven(client)
        other = await api.create(sessionType="manual")
        await move_on(api, other)

        newest = await move_on(api, one)
        await client.told(newest)

        assert {event["sessionId"] for event in client.events} == {one}


async def test_joining_another_session_leaves_the_first(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client:
        one, other = await driven(client), await api.create(sessionType="manual")
        await last_seq(api, other)
        joined = (await client.ok("joinSession", other))["session"]
        told = len(client.events)

        await move_on(api, one)
        newest = await move_on(api, other)
        await client.told(newest)

        assert {event["sessionId"] for event in client.events[told:]} == {other}
        assert client.seqs[told:] == list(range(joined["lastSeq"] + 1, newest + 1))


async def test_when_the_active_client_goes_nobody_is_told_until_someone_acts(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as first:
        session = await driven(first)
        async with connected(kit.url) as second:
            await second.ok("joinSession", session)
        told = await quiet(first)

        newest = await move_on(api, session)
        assert await quiet(first) == told
        await first.ok("getHumanLayerRequests")
        await first.told(newest)

        assert first.seqs == list(range(1, newest + 1))


async def test_a_refused_command_is_an_interaction_but_an_unknown_one_is_not(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as first:
        session = await driven(first)
        async with connected(kit.url):
            newest = await move_on(api, session)
            told = await quiet(first)

            await first.refused("makeCoffee")
            assert await quiet(first) == told
            await first.refused("createSession", {"prompt": 7})
            await first.told(newest)


async def test_a_join_after_a_seq_replays_from_there(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as first:
        session = await driven(first)
        newest = await move_on(api, session)

    async with connected(kit.url) as second:
        await second.ok("joinSession", {"sessionId": session, "afterSeq": 2})
        await second.told(newest)
        newest = await move_on(api, session)
        await second.told(newest)

        assert second.seqs == list(range(3, newest + 1))


async def test_an_ended_session_can_be_joined_and_replayed(kit: Kit, api: Api) -> None:
    session = await api.create("open example.com")
    end = await api.ended(session)

    async with connected(kit.url) as client:
        await client.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        await client.ended()

        assert client.seqs == list(range(1, end["lastSeq"] + 1))


async def test_ten_reconnects_neither_repeat_nor_miss(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as client:
        session = await driven(client)
        seqs = client.seqs

    for _ in range(10):
        moving = asyncio.create_task(move_on(api, session), name="move on")
        async with connected(kit.url) as client:
            await client.ok("joinSession", {"sessionId": session, "afterSeq": seqs[-1]})
            await client.told(seqs[-1] + 2)  # and away again, in the middle of it
        seqs += client.seqs
        await moving

    async with connected(kit.url) as client:
        await client.ok("joinSession", {"sessionId": session, "afterSeq": seqs[-1]})
        await client.ok("cancelSession")
        await client.ended()
        seqs += client.seqs
    assert seqs == list(range(1, seqs[-1] + 1))


async def test_a_session_goes_on_with_nobody_connected(kit: Kit, api: Api, browsers: ScriptedBrowsers) -> None:
    browsers.hold()
    async with connected(kit.url) as client:
        session = (await client.ok("createSession", {"prompt": "open example.com"}))["sessionId"]
        await client.until(lambda event: event["eventType"] == "action")
    browsers.release()

    assert (await api.ended(session))["status"] == "completed"


async def test_an_observer_follows_without_taking_over(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as active, connected(kit.url, role="observer") as observer:
        session = await driven(active)
        await observer.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        newest = await move_on(api, session)

        await asyncio.gather(active.told(newest), observer.told(newest))
        await observer.ok("takeScreenshot")
        newest = await move_on(api, session)
        await asyncio.gather(active.told(newest), observer.told(newest))

        assert active.seqs == observer.seqs == list(range(1, newest + 1))


@pytest.mark.parametrize(
    "name",
    ["createSession", "cancelSession", "pauseSession", "resumeSession", "sendMessage", "sendFileAttachments"],
)
async def test_an_observer_changes_nothing(kit: Kit, api: Api, name: str) -> None:
    payloads = {"sendMessage": {"message": "open example.com"}, "sendFileAttachments": {"fileIds": ["one"]}}
    async with connected(kit.url) as active, connected(kit.url, role="observer") as observer:
        session = await driven(active)
        await observer.ok("joinSession", session)

        assert await observer.refused(name, payloads.get(name, {})) == "observer_only"

        assert (await api.session(session))["lastSeq"] == await quiet(active)


async def test_an_observer_answers_no_request(kit: Kit, api: Api) -> None:
    session = await api.create('ask a person "Is this right?"')
    request = (await api.asked(session))["id"]
    async with connected(kit.url, role="observer") as observer:
        assert await observer.refused("approveHumanLayerRequest", request) == "observer_only"
        assert await observer.refused("denyHumanLayerRequest", request) == "observer_only"
        answered = {"requestId": request, "response": "yes"}
        assert await observer.refused("respondHumanLayerRequest", answered) == "observer_only"
        assert await observer.refused("deleteSession", session) == "observer_only"
        (pending,) = (await observer.ok("getHumanLayerRequests"))["requests"]

        assert pending["status"] == "pending"


async def test_a_role_that_there_is_not_cannot_connect(kit: Kit) -> None:
    async with opened(kit.url) as client:
        await client.say('40{"role":"king"}')

        assert json.loads((await client.packet("44"))[2:])["data"]["code"] == "invalid_payload"


async def test_who_polls_is_told_the_same(kit: Kit, api: Api) -> None:
    session = await api.create("open example.com")
    end = await api.ended(session)
    async with polling(kit.url) as client:
        await client.post("40")
        await client.post(f'421["joinSession",{json.dumps({"sessionId": session, "afterSeq": 0})}]')
        packets = await client.packets(2 + end["lastSeq"])

        assert [packet[:2] for packet in packets[:2]] == ["40", "43"]
        assert [json.loads(packet[2:])[1]["seq"] for packet in packets[2:]] == list(range(1, end["lastSeq"] + 1))
