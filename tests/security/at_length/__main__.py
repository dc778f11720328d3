"""Carries out the attacks that are named, or all of them, and says what came of each."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.security.at_length.bombs import bombs
from tests.security.at_length.burdens import burdens
from tests.security.at_length.crowd import crowd
from tests.security.at_length.frames import frames
from tests.security.at_length.sessions import sessions
from tests.security.at_length.uploads import uploads

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "security.md"
NUMBERS = {"bombs": 24, "uploads": 26, "crowd": 44, "sessions": 45, "frames": 46, "burdens": 48}


def keep(name: str, told: str) -> None:
    """Write what came of an attack where the documentation shows it."""
    page = PAGE.read_text()
    line = f"| {NUMBERS[name]} | `{name}` | {told} | {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors |"
    made, count = re.subn(rf"^\| {NUMBERS[name]} \| `{name}` \|.*$", lambda _: line, page, flags=re.MULTILINE)
    assert count == 1, f"{PAGE.name} has no line for {name}"
    PAGE.write_text(made)


def main() -> None:
    """Carry them out."""
    reading = argparse.ArgumentParser(prog="python -m tests.security.at_length", description=__doc__)
    reading.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NUMBERS))
    reading.add_argument("--connections", type=int, default=2_000, help="of the crowd")
    reading.add_argument("--frames", type=int, default=100_000)
    reading.add_argument("--seed", default="1", help="which repeats the frames")
    reading.add_argument("--keep", action="store_true", help=f"write what came of it into {PAGE.name}")
    given = reading.parse_args()
    if unknown := set(given.names) - NUMBERS.keys():
        reading.error(f"there is no {', '.join(unknown)}")
    attacks: dict[str, Callable[[], Coroutine[Any, Any, str]]] = {
        "bombs": bombs,
        "uploads": lambda: uploads(1_000),
        "crowd": lambda: crowd(given.connections),
        "sessions": lambda: sessions(10_000),
        "frames": lambda: frames(given.frames, given.seed),
        "burdens": burdens,
    }
    for name in given.names or NUMBERS:
        told = asyncio.run(attacks[name]())
        sys.stdout.write(f"{name}: {told}\n")
        sys.stdout.flush()
        if given.keep:
            keep(name, told)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that it has started is left
    main()
