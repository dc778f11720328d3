"""Two servers and a worker on one PostgreSQL: one is killed or put to sleep, or the database fails, again and again.

    make shared FAULTS=50 SEED=1

What sleeps wakes after its lease has run out, and must find itself fenced. The oracle is that of the kill loop, asked
through a server that lives; besides, the database itself says when a dead owner's sessions were taken from it.
"""

import argparse
import asyncio
import json
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.chaos.clients import Client, Crowd, Gone, a_client
from tests.chaos.oracle import History, check, check_answers, insist
from tests.chaos.report import spread
from tests.chaos.scene import finish
from tests.chaos.servers import Server, Worker
from tests.chaos.site import Site, a_site
from tests.postgres import Postgres

SESSIONS = 8
SLOTS = 2
LEASE = 2.0
LIFE = 3.0
"""Seconds that everyone lives in peace between two faults, at most."""

BACK_WITHIN = 5.0
"""Seconds beyond the lease until what a dead owner held is taken back; and until a database that is back is used."""

FAULTS = ("kill", "sleep", "kill", "terminate", "sleep", "restart")
OWNED = "SELECT count(*) FROM sessions WHERE owner IS NOT NULL AND lease_until < %s"
NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"


@dataclass
class House:
    """The processes and what they share."""

    postgres: Postgres
    database: str
    servers: list[Server]
    worker: Worker
    site: Site
    history: History
    crowd: Crowd
    chance: random.Random
    faults: Counter[str] = field(default_factory=Counter[str])
    back: dict[str, list[float]] = field(default_factory=lambda: {fault: list[float]() for fault in FAULTS})

    @property
    def everyone(self) -> list[Server]:
        """All processes."""
        return [*self.servers, self.worker]

    async def away(self) -> None:
        """Let nothing be left."""
        for one in self.everyone:
            await one.away()
        await asyncio.to_thread(self.postgres.remove)


def a_house(folder: Path, site: Site, seed: int) -> House:
    """Everything, not yet started."""
    postgres = Postgres()
    postgres.start()
    database, history = postgres.database(), History()
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    flags = {"database": database, "blobs": folder / "blobs", "lease": LEASE, "max_sessions": SLOTS, "warm_browsers": 1}
    servers = [Server(folder / name, **flags) for name in ("one", "two")]
    crowd = Crowd(site, history, chance, sessions=SESSIONS)
    return House(postgres, database, servers, Worker(folder / "worker", **flags), site, history, crowd, chance)


async def loop(house: House, times: int, *, minutes: float) -> None:
    """The whole run, for so many minutes at most."""
    until = time.monotonic() + 60 * minutes
    await asyncio.gather(*(one.start() for one in house.everyone))
    for number in range(times):
        fault = FAULTS[number % len(FAULTS)]
        house.site.before, house.site.after = house.chance.uniform(0, 0.3), house.chance.uniform(0, 0.3)
        await one_fault(house, fault)
        print(f"fault {number + 1}/{times}: {fault}, {len(house.history.plans)} sessions, 0 violations", flush=True)
        if time.monotonic() > until:
            break
    async with a_client(house.servers[0].url, house.history) as client:
        await finish(client)
        await check(client, house.site, house.history, everything=True)
    check_answers(house.history)
    for one in house.everyone:
        await one.stop()


async def one_fault(house: House, fault: str) -> None:
    """Let everyone live, let one thing fail, and judge through a server that lives."""
    victim = house.chance.choice(house.everyone)
    door = house.chance.choice(house.servers)
    witness = next(one for one in house.servers if one is not victim)
    async with a_client(door.url, house.history, within=3 if fault == "sleep" else 15) as client:
        living = asyncio.create_task(house.crowd.live(client), name="crowd")
        await asyncio.sleep(house.chance.uniform(0.3, LIFE))
        if fault in {"terminate", "restart"}:
            took = await _database_fails(house, fault, witness)
        else:
            took = await _owner_fails(house, fault, victim)
        living.cancel()
        [found] = await asyncio.gather(living, return_exceptions=True)
        if isinstance(found, Exception):
            raise found
    house.faults[fault] += 1
    house.back[fault].append(took)
    async with a_client(witness.url, house.history) as client:
        await check(client, house.site, house.history)


async def _owner_fails(house: House, fault: str, victim: Server) -> float:
    """Kill one or put it to sleep; seconds until nothing is left in its name. It is back when this returns."""
    async with await psycopg.AsyncConnection.connect(house.database, autocommit=True) as database:
        if fault == "sleep":
            victim.send(signal.SIGSTOP)
        else:
            await victim.kill()
        began, at = time.monotonic(), await _ask(database, NOW)
        while await _ask(database, OWNED, at + LEASE * 1_000):
            insist(time.monotonic() - began < LEASE + BACK_WITHIN, "a session is left with an owner that is silent")
            await asyncio.sleep(0.05)
        took = time.monotonic() - began
    if fault == "sleep":
        await asyncio.sleep(house.chance.uniform(0.0, LEASE))
        victim.send(signal.SIGCONT)
    else:
        await victim.start()
    return took


async def _ask(database: "psycopg.AsyncConnection[tuple[int]]", query: str, *values: float) -> int:
    row = await (await database.execute(query.encode(), values)).fetchone()
    return row[0] if row else 0


async def _database_fails(house: House, fault: str, witness: Server) -> float:
    """End every connection, or the database for a while; seconds from when it is back until it is used again."""
    if fault == "terminate":
        async with await psycopg.AsyncConnection.connect(house.database, autocommit=True) as database:
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
    else:
        await asyncio.to_thread(house.postgres.stop)
        await asyncio.sleep(house.chance.uniform(0.2, 3.0))
        await asyncio.to_thread(house.postgres.start)
    began = time.monotonic()
    async with a_client(witness.url, house.history) as client:
        while not await _takes(client, house):
            insist(time.monotonic() - began < BACK_WITHIN, "the database is back, and commands are still refused")
    return time.monotonic() - began


async def _takes(client: Client, house: House) -> bool:
    plan = house.crowd.plan()
    with suppress(Gone):
        return await client.create(plan) is not None
    return False


def report(house: House, seed: int) -> dict[str, object]:
    """What the run showed."""
    return {
        "faults": dict(house.faults),
        "violations": 0,
        "seed": seed,
        "lease": LEASE,
        "sessions": len(house.history.plans),
        "events": sum(len(events) for events in house.history.events.values()),
        "counted": house.site.counts.total(),
        "commands": dict(house.history.answers),
        "backAfter": {fault: spread(took) for fault, took in house.back.items()},
    }


async def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120, help="stop after so long, with what has been shown")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        async with a_site() as site:
            house = a_house(Path(folder), site, given.seed)
            try:
                await loop(house, given.faults, minutes=given.minutes)
            finally:
                await house.away()
            print(json.dumps(report(house, given.seed), indent=1))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    asyncio.run(main())
