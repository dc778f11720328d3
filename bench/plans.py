"""How the databases go about each verb: what is searched by an index, what is scanned, and how many rows that reads.

The statements are those that a verb sends, caught on their way; the transaction is rolled back. PostgreSQL's plans are
of what really ran (EXPLAIN ANALYZE); SQLite says only how it means to go about it.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from filled import LIMITS, SPACE, action, engine_of
from sqlalchemy import Connection, Engine, event

from zenobia.protocol.human import Decision, RequestStatus
from zenobia.store.engine import Store
from zenobia.store.tx import Tx

_READS = re.compile(r"(?:Scan|SCAN|SEARCH|Sort|USE TEMP B-TREE)")
_ROWS = re.compile(r"actual rows=(\d+)(?:\.\d+)? loops=(\d+)")
_REMOVED = re.compile(r"Rows Removed by Filter: (\d+)")
FEW = 100
"""Rows that one statement may read; more of them is worth a look."""


@dataclass(frozen=True, slots=True)
class Node:
    """One reading part of a plan, and on PostgreSQL how many rows it read."""

    verb: str
    database: str
    text: str
    rows: int | None = None

    @property
    def scans(self) -> bool:
        """Whether it reads more the more there is."""
        if self.rows is None:
            return self.text.startswith("SCAN") or "TEMP B-TREE" in self.text
        return self.rows > FEW


def verbs(live: int) -> Mapping[str, Callable[[Tx], object]]:
    """The verbs of `curves`, each in a transaction."""
    running, waiting = f"ses_{2 * live - 5}", f"req_{2 * live - 9}"
    decision = Decision(status=RequestStatus.APPROVED, decided_at=1, decided_by="somebody")
    return {
        "create": lambda tx: tx.add_session(SPACE, "playbook", "Open it.", {}),
        "claim": lambda tx: tx.claim("srv_new"),
        "append": lambda tx: tx.append(running, action(9), "It clicked."),
        "read after cursor": lambda tx: tx.events_after(running, 3, 200),
        "decide": lambda tx: tx.decide(waiting, decision),
        "list a page": lambda tx: tx.sessions(SPACE, status=None, before=None, most=20),
        "look at deadlines": lambda tx: tx.expire(),
        "renew leases": lambda tx: tx.renew("srv_5", ["ses_20", "ses_21"]),
        "look for silent owners": lambda tx: tx.disown_silent("It is silent."),
        "tell queue places": lambda tx: tx.misplaced(),
        "health": lambda tx: tx.count_sessions(),
        "next message": lambda tx: tx.next_message("ses_log10000"),
    }


async def plans(store: Store, live: int) -> list[Node]:
    """Every plan, on a store with `live` sessions."""
    return await asyncio.to_thread(_plans, engine_of(store), live)


def _plans(engine: Engine, live: int) -> list[Node]:
    found: list[Node] = []
    for verb, work in verbs(live).items():
        caught: list[tuple[str, Any]] = []

        def catch(_c: object, _cursor: object, statement: str, given: Any, *_: object, to: Any = caught) -> None:
            to.append((statement, given))

        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            event.listen(engine, "before_cursor_execute", catch)
            try:
                work(Tx(connection, LIMITS, writing=True, clock=lambda: 1_800_000_000_000))
            finally:
                event.remove(engine, "before_cursor_execute", catch)
                connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN")
            for statement, given in caught:
                found += _nodes(connection, verb, statement, given)
            connection.exec_driver_sql("ROLLBACK")
    return found


def _nodes(connection: Connection, verb: str, statement: str, given: Any) -> Iterator[Node]:
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given):
            if _READS.search(row[3]):
                yield Node(verb, "SQLite", row[3])
        return
    how = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF)"
    lines = [row[0] for row in connection.exec_driver_sql(f"{how} {statement}", given)]
    for at, line in enumerate(lines):
        if _READS.search(line) and (ran := _ROWS.search(line)):
            removed = next((int(one[1]) for one in map(_REMOVED.search, lines[at + 1 : at + 5]) if one), 0)
            text = line.split("(actual")[0].strip(" ->")
            yield Node(verb, "PostgreSQL", text, int(ran[1]) * int(ran[2]) + removed)


def markdown(nodes: list[Node]) -> str:
    """What each verb reads; of several statements that read alike, one."""
    rows = ["| verb | database | how it reads | rows |", "|---|---|---|---|"]
    for node in dict.fromkeys(nodes):
        rows_read = "" if node.rows is None else f"{node.rows:,}"
        mark = " **←**" if node.scans else ""
        rows.append(f"| {node.verb} | {node.database} | `{node.text}` | {rows_read}{mark} |")
    return "\n".join(rows)
