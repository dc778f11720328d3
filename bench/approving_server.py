"""The real server with scripted browsers that say when they act: python approving_server.py DATA_DIR SETTINGS."""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import uvloop

from zenobia.operators.base import Outcome
from zenobia.protocol.actions import Action
from zenobia.testing import ScriptedBrowsers, scripted_server


def act(_action: Action) -> Outcome:
    """Say when it was done."""
    print(time.monotonic_ns(), flush=True)
    return Outcome("Opened the page.", url="https://example.com/", title="Example")


async def main() -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with scripted_server(Path(sys.argv[1]), ScriptedBrowsers({"open": act}), **json.loads(sys.argv[2])) as kit:
        print(kit.url, flush=True)
        await stop.wait()


uvloop.run(main())
