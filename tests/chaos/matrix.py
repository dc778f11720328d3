"""The rows of the fault matrix that are played one at a time, and the table of what came of it.

    make faults ROWS="browser_killed disk_full" TIMES=3 SEED=1

A row sets a scene, lets something fail, and gives how many seconds it took until things were well again; the oracle
judges the scene when it is over. No row: all of them.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.chaos import browser_rows, burst_rows, disk_rows, network_rows, stop_rows
from tests.chaos.clients import Gone
from tests.chaos.oracle import NotHere, Violation
from tests.chaos.report import spread
from tests.chaos.scene import Scene, a_scene
from tests.chaos.site import a_site

Row = Callable[[Scene], Awaitable[float]]

ROWS: dict[str, Row] = {
    row.__name__: row
    for row in (
        browser_rows.browser_killed,
        browser_rows.browser_asleep,
        browser_rows.browser_asleep_when_wanted,
        browser_rows.driver_killed,
        browser_rows.driver_asleep,
        browser_rows.renderer_killed,
        browser_rows.renderer_asleep,
        browser_rows.page_hangs,
        stop_rows.terminated,
        stop_rows.terminated_twice,
        stop_rows.interrupted,
        stop_rows.terminal_closed,
        stop_rows.second_server,
        stop_rows.cancelled_anywhere,
        stop_rows.decided_at_once,
        disk_rows.disk_full,
        disk_rows.files_may_not_grow,
        disk_rows.database_locked,
        disk_rows.locked_at_start,
        disk_rows.damaged,
        disk_rows.torn,
        network_rows.network_cut,
        network_rows.answer_lost,
        network_rows.never_reads,
        network_rows.long_away,
        network_rows.out_of_descriptors,
        network_rows.clock_set,
        burst_rows.burst,
    )
}


async def play(row: Row, seed: int) -> float:
    """Play a row once, and judge it; the seconds that it took to recover.

    Raises:
        Violation: a promise was broken.
    """
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        async with a_site() as site, a_scene(Path(folder), site, seed) as scene:
            took = await row(scene)
            await scene.judge()
            return took


async def run(rows: list[str], times: int, seed: int) -> bool:
    """Play each row so many times; whether no promise was broken."""
    table: dict[str, dict[str, object]] = {}
    for name in rows:
        took: list[float] = []
        violations = 0
        for number in range(times):
            began = time.monotonic()
            try:
                took.append(await play(ROWS[name], seed + number))
                said = f"recovered in {took[-1]:.2f} s"
            except NotHere as why:
                said = f"not here: {why}"
            except (Violation, Gone) as violation:
                violations += 1
                said = f"VIOLATION: {violation}"
            print(
                f"{name} {number + 1}/{times} (seed {seed + number}): {said} [{time.monotonic() - began:.0f} s]",
                flush=True,
            )
        table[name] = {"times": len(took) + violations, "violations": violations, "recovery": spread(took)}
    print(json.dumps(table, indent=1))
    return not any(row["violations"] for row in table.values())


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if unknown := set(given.rows) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    sys.exit(not asyncio.run(run(given.rows or list(ROWS), given.times, given.seed)))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    main()
