"""Kill the server again and again, in every state a session can be in, and hold what it said against what is there.

    make kills KILLS=300 SEED=1

Each round aims at a state (a session that is queued, starting, acting, waiting, paused; an upload or a cancel under
way; a server that is stopping; a session that has just ended), waits until there is one, and kills the server outright
at a random moment from then on. The next one starts on the same data directory while everyone goes on; the oracle
judges after each restart. A seed repeats the choices, not the timing of the processes.
"""

import argparse
import asyncio
import json
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.clients import Client, Crowd, a_client
from tests.chaos.launcher import Launcher, a_launcher
from tests.chaos.oracle import History, Violation, check, check_answers, insist
from tests.chaos.report import spread
from tests.chaos.scene import finish
from tests.chaos.servers import Server
from tests.chaos.site import Site, a_site

SESSIONS = 7
SLOTS = 3
LIFE = 1.0
"""Seconds that everyone lives in peace before the next aim is taken, at most."""

AIM_WITHIN = 8.0
OFFSET = 0.35
"""Seconds within which the kill comes once there is what was aimed at."""

GOES_ON_WITHIN = 20.0
KEPT = Path("build") / "violation"
"""Where the data of a broken word is kept, for whoever has to find out why."""

STOPPING = "stopping"
AIMS = ("queued", "starting", "acting", "waiting", "paused", "uploading", "cancelling", STOPPING, "ended")


@dataclass
class Run:
    """What a run has shown so far."""

    aims: Counter[str] = field(default_factory=Counter[str])
    ready: list[float] = field(default_factory=list[float])
    goes_on: list[float] = field(default_factory=list[float])
    browsers_gone: list[float] = field(default_factory=list[float])
    kills: int = 0


async def loop(
    site: Site, kills: int, seed: int, folder: Path, *, minutes: float, launcher: Launcher | None = None
) -> dict[str, object]:
    """The whole run, for so many minutes at most; its report."""
    until = time.monotonic() + 60 * minutes
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    history, run = History(), Run()
    crowd = Crowd(site, history, chance, sessions=SESSIONS)
    server = Server(folder, max_sessions=SLOTS, warm_browsers=1)
    server.launcher = launcher
    try:
        await server.start()
        for number in range(kills):
            aim = AIMS[number % len(AIMS)]
            crowd.impatient = aim == "cancelling"
            site.before, site.after = chance.uniform(0, 0.3), chance.uniform(0, 0.3)
            await live_and_kill(server, site, crowd, chance, aim, run)
            await start_and_judge(server, site, history, run)
            print(f"kill {number + 1}/{kills}: {aim}, {len(history.plans)} sessions, 0 violations", flush=True)
            if time.monotonic() > until:
                break
        async with a_client(server.url, history) as client:
            await finish(client)
            await check(client, site, history, everything=True)
        check_answers(history)
        await server.stop()
    finally:
        await server.away()
    return report(seed, history, run, site)


async def live_and_kill(server: Server, site: Site, crowd: Crowd, chance: random.Random, aim: str, run: Run) -> None:
    """Let everyone live, and kill the server when there is what is aimed at."""
    async with a_client(server.url, crowd.history) as client:
        living = asyncio.create_task(crowd.live(client), name="crowd")
        await asyncio.sleep(chance.uniform(0, LIFE))
        reached = await reach(aim, crowd, site)
        if aim == STOPPING:
            server.send(signal.SIGTERM)
        await asyncio.sleep(chance.uniform(0, OFFSET))
        run.browsers_gone.append(await server.kill())
        await living
    run.aims[aim if reached else "no particular"] += 1
    run.kills += 1


async def start_and_judge(server: Server, site: Site, history: History, run: Run) -> None:
    """Start it again, hold the history against what is there, and see that a session goes on."""
    began = time.monotonic()
    run.ready.append(await server.start())
    async with a_client(server.url, history) as client:
        running = [one for one in await client.going() if one["status"] in {"queued", "running"}]
        going_on = asyncio.create_task(goes_on(client, running, began), name="going on")
        await check(client, site, history)
        if (took := await going_on) is not None:
            run.goes_on.append(took)


async def reach(aim: str, crowd: Crowd, site: Site) -> bool:
    """Wait until there is what is aimed at."""
    ended = crowd.ended
    there: dict[str, Callable[[], object]] = {
        "queued": lambda: "queued" in crowd.states.values(),
        "starting": lambda: "running" in crowd.states.values(),
        "acting": lambda: site.acting,
        "waiting": lambda: crowd.history.pending,
        "paused": lambda: "paused" in crowd.states.values(),
        "uploading": lambda: crowd.uploading,
        "cancelling": lambda: crowd.cancelling,
        STOPPING: lambda: site.acting or crowd.history.pending,
        "ended": lambda: crowd.ended > ended,
    }
    until = time.monotonic() + AIM_WITHIN
    while not there[aim]():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.003)
    return True


async def goes_on(client: Client, cut_off: list[dict[str, Any]], began: float, slots: int = SLOTS) -> float | None:
    """Seconds from `began` until one of these sessions has done something.

    None if they only wait for a slot that sessions before them hold.
    """
    until = time.monotonic() + GOES_ON_WITHIN
    while cut_off:
        for session in cut_off:
            events = await client.events(session["id"], session["lastSeq"])
            if any(event["eventType"] in {"action", "human_layer_request", "result"} for event in events):
                return time.monotonic() - began
        now = [await client.session(one["id"]) for one in cut_off]
        if all(one is None or one["status"] == "queued" for one in now) and await _running(client) >= slots:
            return None
        insist(time.monotonic() < until, f"no session has gone on after {GOES_ON_WITHIN:g} seconds")
        await asyncio.sleep(0.03)
    return None


async def _running(client: Client) -> int:
    return (await client.http.get("/api/health")).json()["sessionsRunning"]


def report(seed: int, history: History, run: Run, site: Site) -> dict[str, object]:
    """What the run showed."""
    return {
        "kills": run.kills,
        "violations": 0,
        "seed": seed,
        "killsByState": dict(run.aims),
        "sessions": len(history.plans),
        "events": sum(len(events) for events in history.events.values()),
        "counted": site.counts.total(),
        "unknown": sum(
            event["eventType"] == "action" and event["data"]["phase"] == "unknown"
            for events in history.events.values()
            for event in events
        ),
        "commands": dict(history.answers),
        "ready": spread(run.ready),
        "goesOn": spread(run.goes_on),
        "browsersGone": spread(run.browsers_gone),
    }


async def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120, help="stop after so long, with what has been shown")
    parser.add_argument("--plainly", action="store_true", help="import everything anew at every start; slower")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        async with a_site() as site, AsyncExitStack() as stack:
            launcher = None if given.plainly else await stack.enter_async_context(a_launcher())
            where = Path(folder)
            try:
                report = await loop(site, given.kills, given.seed, where, minutes=given.minutes, launcher=launcher)
            except Violation:
                shutil.copytree(where, KEPT, dirs_exist_ok=True)
                print(f"What the server had stored is kept in {KEPT}.")
                raise
    print(json.dumps(report | {"plainly": given.plainly}, indent=1))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    asyncio.run(main())
