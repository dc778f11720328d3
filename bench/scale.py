"""Measures what the store costs as there is more of everything, and computes from it what a large deployment needs.

python bench/scale.py [curves | plans | bell | memory | fleet ...] [--blocks N] [--keep]

`fleet` measures nothing: it simulates, fed with what the others last kept in bench/measured.json.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import bell
import curves
import fleet
import measuring
import memory
import plans
from filled import cluster, filled
from processes import ROOT, scratch

KEPT = Path(__file__).resolve().parent / "measured.json"
PAGE = ROOT / "docs" / "concepts" / "scale.md"
PLANNED = 100_000


def kept() -> dict[str, dict[str, float]]:
    """What was measured last and kept."""
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def _keep(name: str, found: dict[str, float]) -> None:
    KEPT.write_text(json.dumps({**kept(), name: found}, indent=1, sort_keys=True) + "\n")


def show_curves(blocks: int) -> str:
    """The cost of the store's verbs by size."""
    found = curves.measured(blocks)
    for one in curves.told(found):
        print(one, file=sys.stderr)
    _keep("curves", curves.kept(found))
    return curves.markdown(found)


def show_plans(_blocks: int) -> str:
    """How the databases go about them."""

    async def both() -> list[plans.Node]:
        nodes: list[plans.Node] = []
        with scratch() as folder, cluster() as postgres:
            for name, url in (("sqlite", None), ("postgresql", postgres.database())):
                async with filled(folder / name, PLANNED, url) as store:
                    nodes += await plans.plans(store, PLANNED)
        return nodes

    return plans.markdown(asyncio.run(both()))


def show_bell(blocks: int) -> str:
    """What PostgreSQL takes for what is told."""
    found = bell.bell(blocks)
    _keep("bell", {name: round(value, 1) for name, value in found.items()})
    return measuring.table(
        "| what | value |", [f"| {name} | {measuring.number(value)} |" for name, value in found.items()]
    )


def show_memory(blocks: int) -> str:
    """Sessions against bare contexts."""
    [found] = memory.memory(blocks)
    assert isinstance(found, measuring.Comparison)
    _keep("memory", {"session": measuring.median(measuring.together(found.ours)), "ratio": 1 / found.ratio})
    rows = measuring.table(measuring.COMPARISONS, [found.row()])
    return (
        f"{rows}\n\nA gigabyte holds {1 / found.ratio:.2f} times as many sessions as bare contexts; the target is 0.9."
    )


def show_fleet(_blocks: int) -> str:
    """What a hundred thousand live sessions need."""
    return fleet.markdown(kept())


PARTS: Mapping[str, Callable[[int], str]] = {
    "curves": show_curves,
    "plans": show_plans,
    "bell": show_bell,
    "memory": show_memory,
    "fleet": show_fleet,
}


def main() -> None:
    """Do what was asked for, and print it as Markdown."""
    parser = argparse.ArgumentParser(prog="bench/scale.py", description="Measure, and compute, what scale costs.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--blocks", type=int, default=3, help="blocks of each, beside a warm-up")
    parser.add_argument("--keep", action="store_true", help=f"write the results into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in given.parts or PARTS:
        found = PARTS[name](given.blocks)
        print(found, flush=True)
        if given.keep:
            between = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
            PAGE.write_text(between.sub(lambda at, text=found: f"{at[1]}{text}\n{at[2]}", PAGE.read_text()))


if __name__ == "__main__":
    main()
