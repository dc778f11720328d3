"""Keep a server busy for a while, and fail on a slope: of memory, tasks, descriptors, threads or children.

    make soak MINUTES=10 SEED=1

The first part of the time warms up. After it each quantity is looked at every few seconds, and the slope is the median
of the slopes between all pairs of looks (Theil and Sen), which a busy moment does not move. What it comes to over the
whole time may not exceed a fixed allowance: the longer the soak, the finer it sieves.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from statistics import median

import psutil

from tests.chaos.clients import Client, Crowd, a_client
from tests.chaos.oracle import History, check, check_answers
from tests.chaos.scene import finish
from tests.chaos.servers import Server
from tests.chaos.site import Site, a_site

WARM_UP = 0.3
"""The part of the time in which everything may still grow."""

LOOK = 3.0
SESSIONS = 7
SLOTS = 3
ALLOWED = {"memory": 6.0, "tasks": 3.0, "descriptors": 3.0, "threads": 2.0, "children": 1.0}
"""What may be more at the end than after the warm-up: megabytes of the server's own memory, and numbers."""

Look = tuple[float, dict[str, float]]


async def soak(site: Site, minutes: float, seed: int, folder: Path) -> dict[str, object]:
    """The whole run; its report."""
    history = History()
    crowd = Crowd(site, history, random.Random(seed), sessions=SESSIONS)  # noqa: S311 - repeatable on purpose
    site.before = site.after = 0.05
    server = Server(folder, max_sessions=SLOTS)
    try:
        await server.start()
        async with a_client(server.url, history) as client:
            looks = await _live(client, server, site, crowd, 60 * minutes)
            await finish(client)
            await check(client, site, history, everything=True)
        check_answers(history)
        await server.stop()
    finally:
        await server.away()
    found = {name: _slope([(at, look[name]) for at, look in looks]) for name in ALLOWED}
    lasted = looks[-1][0] - looks[0][0]
    return {
        "minutes": minutes,
        "sessions": len(history.plans),
        "commands": dict(history.answers),
        "looks": len(looks),
        "medians": {name: median(look[name] for _, look in looks) for name in ALLOWED},
        "perHour": {name: round(slope * 3_600, 2) for name, slope in found.items()},
        "tooSteep": [name for name, slope in found.items() if slope * lasted > ALLOWED[name]],
    }


async def _live(client: Client, server: Server, site: Site, crowd: Crowd, seconds: float) -> list[Look]:
    """Let everyone live for so long, and look at the server now and then."""
    living = asyncio.create_task(crowd.live(client), name="crowd")
    began, looks = time.monotonic(), list[Look]()
    try:
        while (now := time.monotonic() - began) < seconds and not living.done():
            if now > WARM_UP * seconds:
                looks.append((now, await _look(client, server)))
            for session in [one for one in crowd.history.open if one not in crowd.states]:
                crowd.history.settled.add(session)  # it has ended: all of them are checked when it is over
            await asyncio.sleep(LOOK)
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    await check(client, site, crowd.history)
    return looks


async def _look(client: Client, server: Server) -> dict[str, float]:
    process = psutil.Process(server.pid)
    metrics = (await client.http.get("/metrics")).text
    [tasks] = [line.split()[1] for line in metrics.splitlines() if line.startswith("zenobia_tasks ")]
    held = server.footprint()
    return {
        "memory": process.memory_info().rss / (1 << 20),
        "tasks": float(tasks),
        "descriptors": held.descriptors,
        "threads": held.threads,
        "children": held.children,
    }


def _slope(points: list[tuple[float, float]]) -> float:
    """The median slope between all pairs of points, a second."""
    return median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2))


async def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        async with a_site() as site:
            report = await soak(site, given.minutes, given.seed, Path(folder))
    print(json.dumps(report, indent=1))
    sys.exit(bool(report["tooSteep"]))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    asyncio.run(main())
