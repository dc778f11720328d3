"""What the clients were told, held against what is there: the one judge of every fault.

A history keeps each command with its answer, each event as it was first read, each request with its expiry and each
file that was taken. `check` insists, after whatever happened:

* what was acknowledged is there: sessions, ends, decisions, files byte for byte;
* every event ever read is there again in the same place, and the numbers have no hole;
* a request that was pending is pending, under its id and with its expiry, unless somebody decided it;
* nothing was done twice: the site counted each intent once if it is recorded as done, never if it was never begun, and
  once or not at all if the log says that nobody knows.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

ENDED = {"completed", "failed", "cancelled"}
ENOUGH = 0.9
"""The part of all commands sent to a server that was well which must have succeeded: nothing is proven by refusing."""


class Violation(Exception):
    """The server broke its word."""


class NotHere(Exception):
    """This machine does not let us do that to it: nothing is shown, and nothing is broken."""


def insist(fact: object, otherwise: str) -> None:
    """Raise a Violation unless something is so."""
    if not fact:
        raise Violation(otherwise)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session was told to do: a command that may be sent again, and what it counts at which step."""

    command_id: str
    prompt: str
    counts: dict[int, str]


@dataclass
class History:
    """Everything the clients did and were told."""

    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    unanswered: list[Plan] = field(default_factory=list[Plan])
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    pending: dict[str, int] = field(default_factory=dict[str, int])
    cancelled: set[str] = field(default_factory=set[str])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    half_sent: dict[str, bytes] = field(default_factory=dict[str, bytes])
    answers: Counter[str] = field(default_factory=Counter[str])
    settled: set[str] = field(default_factory=set[str])
    """Sessions that ended and were checked to the last event since."""

    @property
    def open(self) -> list[str]:
        """The sessions that have not been seen to end and checked."""
        return [session for session in self.plans if session not in self.settled]


class Counts(Protocol):
    """What the site counted."""

    counts: Counter[str]


class Reader(Protocol):
    """How the oracle asks; each raises if there is no answer."""

    async def session(self, session: str) -> dict[str, Any] | None: ...
    async def events(self, session: str, after: int = 0) -> list[dict[str, Any]]: ...
    async def requests(self) -> list[dict[str, Any]]: ...
    async def file(self, file: str) -> bytes | None: ...


async def check(reader: Reader, site: Counts, history: History, *, everything: bool = False) -> None:
    """Hold the history against what is there now; `everything`, also what was checked to its end before."""
    await _check_requests(reader, history)
    for session in list(history.plans) if everything else history.open:
        await _check_session(reader, site, history, session)
    await _check_files(reader, history)


async def _check_requests(reader: Reader, history: History) -> None:
    now = {one["id"]: one["expiresAt"] for one in await reader.requests()}
    for request, expires in history.pending.items():
        insist(now.get(request) == expires, f"the pending request {request} is lost, or expires at another time")


async def _check_session(reader: Reader, site: Counts, history: History, session: str) -> None:
    found = await reader.session(session)
    insist(found is not None, f"the acknowledged session {session} is missing")
    assert found is not None
    events, seen = await reader.events(session), history.events.get(session, [])
    insist(events[: len(seen)] == seen, f"an event of {session} is missing or changed")
    insist([one["seq"] for one in events] == list(range(1, len(events) + 1)), f"the log of {session} has a hole")
    insist(session not in history.cancelled or found["status"] == "cancelled", f"the cancel of {session} is lost")
    insist(found["status"] not in ENDED or found["reason"], f"{session} ended without a reason")
    _check_counts(site, history.plans[session], events, session)
    history.events[session] = events
    if found["status"] in ENDED and events[-1]["seq"] == found["lastSeq"]:
        history.settled.add(session)


def _check_counts(site: Counts, plan: Plan, events: list[dict[str, Any]], session: str) -> None:
    last = {
        event["data"]["actionId"]: (event["data"]["step"], event["data"]["phase"])
        for event in events
        if event["eventType"] == "action"
    }
    for step, name in plan.counts.items():
        phases = [phase for at, phase in last.values() if at == step]
        count, done = site.counts[name], phases.count("done")
        said = f"{session} step {step}: counted {count}, recorded as {phases}"
        insist(done <= count <= len(phases), f"done twice, or told what did not happen: {said}")
        insist(count <= 1, f"done twice: {said}")


async def _check_files(reader: Reader, history: History) -> None:
    for file, data in history.files.items():
        insist(await reader.file(file) == data, f"the acknowledged file {file} is missing or damaged")
    for file, data in history.half_sent.items():
        insist(await reader.file(file) in {None, data}, f"a part of the file {file} can be read")
    history.files.clear()  # read back once; keeping them all would only slow the next check down
    history.half_sent.clear()


def check_answers(history: History) -> None:
    """Insist that nearly every command that reached a server that was well succeeded."""
    answered, failed = history.answers["ok"] + history.answers["conflict"], history.answers["failed"]
    insist(answered >= ENOUGH * (answered + failed), f"only {answered} of {answered + failed} commands succeeded")
