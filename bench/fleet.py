"""The scheduler and the bell with a hundred thousand sessions, simulated: who is woken, what that asks of PostgreSQL.

A small discrete-event simulation with a fixed seed. What a verb costs comes from the measured curves, what a session
does from `Habits`. A process that is woken while it still looks looks once more afterwards, however often it was rung:
as the real bell has it. The database is a number of cores with one queue; a verb's measured time counts wholly as a
core's, though part of it is waiting for the disk, so the sums err on the safe side.
"""

import heapq
import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from measuring import number, percentile, table

LIVES = (1_000, 10_000, 100_000)
SEED = 1
SECONDS = 2.0
CORES = 64
"""Cores of the largest PostgreSQL that one would rent without asking anyone."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What sessions do, and how many of them share a process. Assumed, not measured: put in your own."""

    lasts: float = 600.0
    step_every: float = 5.0
    commits_of_a_step: int = 2
    asks: float = 1.0
    followers: float = 1.0
    sessions_per_worker: int = 32
    clients_per_server: int = 1_000
    full: float = 0.95
    beat: float = 3.0
    health: float = 5.0


@dataclass(frozen=True, slots=True)
class Design:
    """Who is woken by what."""

    name: str
    everyone_looks: bool
    """Whether a ring of the queue or of requests wakes every process, or only one that is on duty."""
    bell_to_all: bool
    """Whether a ring of a session is delivered to every process, or only to those that follow or run it."""


AS_IS = Design("as it is", everyone_looks=True, bell_to_all=True)
ROUTED = Design("looks on duty, bell by process", everyone_looks=False, bell_to_all=False)


@dataclass(slots=True)
class Load:
    """What a simulated stretch of time asked of the database."""

    work: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    commits: int = 0
    rings: int = 0
    deliveries: int = 0

    @property
    def cores(self) -> float:
        """Cores that were asked for, on average."""
        return sum(self.work.values()) / SECONDS


@dataclass(slots=True)
class Simulation:
    """A deployment with so many live sessions, for some seconds."""

    live: int
    design: Design
    costs: Mapping[str, float]
    habits: Habits
    chance: random.Random
    load: Load = field(default_factory=Load)
    looking: dict[tuple[str, int], bool] = field(default_factory=dict)
    """Who looks for what now, and whether they were rung meanwhile."""
    agenda: list[tuple[float, int, str, int]] = field(default_factory=list)
    free: list[float] = field(default_factory=lambda: [0.0] * CORES)
    count: int = 0

    @property
    def workers(self) -> int:
        """Processes with browsers."""
        return math.ceil(self.live / (self.habits.sessions_per_worker * self.habits.full))

    @property
    def servers(self) -> int:
        """Processes with clients."""
        return max(2, math.ceil(self.live * self.habits.followers / self.habits.clients_per_server))

    def run(self) -> Load:
        """Let time pass."""
        habits, live = self.habits, self.live
        self._steadily("append", live * habits.commits_of_a_step / habits.step_every)
        self._steadily("create", live / habits.lasts)
        self._steadily("end", live / habits.lasts)
        self._steadily("ask", live * habits.asks / habits.lasts)
        self._steadily("decide", live * habits.asks / habits.lasts)
        self._steadily("beat", (self.workers + self.servers) / habits.beat)
        self._steadily("health", self.servers / habits.health)
        while self.agenda:
            at, _, what, who = heapq.heappop(self.agenda)
            if at >= SECONDS:
                break
            self._happen(at, what, who)
        return self.load

    def _steadily(self, what: str, each_second: float) -> None:
        """Have something happen at random, so often on average."""
        at = self.chance.expovariate(each_second)
        while at < SECONDS:
            self._plan(at, what, -1)
            at += self.chance.expovariate(each_second)

    def _plan(self, at: float, what: str, who: int) -> None:
        self.count += 1
        heapq.heappush(self.agenda, (at, self.count, what, who))

    def _happen(self, at: float, what: str, who: int) -> None:
        if who >= 0:
            self._looked(at, what, who)
            return
        verb = {"end": "decide", "ask": "decide", "beat": "renew leases, look for silent owners"}.get(what, what)
        done = self._ask(at, "health (counts every session)" if what == "health" else verb)
        if what in {"append", "create", "end", "ask", "decide"}:
            self._ring(done, what)

    def _ring(self, at: float, what: str) -> None:
        """A commit that tells something: whoever follows reads, and some look for more to do."""
        everyone = self.workers + self.servers
        self.load.rings += 1
        self.load.deliveries += everyone if self.design.bell_to_all else round(1 + self.habits.followers)
        for _ in range(round(self.habits.followers)):
            self._ask(at, "read after cursor")
        if what in {"create", "end"}:
            idle = max(1, round(self.workers * (1 - self.habits.full)))
            for who in range(idle if self.design.everyone_looks else 1):
                self._look(at, "claim", who)
            for who in range(self.workers if self.design.everyone_looks else 1):
                self._look(at, "tell queue places", who)
        if what in {"ask", "decide"}:
            for who in range(everyone if self.design.everyone_looks else 1):
                self._look(at, "look at deadlines", who)

    def _look(self, at: float, what: str, who: int) -> None:
        if (what, who) in self.looking:
            self.looking[what, who] = True
            return
        self.looking[what, who] = False
        self._plan(self._ask(at, what), what, who)

    def _looked(self, at: float, what: str, who: int) -> None:
        if self.looking.pop((what, who)):
            self._look(at, what, who)

    def _ask(self, at: float, verb: str) -> float:
        """Have the database do something; when it is done."""
        takes = self.chance.expovariate(1_000 / self.costs[verb])
        begins = max(at, heapq.heappop(self.free))
        heapq.heappush(self.free, begins + takes)
        self.load.work[verb] += takes
        self.load.jobs[verb] += 1
        self.load.waits.append((begins - at) * 1_000)
        self.load.commits += verb in {"append", "create", "decide", "claim", "renew leases, look for silent owners"}
        return begins + takes


