"""How long it takes from a person's yes to the action it allows.

The yes is stored before anything follows from it, and so is the intent to act; then the browser is told. The reference
is the least that this could be: a bare python-socketio server whose command wakes a waiting task, plus one raw SQLite
commit. Both sides read the same clock: the client when it sends the yes, the server when it acts.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ack import BREATH, Commits
from measuring import Amount, Block, Comparison, Finding, percentile, summed, together
from processes import CLIENT_CORE, SERVER_CORE, Client, address, line, pinned, running, scratch, socket_client

TARGET = 1.5
TAIL = 15.0
YESES = 40
"""Approvals in a block."""

PROMPT = "\n".join(["open https://example.com (ask first)"] * YESES)
HERE = Path(__file__).resolve().parent


def approve(blocks: int) -> Iterator[Finding]:
    """From an approval to the action, and to a bare task's waking."""
    ours: list[Block] = []
    theirs: list[Block] = []
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        settings = json.dumps({"log_level": "error", "max_steps": 1_000})
        command = [sys.executable, HERE / "approving_server.py", folder / "zenobia", settings]
        server = stack.enter_context(running(command, core=SERVER_CORE))
        waker = stack.enter_context(running([sys.executable, HERE / "waking_server.py"], core=SERVER_CORE))
        client = stack.enter_context(socket_client(core=CLIENT_CORE))
        client.do("connect", group="zenobia", url=address(server), clients=1)
        client.do("connect", group="waker", url=address(waker), clients=1)
        commits = Commits(folder / "raw.db")
        stack.callback(commits.close)
        for _ in range(blocks + 1):
            wakes = took(client, waker, "wake", group="waker", count=YESES)
            with pinned(SERVER_CORE):
                theirs.append(summed(wakes, commits.block(YESES, BREATH)))
            ours.append(took(client, server, "approve", group="zenobia", prompt=PROMPT, count=YESES))
    yield Comparison("from an approval to its action", ours[1:], "a bare wake + raw commit", theirs[1:], TARGET)
    yield Amount("from an approval to its action, p99", [percentile(together(ours[1:]), 0.99)], "ms", TAIL)


def took(client: Client, server: "subprocess.Popen[str]", request: str, **given: Any) -> list[float]:
    """Milliseconds from each sending to what it caused."""
    sent = [int(one) for one in client.do(request, **given)["sent"]]
    return [(int(line(server)) - at) / 1e6 for at in sent]
