"""Clients who keep a server busy with everything it can do, and write down what they were told."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.chaos.oracle import ENDED, History, Plan
from tests.chaos.site import Site

ANSWER_WITHIN = 15.0
PIECES = 6
PIECE = b"0123456789abcdef" * 512
NOT_THERE = 404
CONFLICT = {409, NOT_THERE, 410}


class Gone(Exception):
    """No answer came, and nobody knows whether the command was carried out; or nothing can be read now."""


class Client:
    """REST with one server; every answer is counted."""

    def __init__(self, url: str, history: History, *, within: float = ANSWER_WITHIN) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=within)
        self.history = history

    async def send(self, method: str, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        """One command's answer, whatever it is.

        Raises:
            Gone: there was none.
        """
        try:
            response = await self.http.request(method, path, json=body, **how)
        except httpx.HTTPError as error:
            self.history.answers["unknown"] += 1
            raise Gone(repr(error)) from error
        kind = "ok" if response.is_success else "conflict" if response.status_code in CONFLICT else "failed"
        self.history.answers[kind] += 1
        return response.json()

    async def create(self, plan: Plan) -> str | None:
        """Create the session of a plan; None when it was refused. The plan is kept until there is an answer."""
        self.history.unanswered.append(plan)
        answer = await self.send("POST", "/api/sessions", {"prompt": plan.prompt, "commandId": plan.command_id})
        if answer["success"]:
            self.history.plans[answer["sessionId"]] = plan
        if answer["success"] or not answer["retryable"]:
            self.history.unanswered.remove(plan)
        return answer["sessionId"] if answer["success"] else None

    async def send_again(self) -> None:
        """Send what got no answer once more, under the same id: it is done once."""
        for plan in self.history.unanswered[:]:
            self.history.unanswered.remove(plan)
            await self.create(plan)

    async def read_on(self, session: str) -> list[dict[str, Any]]:
        """Read what is new in a session's log."""
        seen = self.history.events.setdefault(session, [])
        seen.extend(await self.events(session, len(seen)))
        return seen

    async def settle(self, request: dict[str, Any]) -> None:
        """Answer a request; what was cut off is never done again, so that the site's counts can be held to the log."""
        self.history.pending.pop(request["id"], None)
        in_words = "approve" not in request["allowed"] or "Was this done?" in request["title"]
        verb, body = ("respond", {"response": "leave it"}) if in_words else ("approve", {})
        await self.send("POST", f"/api/human-layer/requests/{request['id']}/{verb}", body)

    async def cancel(self, session: str) -> None:
        """End a session; once that is answered, it stays ended."""
        answer = await self.send("POST", f"/api/sessions/{session}/cancel")
        if answer["success"]:
            self.history.cancelled.add(session)

    async def upload(self, name: str, pause: float) -> None:
        """Send a file piece by piece."""
        data = PIECE * PIECES
        self.history.half_sent[name] = data

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(PIECES):
                yield PIECE
                await asyncio.sleep(pause)

        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        answer = await self.send("PUT", f"/api/files/{name}", content=pieces(), headers=headers)
        if answer["success"]:
            self.history.files[name] = self.history.half_sent.pop(name)

    # What the oracle asks

    async def session(self, session: str) -> dict[str, Any] | None:
        """A session as it stands."""
        return (await self._read(f"/api/sessions/{session}")).get("session")

    async def events(self, session: str, after: int = 0) -> list[dict[str, Any]]:
        """Its log."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self._read(f"/api/sessions/{session}/events?limit=1000&after={after}")
            found += page["events"]
            if not page["more"]:
                return found
            after = page["lastSeq"]

    async def requests(self) -> list[dict[str, Any]]:
        """What people are asked."""
        return (await self._read("/api/human-layer/requests"))["requests"]

    async def going(self) -> list[dict[str, Any]]:
        """The sessions that have not ended, as far as this history knows them."""
        found = [await self.session(session) for session in self.history.open]
        return [one for one in found if one is not None and one["status"] not in ENDED]

    async def file(self, file: str) -> bytes | None:
        """A file's bytes."""
        response = await self.http.get(f"/api/files/{file}")
        return response.content if response.is_success else None

    async def _read(self, path: str) -> dict[str, Any]:
        try:
            response = await self.http.get(path)
        except httpx.HTTPError as error:
            raise Gone(repr(error)) from error
        if not response.is_success and response.status_code != NOT_THERE:
            raise Gone(response.text)
        return response.json()


@asynccontextmanager
async def a_client(url: str, history: History, *, within: float = ANSWER_WITHIN) -> AsyncGenerator[Client]:
    """A client for as long as the context lasts."""
    client = Client(url, history, within=within)
    try:
        yield client
    finally:
        await client.http.aclose()


class Crowd:
    """A handful of people who do everything at once, in an order that the seed decides."""

    def __init__(self, site: Site, history: History, chance: random.Random, *, sessions: int) -> None:
        self._site = site
        self.history = history
        self._chance = chance
        self._sessions = sessions
        self._made = 0
        self.cancelling = self.uploading = self.ended = 0
        """How many are at it right now, or have been so far."""
        self.impatient = False
        """Whether to cancel sessions all the time."""
        self.states: dict[str, str] = {}

    def plan(self) -> Plan:
        """Something to do: press two buttons, the second once a person approves, with a question in between."""
        self._made += 1
        one, two = (f"s{self._made}-{number}" for number in (1, 2))
        steps = [
            f"open {self._site.url}/count/{one}",
            'click "Count"',
            'ask a person "Go on?"',
            f"open {self._site.url}/count/{two}",
            'click "Count" (ask first)',
        ]
        return Plan(f"cmd-{self._made}", "\n".join(steps), {2: one, 5: two})

    async def live(self, client: Client) -> None:
        """Do everything, until the server is gone."""
        try:
            await client.send_again()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._drive(client), name="drive")
                tasks.create_task(self._upload(client), name="upload")
        except* Gone:
            pass  # it was killed: whoever did that knows

    async def _drive(self, client: Client) -> None:
        while True:
            going = await client.going()
            self.states = {one["id"]: one["status"] for one in going}
            for _ in range(self._sessions - len(going)):
                self.ended += 1
                await client.create(self.plan())
            for one in going:
                await client.read_on(one["id"])
                await self._disturb(client, one)
            for request in await client.requests():
                self.history.pending[request["id"]] = request["expiresAt"]
                if self._chance.random() < 0.4:
                    await client.settle(request)
            await asyncio.sleep(0.02)

    async def _disturb(self, client: Client, session: dict[str, Any]) -> None:
        """Sometimes pause, resume or cancel it."""
        dice, where = self._chance.random(), f"/api/sessions/{session['id']}"
        if session["status"] == "paused" and dice < 0.3:
            await client.send("POST", f"{where}/resume")
        elif session["status"] == "running" and dice < 0.06:
            await client.send("POST", f"{where}/pause")
        elif dice > (0.5 if self.impatient else 0.985):
            self._forget_requests(session["id"])
            self.cancelling += 1
            try:
                await client.cancel(session["id"])
            finally:
                self.cancelling -= 1

    def _forget_requests(self, session: str) -> None:
        """A session that is cancelled takes its requests along."""
        for event in self.history.events.get(session, []):
            if event["eventType"] == "human_layer_request":
                self.history.pending.pop(event["data"]["request"]["id"], None)

    async def _upload(self, client: Client) -> None:
        number = 0
        while True:
            number += 1
            self.uploading += 1
            try:
                await client.upload(f"file-{self._chance.getrandbits(40):x}-{number}", 0.05)
            finally:
                self.uploading -= 1
            await asyncio.sleep(0.3)
