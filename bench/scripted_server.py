"""The real server with scripted browsers that hold their sessions: python scripted_server.py DATA_DIR SETTINGS."""

import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

import uvloop

from zenobia.testing import ScriptedBrowsers, scripted_server


async def main() -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    browsers = ScriptedBrowsers()
    browsers.hold()
    async with scripted_server(Path(sys.argv[1]), browsers, **json.loads(sys.argv[2])) as kit:
        gc.collect()  # as `serve` does
        gc.freeze()
        print(kit.url, flush=True)
        await stop.wait()
        browsers.release()


uvloop.run(main())
