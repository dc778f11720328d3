"""Rows about the way between client and server, about a process out of sockets, and about the clock."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psutil

from tests.chaos.clients import Client, Gone
from tests.chaos.oracle import NotHere, insist
from tests.chaos.proxy import Wire, a_deaf_client, a_wire
from tests.chaos.scene import Scene, asked, ended, fact, told
from tests.contract.speaking import Speaker, connected

CUTS = 15
CONNECTS_WITHIN = 1.0
"""Seconds that this client gives a connection, which may be cut before it is one."""

RESUMES_WITHIN = 2.0
MANY = 5_000
LONG = "x" * 90_000


async def network_cut(scene: Scene) -> float:
    """Every connection is reset again and again while a session runs: each event arrives once, in order."""
    server = await scene.server()
    client = await scene.client(server)
    wire: Wire = await scene.keep(a_wire(server.url))
    session = await scene.session(client, *["count"] * 8, "ask")
    seqs: list[int] = []
    following = asyncio.create_task(_follow(wire.url, session, seqs), name="follow")
    try:
        for _ in range(CUTS):
            await asyncio.sleep(scene.chance.uniform(0.05, 0.5))
            wire.down = True
            wire.cut()
            await asyncio.sleep(scene.chance.uniform(0, 0.3))
            wire.down = False
        healed = time.monotonic()
        await asked(client, session)
        last = (await client.session(session) or {})["lastSeq"]
        asking = time.monotonic()
        await fact(lambda: bool(seqs) and seqs[-1] >= last, "the follower does not catch up", 15)
        took = time.monotonic() - max(healed, asking)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    insist(wire.connections > CUTS / 2, f"it was cut only {wire.connections} times")
    insist(seqs == list(range(1, last + 1)), f"it was told {seqs}")
    insist(took < RESUMES_WITHIN, f"it caught up after {took:.1f} seconds")
    return took


async def _follow(url: str, session: str, seqs: list[int]) -> None:
    """Stay connected, coming back behind what was heard last, as clients do."""
    while True:
        with suppress(OSError, TimeoutError, AssertionError):
            async with asyncio.timeout(CONNECTS_WITHIN) as limit, connected(url, role="observer") as speaker:
                await speaker.ok("joinSession", {"sessionId": session, "afterSeq": seqs[-1] if seqs else 0})
                limit.reschedule(None)
                await _listen(speaker, seqs)
        await asyncio.sleep(0.1)


async def _listen(speaker: Speaker, seqs: list[int]) -> None:
    heard = 0
    while not speaker.websocket.closed:
        for seq in speaker.seqs[heard:]:
            heard += 1
            insist(not seqs or seq > seqs[-1], f"{seq} came again")
            seqs.append(seq)
        await asyncio.sleep(0.01)


async def answer_lost(scene: Scene) -> float:
    """The connection dies between command and answer; the same command again is done once and answered the same."""
    server = await scene.server()
    wire: Wire = await scene.keep(a_wire(server.url))
    lossy = await scene.client(wire.url, within=1.5)
    client = await scene.client(server)
    plan = scene.plan("count if approved", "count")
    wire.deaf = True
    with suppress(Gone):
        await lossy.create(plan)
    wire.cut()
    wire.deaf = False
    began = time.monotonic()
    await client.send_again()
    took = time.monotonic() - began
    sessions = (await client.http.get("/api/sessions")).json()["sessions"]
    insist(len(sessions) == 1, f"one command made {len(sessions)} sessions")
    request = await asked(client, sessions[0]["id"])
    client.history.pending.clear()
    where, body = f"/api/human-layer/requests/{request['id']}/approve", {"commandId": "decide"}
    wire.deaf = True
    with suppress(Gone):
        await lossy.send("POST", where, body)
    wire.cut()
    wire.deaf = False
    again = await client.send("POST", where, body)
    insist(again["success"], f"the same answer again was refused: {again}")
    insist((await ended(client, sessions[0]["id"]))["status"] == "completed", "the session did not go on")
    return took


async def never_reads(scene: Scene) -> float:
    """A client that takes nothing is cut with the server's own deadlines, resumes, and nobody else is slower."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "ask")
    await asked(client, session)
    alone = await _latency(client, session)
    await scene.keep(a_deaf_client(server.url, session))
    await _clients(client, 1)
    began = time.monotonic()
    for _ in range(150):
        await client.send("POST", f"/api/sessions/{session}/messages", {"message": LONG})
    beside = await _latency(client, session)
    insist(beside < 3 * alone + 0.05, f"a read takes {beside * 1e3:.0f} ms, alone it took {alone * 1e3:.0f} ms")
    await _clients(client, 0, within=100)
    took = time.monotonic() - began
    last = (await client.session(session) or {})["lastSeq"]
    async with connected(server.url, role="observer") as speaker:
        await speaker.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        await speaker.told(last)
        insist(speaker.seqs == list(range(1, last + 1)), "it misses something when it is back")
    return took


