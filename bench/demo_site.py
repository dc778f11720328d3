"""The demonstration site on a free port of this machine; prints its address once that can be reached."""

import asyncio
import socket

import uvicorn

from zenobia_demo import create_app


async def main() -> None:
    """Serve until told to stop."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(), access_log=False, log_level="warning", timeout_graceful_shutdown=1)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # connections queue up until it serves
    await uvicorn.Server(config).serve([listening])


asyncio.run(main())
