"""The least that an approval can be: a bare python-socketio server whose command wakes a waiting task that says so."""

import asyncio
import signal
import socket
import time
from typing import Any

import socketio
import uvicorn
import uvloop


async def main() -> None:
    """Serve until told to stop."""
    woken = asyncio.Event()
    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", async_handlers=False)

    async def approve(_sid: str, _payload: Any) -> dict[str, Any]:
        woken.set()
        return {"success": True}

    async def act() -> None:
        while True:
            await woken.wait()
            woken.clear()
            print(time.monotonic_ns(), flush=True)

    server.on("approveHumanLayerRequest", approve)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        socketio.ASGIApp(server), ws="websockets-sansio", ws_per_message_deflate=False, log_level="error"
    )
    waiting = asyncio.create_task(act(), name="act")
    serving = uvicorn.Server(config)
    asyncio.get_running_loop().call_later(
        0.5, lambda: print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    )
    await serving.serve(sockets=[listening])
    waiting.cancel()


signal.signal(signal.SIGTERM, signal.SIG_DFL)
uvloop.run(main())
