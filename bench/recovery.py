"""How long a client is without its server when that is killed: until it has all it missed, and the true status.

The server holds 50 sessions and 10,000 events; the client has missed a hundred of one session. It is killed outright
and started again at once. The reference is the cold start of a bare python-socketio server until the same client, which
tries just as often, is connected. Browsers are not in this number: no session of these needs one.
"""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from measuring import Block, Comparison, Finding
from processes import HOLE, Client, address, running, scratch, socket_client

from zenobia.protocol.limits import Limits
from zenobia.protocol.session import Status
from zenobia.store.opening import DataDirectory, open_store
from zenobia.store.schema import sessions
from zenobia.store.tx import Tx

TARGET = 1.5
SESSIONS = 50
EVENTS = 200
"""Events of each session."""

MISSED = 100
STARTS = 3
"""Starts in a block."""

HERE = Path(__file__).resolve().parent


def recovery(blocks: int) -> Iterator[Finding]:
    """From the start after a kill to a client that knows everything."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with ExitStack() as stack:
        data_dir = stack.enter_context(scratch()) / "zenobia"
        session = asyncio.run(fill(data_dir))
        client = stack.enter_context(socket_client())
        missed = {"session": session, "afterSeq": EVENTS - MISSED, "lastSeq": EVENTS, "status": "paused"}
        flags = ("--data-dir", data_dir, "--warm-browsers", "0")
        for _ in range(blocks + 1):
            port = _free()
            bare = [sys.executable, HERE / "bare_server.py", str(port)]
            theirs.append([_seconds(client, bare, port) for _ in range(STARTS)])
            whole = [sys.executable, "-m", "zenobia", "serve", "--port", str(port), *HOLE, *flags]
            ours.append([_seconds(client, whole, port, **missed) for _ in range(STARTS)])
    what = f"back after a kill, {SESSIONS} sessions, {SESSIONS * EVENTS:,} events"
    yield Comparison(what, ours[1:], "a bare server's first connection", theirs[1:], TARGET, "s")


async def fill(data_dir: Path) -> str:
    """Sessions as a server leaves them that is killed; the id of one."""
    directory = DataDirectory(data_dir)
    directory.open()
    store = open_store(directory, Limits())

    def add(tx: Tx) -> str:
        session = tx.add_session("default", "manual", "open example.com", {}).id
        for number in range(EVENTS - 1):
            tx.say(session, f"Please look at page {number} too.")
        tx.run(sessions.update().where(sessions.c.id == session).values(status=Status.PAUSED, parked=True))
        return session

    made = [await store.write(add) for _ in range(SESSIONS)]
    await store.close()
    directory.close()
    return made[SESSIONS // 2]


def _seconds(client: Client, command: list[str | Path], port: int, **missed: Any) -> float:
    """From the start of a server to a client that has what it missed; then the server is killed."""
    began = time.monotonic_ns()
    with running(command) as process:
        back = client.do("comeback", url=f"http://127.0.0.1:{port}", **missed)
        if missed:
            assert address(process).endswith(str(port))
        process.send_signal(signal.SIGKILL)
        process.wait()
    return (int(back["at"]) - began) / 1e9


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
