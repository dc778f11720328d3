"""Kill the server again and again, at random moments, and hold everything it said against what is there afterwards.

    make chaos KILLS=300 SEED=1

Each round starts a server on the same data directory, lets sessions press a button that counts on a test site, kills
the server outright, and starts it again. The oracle, after every restart:

* every acknowledged session is there, and every event ever read is there again, in the same place;
* the numbers of events have no hole;
* the site counted at least what is recorded as done and at most what is recorded as done or unknown;
* a pending request is still pending, under the same id and with the same expiry;
* no browser outlives its server by more than two seconds, and no session runs without an owner for five.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

PLAYBOOK = """open {site}/counter
click "Count"
ask a person "Again?"
click "Count"
screenshot"""
ENDED = {"completed", "failed", "cancelled"}
PATIENCE = 60.0
AT_MOST_SESSIONS = 6


class Violation(Exception):
    """The server broke its word."""


@dataclass
class History:
    """Everything the clients were told, over all rounds."""

    acked: set[str] = field(default_factory=set[str])
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    pending: dict[str, int] = field(default_factory=dict[str, int])
    states: dict[str, int] = field(default_factory=dict[str, int])
    recoveries: list[float] = field(default_factory=list[float])


class Server:
    """One server process at a time, on one data directory."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: asyncio.subprocess.Process | None = None
        self.http = httpx.AsyncClient()

    async def start(self) -> float:
        """Start it; seconds until it answers."""
        began = time.monotonic()
        command = [sys.executable, "-m", "zenobia", "serve", "--port", "0", "--data-dir", str(self._data)]
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)).decode()
        self.http = httpx.AsyncClient(base_url=line.rsplit(maxsplit=1)[-1], timeout=15)
        await self.get("/api/health")
        return time.monotonic() - began

    async def kill(self) -> None:
        """End it outright, and see that its browsers go with it."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        await self._process.wait()
        await self.http.aclose()
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, 2.0)
        left = [one.name() for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        _insist(not left, f"outlived their server by two seconds: {left}")

    async def stop(self) -> None:
        """End it in order."""
        assert self._process is not None
        await self.http.aclose()
        self._process.send_signal(signal.SIGTERM)
        _insist(await asyncio.wait_for(self._process.wait(), 10) == 0, "SIGTERM did not end in exit code 0")

    async def get(self, path: str) -> dict[str, Any]:
        return (await self.http.get(path)).json()

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return (await self.http.post(path, json=body)).json()

    async def events(self, session: str) -> list[dict[str, Any]]:
        return (await self.get(f"/api/sessions/{session}/events?limit=1000"))["events"]


def _insist(fact: bool, otherwise: str) -> None:
    if not fact:
        raise Violation(otherwise)


async def live(server: Server, site: str, history: History, chance: random.Random) -> None:
    """Create, follow and answer sessions until the server is killed."""
    while True:
        going = [one for one in await _sessions(server) if one["status"] not in ENDED]
        if len(going) < AT_MOST_SESSIONS:
            answer = await server.post("/api/sessions", {"prompt": PLAYBOOK.format(site=site)})
            history.acked.add(answer["sessionId"])
        for one in going:
            history.events[one["id"]] = await server.events(one["id"])
        for request in (await server.get("/api/human-layer/requests"))["requests"]:
            history.pending[request["id"]] = request["expiresAt"]
            if chance.random() < 0.5:
                await settle(server, history, request)


async def settle(server: Server, history: History, request: dict[str, Any]) -> None:
    """Answer a request; what was cut off is never done again, so that the site's count can be held to the log."""
    history.pending.pop(request["id"], None)
    verb, body = ("respond", {"response": "leave it"}) if "Was this done?" in request["title"] else ("approve", {})
    await server.post(f"/api/human-layer/requests/{request['id']}/{verb}", body)


async def _sessions(server: Server) -> list[dict[str, Any]]:
    return (await server.get("/api/sessions?limit=500"))["sessions"]


