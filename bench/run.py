"""Measures Zenobia against raw parts on the same machine, in the same run, and prints both sides.

python bench/run.py [NAME ...] [--blocks N] [--markdown] [--keep]
"""

import argparse
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from ack import ack
from approve import approve
from approve_shared import approve_shared
from crowd import crowd
from egress import egress
from events import events
from first_page import first_page
from idle import idle
from live import live
from measuring import AMOUNTS, COMPARISONS, Amount, Comparison, Finding, table
from processes import CORES, ROOT, Broken, install_scripts
from recovery import recovery
from rival import rival
from screenshot import screenshot
from steps import steps

BENCHMARKS: Mapping[str, Callable[[int], Iterator[Finding]]] = {
    "ack": ack,
    "screenshot": screenshot,
    "first_page": first_page,
    "egress": egress,
    "idle": idle,
    "crowd": crowd,
    "events": events,
    "approve": approve,
    "approve_shared": approve_shared,
    "recovery": recovery,
    "live": live,
    "steps": steps,
    "rival": rival,
}
FEWEST_BLOCKS = 5
PAGE = ROOT / "docs" / "concepts" / "performance.md"
RESULTS = re.compile(r"(<!-- results: begin -->\n).*(<!-- results: end -->)", re.DOTALL)


def main() -> int:
    """Run what was asked for; 1 if any of it broke, 0 also when a target was missed."""
    given = arguments()
    say = sys.stderr if given.markdown else sys.stdout
    found: list[Finding] = []
    broken = False
    install_scripts()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a warm start is one that compiles nothing, on both sides
    for name in given.names or BENCHMARKS:
        print(f"==> {name}", file=say, flush=True)
        try:
            for finding in BENCHMARKS[name](given.blocks):
                found.append(finding)
                print(finding.told(), file=say, flush=True)
        except Broken as error:
            print(f"{name} could not be measured: {error}", file=sys.stderr)
            broken = True
    page = markdown(found)
    if given.markdown:
        print(page)
    if given.keep and not broken:
        keep(page)
    return int(broken)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description="Measure Zenobia against raw parts.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(BENCHMARKS)}")
    parser.add_argument("--blocks", type=int, default=FEWEST_BLOCKS, help="blocks of each side, beside the warm-up")
    parser.add_argument("--markdown", action="store_true", help="print the results as Markdown")
    parser.add_argument("--keep", action="store_true", help=f"write the results into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return given


def markdown(found: list[Finding]) -> str:
    """Every finding, in two tables, with when and where it was found."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    parts = [f"Measured on {day}, on a machine with {len(CORES)} cores.", ""]
    compared = [one.row() for one in found if isinstance(one, Comparison)]
    amounts = [one.row() for one in found if isinstance(one, Amount)]
    parts += [table(COMPARISONS, compared), ""] if compared else []
    parts += [table(AMOUNTS, amounts), ""] if amounts else []
    return "\n".join(parts)


def keep(page: str) -> None:
    """Put the results where the documentation shows them."""
    text = PAGE.read_text()
    PAGE.write_text(RESULTS.sub(lambda found: f"{found[1]}{page}{found[2]}", text))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    began = time.monotonic()
    code = main()
    print(f"took {time.monotonic() - began:.0f} s", file=sys.stderr)
    sys.exit(code)
