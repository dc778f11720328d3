"""Rows about the end of a server and of a session: signals, a closed terminal, cancels, a second server."""

import asyncio
import os
import pty
import signal
import time
from collections.abc import Callable

from tests.chaos.clients import Client
from tests.chaos.oracle import insist
from tests.chaos.proxy import a_deaf_client
from tests.chaos.scene import Scene, asked, ended, fact, told, warned
from tests.chaos.servers import GONE_WITHIN, STOPS_WITHIN, Server, gone

TAKES_OVER_WITHIN = 2.0
"""Seconds that the next server may take beyond what one takes on an empty directory."""


async def terminated(scene: Scene) -> float:
    """SIGTERM with an action under way, a request open, and a client that never reads."""
    return await _signalled(scene, [signal.SIGTERM])


async def terminated_twice(scene: Scene) -> float:
    """SIGTERM again while the server stops."""
    return await _signalled(scene, [signal.SIGTERM, signal.SIGTERM])


async def interrupted(scene: Scene) -> float:
    """SIGINT, and again by somebody impatient."""
    return await _signalled(scene, [signal.SIGINT, signal.SIGINT])


async def terminal_closed(scene: Scene) -> float:
    """The terminal that the server was started on is closed."""
    screen, end = pty.openpty()
    server = scene.without_start()
    server.prefix = ["setsid", "--ctty", "--wait"]
    server.terminal = end
    await server.start()
    os.close(end)
    return await _stopped(scene, server, lambda: os.close(screen))


async def _signalled(scene: Scene, numbers: list[signal.Signals]) -> float:
    server = await scene.server()

    def send() -> None:
        for number in numbers:
            server.send(number)

    return await _stopped(scene, server, send)


async def _stopped(scene: Scene, server: Server, stop: Callable[[], None]) -> float:
    client = await scene.client(server)
    waiting = await scene.session(client, "ask", "count")
    await asked(client, waiting)
    scene.site.hold()
    session = await scene.session(client, "count", "count")
    await scene.acting()
    await client.read_on(session)
    await scene.keep(a_deaf_client(server.url, session))
    family = server.family()
    began = time.monotonic()
    stop()
    insist(await server.ended(STOPS_WITHIN) == 0, "it did not end with exit code 0")
    took = time.monotonic() - began
    await gone(family, GONE_WITHIN)
    scene.site.released.set()
    server.prefix, server.terminal = [], None
    await server.start()
    client = await scene.client(server)
    await told(client, session, warned("server_draining"), 5)
    return took


async def second_server(scene: Scene) -> float:
    """A second server on the same directory is refused in words; it takes over when the first is killed."""
    first = scene.without_start()
    cold = await first.start()
    client = await scene.client(first)
    session = await scene.session(client, "ask", "count")
    await asked(client, session)
    second = scene.without_start("second", data_dir=first.folder / "data")
    await second.begin()
    insist(await second.ended(20) == 1, "a second server on the same directory was not refused")
    insist(str(first.pid) in second.log(), f"it was not told who has it: {second.log()}")
    await first.kill()
    scene.servers.remove(first)
    took = await second.start()
    insist(took < cold + TAKES_OVER_WITHIN, f"the second server took {took:.1f} s to take over, the first {cold:.1f} s")
    return took


async def cancelled_anywhere(scene: Scene) -> float:
    """A cancel while queued, starting, acting, waiting, paused: after its answer nothing more is counted."""
    server = await scene.server(max_sessions=3)
    client = await scene.client(server)
    scene.site.after = 0.2
    worst = 0.0
    for state in ("queued", "starting", "acting", "waiting", "paused"):
        held = [await scene.session(client, "ask") for _ in range(3)] if state == "queued" else []
        session = await scene.session(client, *(["ask"] if state == "waiting" else []), *["count"] * 4)
        await _reached(scene, client, session, state)
        await asyncio.sleep(scene.chance.uniform(0, 0.1))
        began = time.monotonic()
        client.history.pending.clear()
        await client.cancel(session)
        worst = max(worst, time.monotonic() - began)
        at_once = scene.site.acting  # what had arrived before the answer may still be counted
        counted = scene.site.counts.total()
        await fact(lambda: scene.site.acting == 0, "the site does not come to rest")
        insist(scene.site.counts.total() <= counted + at_once, f"something was done after the cancel ({state})")
        for one in held:
            await client.cancel(one)
    insist(worst <= 5.0, f"a cancel took {worst:.1f} seconds")
    return worst


async def _reached(scene: Scene, client: Client, session: str, state: str) -> None:
    if state == "acting":
        await scene.acting()
    elif state == "waiting":
        await asked(client, session)
    elif state == "paused":
        await told(client, session, lambda event: event["data"].get("phase") == "done", 15)
        await client.send("POST", f"/api/sessions/{session}/pause")


async def decided_at_once(scene: Scene) -> float:
    """Thirty answers to one request at once, one of them a cancel, and more when it is over: one counts."""
    server = await scene.server()
    client = await scene.client(server)
    session = await scene.session(client, "count if approved", "ask", "count")
    request = await asked(client, session)
    client.history.pending.clear()
    where = f"/api/human-layer/requests/{request['id']}"
    began = time.monotonic()
    verbs = ["approve"] * 15 + ["deny"] * 15
    scene.chance.shuffle(verbs)
    answers = await asyncio.gather(*(client.send("POST", f"{where}/{verb}", {}) for verb in verbs))
    took = time.monotonic() - began
    won = [verb for verb, answer in zip(verbs, answers, strict=True) if answer["success"]]
    insist(len(won) == 1, f"{len(won)} answers counted")
    if won == ["approve"]:
        await asked(client, session, nth=2)
    late = await client.send("POST", f"{where}/{'deny' if won == ['approve'] else 'approve'}", {})
    insist(late["code"] == "already_decided", f"a late answer was told {late}")
    race = await scene.session(client, "count if approved")
    request = await asked(client, race)
    client.history.pending.clear()
    await asyncio.gather(
        client.cancel(race), client.send("POST", f"/api/human-layer/requests/{request['id']}/approve", {})
    )
    await ended(client, race)
    return took
