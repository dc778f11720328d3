"""How long an event takes from the agent that tells it to the client that hears it, which is after it is on disk.

A hundred agents say the time, ten times a second each; each is followed by a client of its own. The reference is a bare
Node.js Socket.IO server that emits events of the same size to a hundred clients at the same pace, and stores nothing.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from measuring import Block, Comparison, Finding
from processes import CLIENT_CORE, SERVER_CORE, address, echo_server, running, scratch, socket_client

TARGET = 2.0
SESSIONS = 100
EVERY = 0.1
"""Seconds between an agent's events: a thousand a second in all."""

TICKS = 1_000
"""Events in a turn."""

TURNS = 3
"""Turns in a block."""

OPEN = {
    "max_sessions": SESSIONS,
    "max_events": 1_000_000,
    "max_commands_per_second": 1_000_000,
    "max_clients": 2 * SESSIONS + 10,
    "session_timeout": 36_000,
    "log_level": "error",
}


def events(blocks: int) -> Iterator[Finding]:
    """From an agent's word to its follower's ear, a thousand a second."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        launcher = Path(__file__).resolve().parent / "scripted_server.py"
        command = [sys.executable, launcher, folder / "zenobia", json.dumps(OPEN)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(launcher.parent), str(_plugin(folder))])}
        url = address(stack.enter_context(running(command, core=SERVER_CORE, env=env)))
        client = stack.enter_context(socket_client(core=CLIENT_CORE))
        client.do("connect", group="maker", url=url, clients=1)
        client.do("connect", group="zenobia", url=url, clients=SESSIONS, auth={"role": "observer"})
        client.do("tickingSessions", maker="maker", watchers="zenobia", every=EVERY)
        client.do("steer", by="maker", watchers="zenobia", command="pauseSession")
        echo = stack.enter_context(echo_server(core=SERVER_CORE))
        for _ in range(TURNS * (blocks + 1)):
            client.do("connect", group="echo", url=echo, clients=SESSIONS)
            client.do("each", group="echo", command="tick", payload={"every": EVERY})
            theirs.append(client.do("ticks", group="echo", count=TICKS)["latencies"])
            client.do("disconnect", group="echo")
            client.do("steer", by="maker", watchers="zenobia", command="resumeSession")
            ours.append(client.do("ticks", group="zenobia", count=TICKS)["latencies"])
            client.do("steer", by="maker", watchers="zenobia", command="pauseSession")
    what = f"an event from its agent to its client, {SESSIONS} sessions, {SESSIONS / EVERY:,.0f} a second"
    yield Comparison(what, ours[TURNS:], "the same from a bare server that stores nothing", theirs[TURNS:], TARGET)


def _plugin(folder: Path) -> Path:
    """A folder that offers the ticking agent, as an installed package would."""
    info = folder / "plugins" / "ticking-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ticking\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[zenobia.agents]\nticking = ticking:TickingAgent\n")
    return info.parent
