"""How long it takes from a person's yes at one server to the action it allows at another, both on one PostgreSQL.

The client speaks to a server that runs nothing; the session's browser is at the other. The yes is stored and rung by
the database, then the intent to act is stored. The reference is the least that this could be: a bare python-socketio
server whose command wakes a waiting task, plus one raw commit that is rung and heard on another connection of the same
database, plus one raw commit.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import LiteralString

import psycopg
from ack import BREATH, ROW
from approve import PROMPT, TAIL, YESES, took
from filled import cluster
from measuring import Amount, Block, Comparison, Finding, percentile, summed, together
from processes import CLIENT_CORE, SERVER_CORE, Broken, address, pinned, running, scratch, socket_client

HERE = Path(__file__).resolve().parent
CHANNEL = "bench"
TARGET = 1.5
HEARD_WITHIN = 5.0
COMMIT: LiteralString = "INSERT INTO rows (json) VALUES (%s)"


def approve_shared(blocks: int) -> Iterator[Finding]:
    """From an approval at one server to the action at another, and to what the database alone needs."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with ExitStack() as stack:
        folder, postgres = stack.enter_context(scratch()), stack.enter_context(cluster())
        shared = {"database": postgres.database(), "blobs": str(folder / "blobs"), "log_level": "error"}
        servers = [
            stack.enter_context(
                running([sys.executable, HERE / "approving_server.py", folder / name, json.dumps(settings)], core=core)
            )
            for name, core, settings in (
                ("front", CLIENT_CORE, shared | {"worker": False, "max_steps": 1_000}),
                ("worker", SERVER_CORE, shared | {"max_steps": 1_000}),
            )
        ]
        waker = stack.enter_context(running([sys.executable, HERE / "waking_server.py"], core=SERVER_CORE))
        client = stack.enter_context(socket_client(core=CLIENT_CORE))
        front, worker = servers
        client.do("connect", group="zenobia", url=address(front), clients=1)
        address(worker)
        client.do("connect", group="waker", url=address(waker), clients=1)
        rings = stack.enter_context(Rings(postgres.database()))
        for _ in range(blocks + 1):
            wakes = took(client, waker, "wake", group="waker", count=YESES)
            with pinned(SERVER_CORE):
                theirs.append(summed(wakes, rings.block(YESES)))
            ours.append(took(client, worker, "approve", group="zenobia", prompt=PROMPT, count=YESES))
    what = "from an approval at one server to its action at another"
    yield Comparison(what, ours[1:], "a bare wake + two raw commits", theirs[1:], TARGET)
    yield Amount(f"{what}, p99", [percentile(together(ours[1:]), 0.99)], "ms", TAIL)


class Rings:
    """A raw database with two connections: what one commits and rings, the other hears."""

    def __init__(self, url: str) -> None:
        self._writer = psycopg.connect(url, autocommit=True)
        self._listener = psycopg.connect(url, autocommit=True)
        self._writer.execute("CREATE TABLE rows (id bigserial PRIMARY KEY, json text NOT NULL)")
        self._listener.execute(f"LISTEN {CHANNEL}")

    def __enter__(self) -> "Rings":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._listener.close()

    def block(self, count: int) -> Block:
        """So many commits that are heard, each with the commit that follows, in milliseconds."""
        return [self._one() for _ in range(count)]

    def _one(self) -> float:
        time.sleep(BREATH)
        began = time.perf_counter()
        with self._writer.transaction():
            self._writer.execute(COMMIT, (ROW,))
            self._writer.execute(f"NOTIFY {CHANNEL}")
        if not list(self._listener.notifies(timeout=HEARD_WITHIN, stop_after=1)):
            raise Broken("a ring was not heard")
        self._listener.execute(COMMIT, (ROW,))
        return (time.perf_counter() - began) * 1_000
