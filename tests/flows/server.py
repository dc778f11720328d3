"""A server with scripted browsers as a process of its own, for tests that stop and kill it.

    python -m tests.flows.server SETTINGS [HELD VERB]...

SETTINGS is JSON. Prints its URL once it serves. Actions with a held verb never end.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from zenobia.operators.base import Outcome
from zenobia.protocol.actions import Action
from zenobia.testing import ScriptedBrowsers, scripted_server


class ServerProcess:
    """The process, from the outside."""

    def __init__(self, *held: str, **settings: Any) -> None:
        command = [sys.executable, "-m", "tests.flows.server", json.dumps(settings, default=str), *held]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])

    async def url(self) -> str:
        """Its URL, once it serves."""
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        assert line.startswith("http"), "it did not start"
        return line.strip()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.communicate()


async def never(_action: Action) -> Outcome:
    """An action without an end."""
    await asyncio.Event().wait()
    raise AssertionError


async def main(settings: dict[str, Any], held: list[str]) -> None:
    """Serve until killed."""
    browsers = ScriptedBrowsers(dict.fromkeys(held, never))
    async with scripted_server(Path(settings.pop("data_dir")), browsers, **settings) as kit:
        print(kit.url, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2:]))
