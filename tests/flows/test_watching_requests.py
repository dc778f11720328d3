"""Who watches the requests is told as soon as they are others, whichever session asks; who does not hears of none."""

from tests.contract.speaking import Speaker, connected
from tests.flows.conftest import Api
from zenobia.testing import Kit

ASKING = 'ask a person "May I?"'


async def pending(client: Speaker, many: int) -> None:
    """Wait until the client has been told of so many requests last."""
    await client.fact(lambda: bool(client.events) and client.events[-1] == {"pending": many})


async def test_a_watcher_is_told_of_every_session_without_becoming_the_active_client(kit: Kit, api: Api) -> None:
    async with connected(kit.url) as watcher, connected(kit.url) as active:
        assert (await watcher.ok("watchHumanLayerRequests", {"inSight": False}))["pending"] == 0
        await pending(watcher, 0)

        session = (await active.ok("createSession", {"prompt": ASKING}))["sessionId"]
        await pending(watcher, 1)
        other = await api.create(ASKING)
        await pending(watcher, 2)
        await active.until(lambda event: event["eventType"] == "human_layer_request")
        for one in (session, other):
            await api.ok("POST", f"/api/sessions/{one}/cancel")
        await pending(watcher, 0)

        assert (await active.ended())["status"] == "cancelled"
        assert all("eventType" in event for event in active.events)


async def test_said_again_it_only_says_who_sees_them(kit: Kit, api: Api) -> None:
    async with connected(kit.url, role="observer") as watcher:
        for in_sight in (True, False, True):
            await watcher.ok("watchHumanLayerRequests", {"inSight": in_sight})
        await api.asked(await api.create(ASKING))
        await pending(watcher, 1)

        assert watcher.events == [{"pending": 0}, {"pending": 1}]