async def check(server: Server, site: str, history: History) -> None:
    """Hold everything said before against what is there now."""
    sessions = {one["id"]: one for one in await _sessions(server)}
    _insist(history.acked <= sessions.keys(), "an acknowledged session is missing")
    pending = {one["id"]: one for one in (await server.get("/api/human-layer/requests"))["requests"]}
    for request, expires in history.pending.items():
        _insist(request in pending and pending[request]["expiresAt"] == expires, "a pending request is lost or moved")
    done = unknown = 0
    for session in sessions:
        events = await server.events(session)
        seen = history.events.get(session, [])
        _insist(events[: len(seen)] == seen, f"an event of {session} is missing or changed")
        _insist([one["seq"] for one in events] == list(range(1, len(events) + 1)), f"{session} has a hole")
        history.events[session] = events
        counted = _presses(events)
        done, unknown = done + counted[0], unknown + counted[1]
    count = (await _site(site))["count"]
    _insist(done <= count <= done + unknown, f"the site counted {count}; done {done}, unknown {unknown}")


def _presses(events: list[dict[str, Any]]) -> tuple[int, int]:
    """How many presses are recorded as done, and how many may or may not have happened."""
    last: dict[str, str] = {}
    for event in events:
        data = event["data"]
        if event["eventType"] == "action" and data["action"]["verb"] == "click":
            last[data["actionId"]] = data["phase"]
    phases = list(last.values())
    return phases.count("done"), phases.count("unknown") + phases.count("started")


async def _site(site: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{site}/counter.json")).json()


async def owned(server: Server) -> None:
    """No session is shown as running without an owner for more than five seconds: each goes on or is queued."""
    before = {one["id"]: one["lastSeq"] for one in await _sessions(server) if one["status"] == "running"}
    deadline = time.monotonic() + 20
    while before and time.monotonic() < deadline:
        now = {one["id"]: one for one in await _sessions(server)}
        before = {
            id_: seq for id_, seq in before.items() if now[id_]["lastSeq"] == seq and now[id_]["status"] == "running"
        }
        await asyncio.sleep(0.1)
    _insist(not before, "a session is shown as running, and nothing happens in it")


async def finish(server: Server, history: History) -> None:
    """Let every session come to its end."""
    deadline = time.monotonic() + 300
    while any(one["status"] not in ENDED for one in await _sessions(server)):
        _insist(time.monotonic() < deadline, "sessions do not end")
        for request in (await server.get("/api/human-layer/requests"))["requests"]:
            await settle(server, history, request)
        await asyncio.sleep(0.1)
    _insist(all(one["reason"] for one in await _sessions(server)), "a session ended without a reason")


async def with_site(run: Callable[[str], Awaitable[None]]) -> None:
    """A test site of our own for as long as `run` takes."""
    site = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zenobia", "demo", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert site.stdout is not None
    try:
        line = (await asyncio.wait_for(site.stdout.readline(), PATIENCE)).decode()
        await run(line.rsplit(maxsplit=1)[-1].rstrip("/"))
    finally:
        site.terminate()
        await site.wait()


async def loop(site: str, kills: int, seed: int, data: Path) -> None:
    """The whole run."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    server, history = Server(data), History()
    await server.start()
    for number in range(1, kills + 1):
        living = asyncio.create_task(live(server, site, history, chance), name="clients")
        await asyncio.wait({living}, timeout=chance.uniform(0.2, 4.0))
        for one in await _sessions(server):
            history.states[one["status"]] = history.states.get(one["status"], 0) + 1
        await server.kill()
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        history.recoveries.append(await server.start())
        await check(server, site, history)
        await owned(server)
        print(f"kill {number}/{kills}: {len(history.acked)} sessions, 0 violations", flush=True)
    await finish(server, history)
    await check(server, site, history)
    await server.stop()
    report(kills, seed, history)


def report(kills: int, seed: int, history: History) -> None:
    """What the run showed, as one JSON line."""
    took = sorted(history.recoveries)
    facts = {
        "kills": kills,
        "seed": seed,
        "violations": 0,
        "sessions": len(history.acked),
        "events": sum(len(events) for events in history.events.values()),
        "statesWhenKilled": history.states,
        "readyAgainP50": round(took[len(took) // 2], 2),
        "readyAgainP95": round(took[int(len(took) * 0.95)], 2),
    }
    print(json.dumps(facts))


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        asyncio.run(with_site(lambda site: loop(site, given.kills, given.seed, Path(folder) / "data")))


if __name__ == "__main__":
    main()
