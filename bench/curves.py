"""What the verbs of the store cost as there is more of everything: sessions, events of one session, clients of one.

The sizes are measured in turns, block by block. Of each the quickest block's median stands: other work on the machine
only ever adds. A command's cost includes its commit, on disk.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from filled import LONG, SLOTS, SPACE, action, cluster, filled
from measuring import median, number, table
from processes import scratch

from zenobia.protocol.human import Decision, RequestStatus
from zenobia.sessions.feed import follow
from zenobia.store.engine import Store

SIZES = (1_000, 10_000, 100_000)
FOLLOWERS = (1, 10, 100)
OPERATIONS = 12
"""Operations in a block."""

DATABASES = ("SQLite", "PostgreSQL")
PAGE = 20

Operation = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Curve:
    """What one thing costs at each size, in milliseconds: the median of every block."""

    database: str
    what: str
    axis: str
    blocks: dict[int, list[float]] = field(default_factory=dict)

    def cost(self, size: int) -> float:
        """The quickest block's median."""
        return min(self.blocks[size])

    @property
    def growth(self) -> float:
        """What the largest size costs, as a multiple of the smallest."""
        return self.cost(max(self.blocks)) / self.cost(min(self.blocks))

    def row(self) -> str:
        """As a row of a table."""
        costs = " | ".join(f"{number(self.cost(size))}" for size in sorted(self.blocks))
        return f"| {self.what} | {self.database} | {costs} | {self.growth:.1f}x |"


def measured(blocks: int, sizes: tuple[int, ...] = SIZES) -> list[Curve]:
    """Every curve, on both databases."""
    return asyncio.run(_measured(blocks, sizes))


async def _measured(blocks: int, sizes: tuple[int, ...]) -> list[Curve]:
    curves: dict[tuple[str, str, str], Curve] = {}
    async with AsyncExitStack() as stack:
        arms: list[tuple[str, str, int, Mapping[str, Operation]]] = []
        folder, postgres = stack.enter_context(scratch()), stack.enter_context(cluster())
        for database, size in itertools.product(DATABASES, sizes):
            url = postgres.database() if database == "PostgreSQL" else None
            store = await stack.enter_async_context(filled(folder / f"{database}{size}", size, url))
            arms.append((database, "sessions", size, verbs(store, size)))
            if size == min(sizes):
                arms += [(database, "events", length, readings(store, length)) for length in LONG]
                arms += [(database, "clients", many, followings(store, many)) for many in FOLLOWERS]
        for block in range(blocks + 1):
            for database, axis, size, operations in arms:
                for what, operation in operations.items():
                    took = await _block(operation)
                    curve = curves.setdefault((axis, what, database), Curve(database, what, axis))
                    if block > 0:
                        curve.blocks.setdefault(size, []).append(took)
    return list(curves.values())


async def _block(operation: Operation) -> float:
    took: list[float] = []
    for _ in range(OPERATIONS):
        began = time.perf_counter()
        await operation()
        took.append((time.perf_counter() - began) * 1_000)
    return median(took)


def verbs(store: Store, live: int) -> Mapping[str, Operation]:
    """What servers and workers ask of a store with `live` sessions."""
    chance = random.Random(live)
    waiting = iter([f"req_{i}" for i in range(live + 1, 2 * live) if i % 10 == 1])
    running = [i for i in range(live + 1, 2 * live) if i % 10 > 1]
    decision = Decision(status=RequestStatus.APPROVED, decided_at=1, decided_by="somebody")

    def some() -> str:
        return f"ses_{chance.choice(running)}"

    def append() -> Awaitable[object]:
        session = some()
        return store.write(lambda tx: tx.append(session, action(9), "It clicked."))

    def read() -> Awaitable[object]:
        session = some()
        return store.read(lambda tx: tx.events_after(session, 3, 200))

    def decide() -> Awaitable[object]:
        request = next(waiting, "")
        return store.write(lambda tx: tx.decide(request, decision))

    def beat() -> Awaitable[object]:
        owner = chance.choice(running) // SLOTS
        mine = [f"ses_{i}" for i in range(SLOTS * owner, SLOTS * owner + SLOTS)]
        return store.write(lambda tx: (tx.renew(f"srv_{owner}", mine), tx.disown_silent("It is silent.")))

    return {
        "create": lambda: store.write(lambda tx: tx.add_session(SPACE, "playbook", "Open it.", {})),
        "claim": lambda: store.write(lambda tx: tx.claim("srv_new")),
        "append": append,
        "read after cursor": read,
        "decide": decide,
        "list a page": lambda: store.read(lambda tx: tx.sessions(SPACE, status=None, before=None, most=PAGE)),
        "look at deadlines": lambda: store.write(lambda tx: tx.expire()),
        "renew leases, look for silent owners": beat,
        "tell queue places": lambda: store.read(lambda tx: tx.misplaced()),
        "health (counts every session)": lambda: store.read(lambda tx: tx.count_sessions()),
    }


def readings(store: Store, length: int) -> Mapping[str, Operation]:
    """What is asked of one session with a log of `length` events."""
    session = f"ses_log{length}"
    return {
        "append": lambda: store.write(lambda tx: tx.append(session, action(9), "It clicked.")),
        "read the last 10": lambda: store.read(lambda tx: tx.events_after(session, length - 10, 200)),
        "find the last action": lambda: store.read(lambda tx: tx.last_action(session)),
        "find the next message": lambda: store.read(lambda tx: tx.next_message(session)),
    }


def followings(store: Store, many: int) -> Mapping[str, Operation]:
    """What an append costs until all of `many` followers in this process have read it."""
    session = f"ses_{1_000 + many + 2}"

    async def told() -> None:
        last = await store.read(lambda tx: tx.events_after(session, 0, 200_000)[-1].seq)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(many):
                tasks.create_task(_next(store, session, last), name="follower")
            await asyncio.sleep(0)
            await store.write(lambda tx: tx.append(session, action(9), "It clicked."))

    return {"append until all followers have read it": told}


async def _next(store: Store, session: str, after: int) -> None:
    async for _ in follow(store, session, after):
        return


TITLES = {
    "sessions": "Live sessions in the database (and as many that have ended)",
    "events": "Events in the session's log",
    "clients": "Followers of the session, all at one server",
}


def markdown(curves: list[Curve]) -> str:
    """Every curve, a table for each axis; milliseconds."""
    parts: list[str] = []
    for axis, title in TITLES.items():
        found = sorted((one for one in curves if one.axis == axis), key=lambda one: one.what)
        sizes = sorted(found[0].blocks)
        heads = " | ".join(f"{size:,}" for size in sizes)
        parts += [
            f"{title}:",
            "",
            table(f"| ms | | {heads} | {sizes[-1] // sizes[0]}x costs |", [o.row() for o in found]),
            "",
        ]
    return "\n".join(parts)


def kept(curves: list[Curve]) -> dict[str, dict[str, float]]:
    """What the simulation is fed with: milliseconds of each verb at each size."""
    return {
        f"{one.database}: {one.what}": {str(size): round(one.cost(size), 4) for size in sorted(one.blocks)}
        for one in curves
        if one.axis == "sessions"
    }


def told(curves: list[Curve]) -> Iterator[str]:
    """For people."""
    for one in curves:
        costs = "   ".join(f"{size:>7,}: {number(one.cost(size)):>7} ms" for size in sorted(one.blocks))
        yield f"{one.database:<11}{one.what:<42}{costs}   {one.growth:.1f}x"
