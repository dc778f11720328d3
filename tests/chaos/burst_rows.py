"""A row about more than anybody types: ten thousand messages at once."""

import time

import psutil

from tests.chaos.clients import Client
from tests.chaos.oracle import insist
from tests.chaos.scene import Scene, asked
from tests.contract.speaking import Speaker, connected

MANY = 10_000
SESSIONS = 100
GROWS_BY = 64
"""Megabytes that the server may hold more when it has taken all of them."""

ACKED_WITHIN = 1.0
"""Seconds from the last byte of a command to its answer, when everything before it was answered."""


async def burst(scene: Scene) -> float:
    """Ten thousand messages to one session, and as many over a hundred: each that was acknowledged is there, in order.

    What it recovers from is the second burst: until a command sent behind all of them is answered.
    """
    server = await scene.server(max_events=3 * MANY, max_commands_per_second=4 * MANY, max_queued=2 * SESSIONS)
    client = await scene.client(server)
    one = await scene.session(client, "ask")
    await asked(client, one)
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    async with connected(server.url) as speaker:
        others = [(await speaker.ok("createSession", {"sessionType": "manual"}))["sessionId"] for _ in range(SESSIONS)]
        await _say(client, speaker, [one])
        took = await _say(client, speaker, others)
        grown = (process.memory_info().rss - before) >> 20
        for session in others:
            await speaker.ok("cancelSession", {"sessionId": session})
    insist(grown <= GROWS_BY, f"it came to hold {grown} MB more")
    return took


async def _say(client: Client, speaker: Speaker, sessions: list[str]) -> float:
    """Say it all without waiting for an answer, and look for it; seconds that the next command takes after that."""
    texts: dict[str, list[str]] = {session: [] for session in sessions}
    calls: dict[int, tuple[str, str]] = {}
    for number in range(MANY):
        session = sessions[number % len(sessions)]
        calls[await speaker.call("sendMessage", {"sessionId": session, "message": f"{number}"})] = session, f"{number}"
    for call, (session, text) in calls.items():
        answer = await speaker.answer(call)
        insist(answer["success"], f"a message was refused: {answer}")
        texts[session].append(text)
    began = time.monotonic()
    await speaker.ok("getSession", {"sessionId": sessions[0]})
    took = time.monotonic() - began
    insist(took < ACKED_WITHIN, f"the next command took {took:.1f} seconds")
    for session, said in texts.items():
        known, log = set(said), await client.events(session)
        insist([event["seq"] for event in log] == list(range(1, len(log) + 1)), f"the log of {session} has a hole")
        heard = [event["message"] for event in log if event["eventType"] == "message"]
        insist([text for text in heard if text in known] == said, f"{session} does not hold what was said, in order")
    return took