async def _latency(client: Client, session: str) -> float:
    took: list[float] = []
    for _ in range(60):
        began = time.monotonic()
        await client.session(session)
        took.append(time.monotonic() - began)
    return sorted(took)[len(took) // 2]


async def _clients(client: Client, wanted: int, within: float = 15) -> None:
    until = time.monotonic() + within
    while (await client.http.get("/api/health")).json()["clients"] != wanted:
        insist(time.monotonic() < until, f"there are not {wanted} clients after {within:g} seconds")
        await asyncio.sleep(0.1)


async def long_away(scene: Scene) -> float:
    """A client comes back to five thousand events: all of them, in order."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "ask")
    await asked(client, session)

    async def say(times: int) -> None:
        for _ in range(times):
            await client.send("POST", f"/api/sessions/{session}/messages", {"message": "And another thing."})

    await asyncio.gather(*(say(MANY // 20) for _ in range(20)))
    last = (await client.session(session) or {})["lastSeq"]
    insist(last >= MANY, f"only {last} events were stored")
    began = time.monotonic()
    async with connected(server.url, role="observer") as speaker:
        await speaker.ok("joinSession", {"sessionId": session, "afterSeq": 0})
        await speaker.told(last)
        took = time.monotonic() - began
        insist(speaker.seqs == list(range(1, last + 1)), "events are missing, or out of order")
    return took


async def out_of_descriptors(scene: Scene) -> float:
    """No file can be opened for a while: what runs goes on or says why, and all is well again without a restart."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "count", "ask", "count")
    await asked(client, session)
    before = server.footprint()
    process = psutil.Process(server.pid)
    usual = process.rlimit(psutil.RLIMIT_NOFILE)
    process.rlimit(psutil.RLIMIT_NOFILE, (before.descriptors + 2, usual[1]))
    async with AsyncExitStack() as stack:
        for _ in range(60):
            knocking = socket.socket()
            stack.callback(knocking.close)
            knocking.setblocking(False)
            with suppress(BlockingIOError):
                knocking.connect(("127.0.0.1", server.port))
        insist((await client.session(session) or {})["status"] == "waiting", "who was connected is not served any more")
        await asyncio.sleep(1)
    process.rlimit(psutil.RLIMIT_NOFILE, usual)
    began = time.monotonic()
    fresh = await scene.client(server)
    other = await scene.session(fresh, "count")
    took = time.monotonic() - began
    insist((await ended(fresh, other))["status"] == "completed", "a session after it did not complete")
    return took


async def clock_set(scene: Scene) -> float:
    """The clock jumps an hour ahead, back, and beyond a deadline: nobody is dropped, nothing is approved."""
    clock = scene.folder / "clock"
    clock.write_text("+0")
    server = scene.without_start(human_timeout=5_400)
    server.around = {
        "LD_PRELOAD": _faketime(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",  # seconds until it reads the file again
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    await server.start()
    client = await scene.client(server)
    waiting = await scene.session(client, "count if approved")
    request = await asked(client, waiting)
    async with connected(server.url, role="observer") as speaker:
        running = await scene.session(client, *["count"] * 3)
        for jump in ("+1h", "-1h", "+0"):
            clock.write_text(jump)
            await asyncio.sleep(2.5)
            insist(not speaker.websocket.closed, f"a client was dropped when the clock went {jump}")
            found = await client.requests()
            insist([one["id"] for one in found] == [request["id"]], f"the request was decided at {jump}")
        other = await ended(client, running)
        insist(other["status"] == "completed", f"a running session was disturbed: {other['error']}")
        client.history.pending.clear()
        clock.write_text("+2h")
        began = time.monotonic()
        await told(client, waiting, lambda event: event["eventType"] == "human_layer_decision", 5)
        took = time.monotonic() - began
        found = await ended(client, waiting)
        insist(not speaker.websocket.closed, "a client was dropped when a request expired")
    insist(found["status"] == "failed", f"an expired request let the session {found['status']}")
    insist(scene.site.counts["p1-1"] == 0, "an expired request approved")
    clock.write_text("+0")
    return took


def _faketime() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise NotHere("this needs libfaketime, which tools/setup faults installs")
    return str(found[0])
