"""How long a command takes until it is acknowledged, which is when it is on disk.

The least that honest work costs is one round trip and one commit. So the reference is a bare Node.js Socket.IO server
that echoes, and one raw SQLite commit with the same durability; each echo is paired with a commit of the same block
and the two are added up. Both servers get the same client, the same payloads and the same pace. Sessions are queued
behind one that holds the only slot, so no browser competes.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import Amount, Block, Comparison, Finding, median, summed
from processes import (
    CLIENT_CORE,
    SERVER_CORE,
    Client,
    echo_server,
    pinned,
    scratch,
    scripted_zenobia,
    socket_client,
)

TARGET = 2.0
CLIENTS = 50
RATE = 100
"""Commands a second of all `CLIENTS` together: each sends two a second, far below what either server can take."""

TURNS = 5
"""Turns in a block: a disk changes its mind within seconds, so the sides alternate faster than that."""

ALONE = 30
"""Commands of one client in a turn."""

BREATH = 0.001
"""Seconds between raw commits, about as many as one client leaves between its commands."""

PACED = 50
FLOOD = 1_000
ROW = "x" * 700
"""About as much as a session and its first event take in the database."""

OPEN = {"max_sessions": 1, "max_queued": 1_000_000, "max_commands_per_second": 1_000_000, "log_level": "error"}


@dataclass(frozen=True, slots=True)
class Case:
    """One command, and the event that it causes."""

    command: str
    payload: dict[str, Any]
    told: str


CREATE = Case("createSession", {"prompt": "Perform a search for recent news"}, "status")
SEND = Case("sendMessage", {"message": "Please look at the second page too"}, "message")


class Commits:
    """A raw SQLite database, with the settings of the store."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, json TEXT NOT NULL)")

    def block(self, count: int, pause: float) -> Block:
        """So many commits of one row, in milliseconds each, with a pause before each that is not counted."""
        return [self._one(pause) for _ in range(count)]

    def _one(self, pause: float) -> float:
        time.sleep(pause)
        began = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO rows (json) VALUES (?)", (ROW,))
        self._connection.execute("COMMIT")
        return (time.perf_counter() - began) * 1_000

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


class Arms:
    """Both servers and the raw database, with clients connected to each."""

    def __init__(self, stack: ExitStack, clients: int, case: Case) -> None:
        folder = stack.enter_context(scratch())
        ours = stack.enter_context(scripted_zenobia(folder / "zenobia", core=SERVER_CORE, **OPEN))
        theirs = stack.enter_context(echo_server(core=SERVER_CORE))
        self.client: Client = stack.enter_context(socket_client(core=CLIENT_CORE))
        self.commits = Commits(folder / "raw.db")
        stack.callback(self.commits.close)
        self.client.do("connect", group="zenobia", url=ours, clients=clients)
        self.client.do("connect", group="echo", url=theirs, clients=clients)
        self.client.do("connect", group="holders", url=ours, clients=2)
        self.client.do("each", group="holders", command="createSession", payload={"prompt": "open example.com"})
        self.client.do("each", group="zenobia", command="createSession", payload={})
        self._case = case

    def ask(self, request: str, group: str, **given: Any) -> Any:
        """Have the client send the case's command to one of the servers."""
        return self.client.do(request, group=group, command=self._case.command, payload=self._case.payload, **given)

    def raw(self, count: int, pause: float = 0) -> Block:
        """A block of raw commits, on the servers' core; as far apart as commands, as a disk in full swing is faster."""
        with pinned(SERVER_CORE):
            return self.commits.block(count, pause)


def ack(blocks: int) -> Iterator[Finding]:
    """Acknowledged commands: by one client, by many at a steady pace, and as many as there can be."""
    for case in (CREATE, SEND):
        yield from _alone(case, blocks)
    for case in (CREATE, SEND):
        yield from _many(case, blocks)


def _alone(case: Case, blocks: int) -> Iterator[Finding]:
    ours: list[Block] = []
    theirs: list[Block] = []
    told: list[Block] = []
    echoes: list[Block] = []
    with ExitStack() as stack:
        arms = Arms(stack, 1, case)
        for _ in range(TURNS * (blocks + 1)):
            echo = arms.ask("alone", "echo", count=ALONE)["acks"]
            theirs.append(summed(echo, arms.raw(ALONE, pause=BREATH)))
            echoes.append(echo)
            answer = arms.ask("alone", "zenobia", count=ALONE, told=case.told)
            ours.append(answer["acks"])
            told.append(answer["tellings"])
    yield Comparison(
        f"{case.command} acknowledged, 1 client", ours[TURNS:], "echo + raw commit", theirs[TURNS:], TARGET
    )
    yield Amount(
        f"{case.command}: from its ack to its event, 1 client (p50 of each turn)", _medians(told[TURNS:]), "ms"
    )
    yield Amount("one echo of the bare server, for comparison", _medians(echoes[TURNS:]), "ms")


def _many(case: Case, blocks: int) -> Iterator[Finding]:
    ours: list[Block] = []
    theirs: list[Block] = []
    rates: dict[str, list[float]] = {"zenobia": [], "echo": []}
    with ExitStack() as stack:
        arms = Arms(stack, CLIENTS, case)
        for seed in range(TURNS * (blocks + 1)):
            echo = arms.ask("paced", "echo", count=PACED, rate=RATE, seed=seed)["acks"]
            theirs.append(summed(echo, arms.raw(PACED, pause=1 / RATE)))
            ours.append(arms.ask("paced", "zenobia", count=PACED, rate=RATE, seed=seed)["acks"])
        for _ in range(3):
            for group, found in rates.items():
                found.append(FLOOD / arms.ask("flood", group, count=FLOOD)["seconds"])
        commits = [1_000 * FLOOD / sum(arms.raw(FLOOD)) for _ in range(3)]
    what = f"{case.command} acknowledged, {CLIENTS} clients, {RATE} a second in all"
    yield Comparison(what, ours[TURNS:], "echo + raw commit", theirs[TURNS:], TARGET)
    yield Amount(f"{case.command}: most a second, {CLIENTS} clients, each at once again", rates["zenobia"], "/s")
    yield Amount("the bare echo server, which stores nothing: most a second", rates["echo"], "/s")
    yield Amount("raw commits one after the other: most a second", commits, "/s")


def _medians(blocks: list[Block]) -> list[float]:
    return [median(block) for block in blocks]