def costs_at(live: int, curves: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Milliseconds of each verb on PostgreSQL with so many sessions."""
    mine = {name.removeprefix("PostgreSQL: "): one for name, one in curves.items() if name.startswith("PostgreSQL: ")}
    return {verb: one[min(one, key=lambda size: abs(int(size) - live))] for verb, one in mine.items()}


def markdown(kept: Mapping[str, Mapping[str, float]]) -> str:
    """What each size asks for, by each design."""
    curves: Mapping[str, Mapping[str, float]] = kept["curves"]  # type: ignore[assignment]
    habits, rows, shares = Habits(), [], []
    for design in (AS_IS, ROUTED):
        for live in LIVES:
            one = Simulation(live, design, costs_at(live, curves), habits, random.Random(SEED))
            load = one.run()
            rows.append(_row(one, load))
            most = ", ".join(f"{verb} {number(took / SECONDS)}" for verb, took in load.work.most_common(4))
            shares.append(f"| {design.name} | {live:,} | {most} |")
    head = (
        "| design | live sessions | servers | workers | commits a second | rings delivered a second"
        f" | cores asked of PostgreSQL | wait for one of {CORES}: p50 / p99 |"
    )
    return "\n\n".join(
        [table(head, rows), table("| design | live sessions | cores, by what asks most |", shares), _size(kept, habits)]
    )


def _row(one: Simulation, load: Load) -> str:
    waits = f"{number(percentile(load.waits, 0.5))} / {number(percentile(load.waits, 0.99))} ms"
    return (
        f"| {one.design.name} | {one.live:,} | {one.servers:,} | {one.workers:,} | {load.commits / SECONDS:,.0f}"
        f" | {load.deliveries / SECONDS:,.0f} | {number(load.cores)} | {waits} |"
    )


def _size(kept: Mapping[str, Mapping[str, float]], habits: Habits) -> str:
    """What a hundred thousand sessions write and leave behind, and what memory they take."""
    live, told = LIVES[-1], kept["bell"]
    events = live * habits.commits_of_a_step / habits.step_every
    ended = live / habits.lasts
    quickest = max(value for name, value in told.items() if name.startswith(_RINGS))
    wal, event, session = (told[f"bytes of {what}"] for what in _BYTES)
    day = 86_400 * (events * event + ended * session) / 1e12
    rows = [
        f"| events stored a second | {events:,.0f} |",
        f"| sessions created, and ended, a second | {ended:,.0f} |",
        f"| WAL of the events | {events * wal / 1e6:,.0f} MB/s |",
        f"| databases, each as quick as the one measured here, for {events:,.0f} ringing commits a second"
        f" | {math.ceil(events / quickest):,} |",
        f"| the log grows by | {day:,.1f} TB a day |",
        f"| memory of all sessions, at the measured memory of one | {live * kept['memory']['session'] / 1e6:,.1f} TB |",
    ]
    return table(f"| {live:,} live sessions | |", rows)


_RINGS = "commits a second that ring "
_BYTES = ("WAL for an event", "an event on disk", "a session on disk")
