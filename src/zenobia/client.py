"""A typed client: every command of the table, files both ways, and a session's events as they happen.

A command is sent with an id of its own, so one that is repeated after a broken connection is done once. Following a
session survives a lost connection: it goes on after the last event that was received.
"""

import asyncio
import mimetypes
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from zenobia.protocol import commands as c
from zenobia.protocol.access import is_loopback
from zenobia.protocol.commands import ErrorAck
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.events import EVENTS, REFUSED, Event
from zenobia.protocol.files import File, FileMetadata, disposition
from zenobia.protocol.health import Health, Pulse
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.ids import file_id as new_file_id
from zenobia.protocol.ids import new_id
from zenobia.protocol.relayed import Relayed
from zenobia.protocol.session import Session, Status
from zenobia.protocol.wire import Json

KEY = "ZENOBIA_KEY"
DEFAULT_URL = "http://127.0.0.1:8484"

ANSWER_WITHIN = 15.0
"""Seconds for an answer; the server's own deadline for a command is shorter."""

SILENCE = 45.0
"""Seconds without a byte after which a stream counts as broken: three of the server's signs of life."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts to follow again: doubled each time."""

GIVE_UP_AFTER = 60.0
"""Seconds without a word from the server after which following ends with an error."""

LONGEST_LINE = 1 << 25
"""Bytes of one line of a stream; a server that sends more is not ours."""

CHUNK = 1 << 18
"""Bytes of a file that are held at a time."""

P = TypeVar("P", bound=c.Payload)
A = TypeVar("A", bound=c.Ack)
M = TypeVar("M", bound=BaseModel)


class Unreachable(ZenobiaError):
    """No Zenobia server answers at {url} ({problem}). Start one with: zenobia serve"""

    code = "unreachable"
    retryable = True


class NotZenobia(ZenobiaError):
    """What answers at {url} does not speak as this client does: {problem}"""

    code = "not_zenobia"


class ApiError(Relayed):
    """The server said no: its sentence, its code, and whether trying again can help."""


class _EventsAck(c.Ack):
    events: list[Event]
    last_seq: int
    more: bool


class _FileAck(c.Ack):
    file: File


class _FilesAck(c.Ack):
    files: list[File]
    more: bool


class Client:
    """A server, spoken to over HTTP. Use it as an async context manager.

    `key` is an API key, for a server that wants one; by default what the environment has as `ZENOBIA_KEY`.
    """

    def __init__(self, url: str = DEFAULT_URL, *, key: str | None = None) -> None:
        self.url = url.rstrip("/")
        key = key or os.environ.get(KEY)
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers={b"Authorization": f"Bearer {key}".encode()} if key else {},  # any text is one that is not known
            timeout=ANSWER_WITHIN,
            trust_env=not is_loopback(
                urlsplit(self.url).hostname or ""
            ),  # a proxy for the web knows nothing of this machine
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._http.aclose()

    # Sessions

    async def create(
        self,
        prompt: str | None = None,
        *,
        agent: str | None = None,
        files: Sequence[str | FileMetadata] = (),
        config: dict[str, Json] | None = None,
    ) -> Session:
        """Create a session, with files named by id or described."""
        payload = c.CreateSession(
            prompt=prompt,
            session_type=agent,
            files=[file for file in files if not isinstance(file, str)],
            file_ids=[file for file in files if isinstance(file, str)],
            config=config or {},
        )
        return (await self.do(c.CREATE_SESSION, payload)).session

    async def get(self, session: str) -> Session:
        """Read a session."""
        return (await self.do(c.GET_SESSION, c.GetSession(session_id=session))).session

    async def sessions(
        self, *, status: Status | None = None, limit: int = 50, before: str | None = None
    ) -> list[Session]:
        """List sessions, newest first."""
        return (await self.do(c.LIST_SESSIONS, c.ListSessions(status=status, limit=limit, before=before))).sessions

    async def cancel(self, session: str) -> Session:
        """End a session; nothing acts in its browser after this returns."""
        return (await self.do(c.CANCEL_SESSION, c.CancelSession(session_id=session))).session

    async def pause(self, session: str) -> Session:
        """Hold a session before its next action."""
        return (await self.do(c.PAUSE_SESSION, c.PauseSession(session_id=session))).session

    async def resume(self, session: str) -> Session:
        """Let a paused session go on."""
        return (await self.do(c.RESUME_SESSION, c.ResumeSession(session_id=session))).session

    async def delete(self, session: str) -> None:
        """Delete a session that has ended."""
        await self.do(c.DELETE_SESSION, c.DeleteSession(session_id=session))

    async def send(self, session: str, message: str, *, files: Sequence[str | FileMetadata] = ()) -> Session:
        """Tell a session's agent something."""
        said = c.SendMessage(session_id=session, message=message, file_ids=[*files])
        return (await self.do(c.SEND_MESSAGE, said)).session

    async def attach(self, session: str, files: Sequence[str | FileMetadata]) -> Session:
        """Attach files to a session."""
        payload = c.SendFileAttachments(session_id=session, file_ids=[*files])
        return (await self.do(c.SEND_FILE_ATTACHMENTS, payload)).session

    async def screenshot(self, session: str, *, jpeg: bool = False, full_page: bool = False) -> bytes:
        """A picture of what a session's browser shows; of one that has ended, its last."""
        kind = "jpeg" if jpeg else "png"
        payload = c.TakeScreenshot(session_id=session, format=kind, encoding="binary", full_page=full_page)
        return (await self._request(c.TAKE_SCREENSHOT, payload)).content

    # The human layer

    async def requests(self) -> list[HumanLayerRequest]:
        """What people are asked at the moment, oldest first."""
        return (await self.do(c.GET_REQUESTS, c.GetHumanLayerRequests())).requests

    async def request(self, request: str) -> HumanLayerRequest:
        """Read one request, whatever has become of it."""
        return (await self.do(c.GET_REQUEST, c.GetHumanLayerRequest(request_id=request))).request

    async def approve(
        self, request: str, *, values: dict[str, Json] | None = None, for_session: bool = False
    ) -> HumanLayerRequest:
        """Approve it: what it shows, or with these `values` in place of its own; `for_session` allows its like too."""
        payload = c.ApproveHumanLayerRequest(request_id=request, values=values or {}, for_session=for_session)
        return (await self.do(c.APPROVE_REQUEST, payload)).request

    async def deny(self, request: str, reason: str | None = None) -> HumanLayerRequest:
        """Deny a request; the agent reads the reason."""
        return (await self.do(c.DENY_REQUEST, c.DenyHumanLayerRequest(request_id=request, reason=reason))).request

    async def respond(self, request: str, response: Json) -> HumanLayerRequest:
        """Answer a request in words or data."""
        payload = c.RespondHumanLayerRequest(request_id=request, response=response)
        return (await self.do(c.RESPOND_REQUEST, payload)).request

    # Files

    async def upload(self, path: Path, *, file_id: str | None = None, content_type: str | None = None) -> File:
        """Send a file, under a fresh id unless one is given."""
        guessed = content_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = {
            "Content-Type": guessed,
            "Content-Disposition": disposition(path.name),
            "Content-Length": str((await asyncio.to_thread(path.stat)).st_size),
        }
        route = f"/api/files/{_part(file_id or new_file_id())}"
        response = await self._call("PUT", route, headers=headers, content=_chunks(path), timeout=None)
        return self._read(_FileAck, response).file

    async def files(self, *, limit: int = 50, before: str | None = None) -> list[File]:
        """List files, newest first."""
        wanted = {"limit": limit} | ({"before": before} if before else {})
        return self._read(_FilesAck, await self._call("GET", "/api/files", params=wanted)).files

    async def download(self, file_id: str) -> AsyncGenerator[bytes]:
        """A file's bytes, a chunk at a time."""
        async with self._open("GET", f"/api/files/{_part(file_id)}", timeout=SILENCE) as response:
            await self._checked(response)
            async for chunk in response.aiter_bytes(CHUNK):
                yield chunk

    async def film(self, session: str) -> bytes:
        """An ended session as an MP4; making it may take minutes."""
        return (await self._call("GET", f"/api/sessions/{_part(session)}/film", timeout=4 * SILENCE)).content

    # What happens

    async def events(self, session: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Every event so far, oldest first."""
        while True:
            response = await self._call("GET", f"/api/sessions/{_part(session)}/events", params={"after": after})
            page = self._read(_EventsAck, response)
            for event in page.events:
                yield event
            if not page.more:
                return
            after = page.last_seq

    async def follow(self, session: str, *, after: int = 0) -> AsyncGenerator[Event]:
        """Every event after `after`, each once and in order, as it happens, until the session has ended.

        Raises:
            Unreachable: the server has been gone for too long.
            ApiError: there is no such session, or it may not be seen.
        """
        pause, heard = FIRST_PAUSE, time.monotonic()
        while True:
            try:
                async with aclosing(self._stream(session, after)) as events:
                    async for event in events:
                        after, pause, heard = event.seq, FIRST_PAUSE, time.monotonic()
                        yield event
                if await self._nothing_left(session, after):
                    return
            except (Unreachable, ApiError) as error:
                if not error.retryable or time.monotonic() - heard > GIVE_UP_AFTER:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def health(self) -> Health | Pulse:
        """How the server is, also when it is not well; no more than that to whoever may not know more."""
        answered = await self._answered("GET", "/api/health")
        return self._read(Health if b'"version"' in answered.content else Pulse, answered)

    # How it is said

    async def do(self, command: c.Command[P, A], payload: P) -> A:
        """Carry out any command of the table.

        Raises:
            ApiError: the server said no.
            Unreachable: there is no server.
        """
        return self._read(command.ack, await self._request(command, payload))

    async def _request(self, command: c.Command[P, A], payload: P) -> httpx.Response:
        members = payload.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)
        if command.changes:
            members.setdefault("commandId", new_id("cmd"))
        path = "/".join(
            _part(str(members.pop(part[1:-1]))) if part.startswith("{") else part for part in command.path.split("/")
        )
        if command.method == "POST":
            return await self._call("POST", path, json=members)
        return await self._call(command.method, path, params=members)

    async def _nothing_left(self, session: str, after: int) -> bool:
        """Whether a stream that ended did so because there is nothing more to come."""
        found = await self.get(session)
        return found.status.ended and found.last_seq <= after

    async def _stream(self, session: str, after: int) -> AsyncGenerator[Event]:
        """One connection's worth of events (Server-Sent Events, WHATWG HTML §9.2)."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        async with self._open("GET", f"/api/sessions/{_part(session)}/events", headers=headers) as response:
            await self._checked(response)
            refused = False
            async for line in self._lines(response):
                if line.startswith(b"event:"):
                    refused = line[6:].strip() == REFUSED.encode()
                elif line.startswith(b"data:") and refused:
                    raise _api_error(ErrorAck.model_validate_json(line[5:]))
                elif line.startswith(b"data:"):
                    event = self._event(line[5:])
                    if event.seq > after:
                        yield event

    async def _lines(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Lines as the stream means them; a JSON text may hold characters that Unicode also calls line ends."""
        rest = b""
        async for chunk in response.aiter_raw():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r")
            if len(rest) > LONGEST_LINE:
                raise NotZenobia(url=self.url, problem="a line of its stream has no end.")

    async def _call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """A response that is no refusal; a connection that breaks under a request is tried once more."""
        try:
            response = await self._answered(method, path, **how)
        except Unreachable as error:
            broke = isinstance(error.__cause__, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError)
            if not broke or "content" in how:
                raise
            response = await self._answered(method, path, **how)
        await self._checked(response)
        return response

    async def _answered(self, method: str, path: str, **how: Any) -> httpx.Response:
        async with self._open(method, path, **how) as response:
            await response.aread()
            return response

    @asynccontextmanager
    async def _open(self, method: str, path: str, **how: Any) -> AsyncGenerator[httpx.Response]:
        how.setdefault("timeout", SILENCE if "text/event-stream" in how.get("headers", {}).values() else ANSWER_WITHIN)
        try:
            async with self._http.stream(method, path, **how) as response:
                yield response
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(url=self.url, problem=str(error).rstrip(".") or "no answer in time") from error

    async def _checked(self, response: httpx.Response) -> None:
        """Pass a response that is no refusal.

        Raises:
            ApiError: it is one.
        """
        if response.is_success:
            return
        await response.aread()
        raise _api_error(self._read(ErrorAck, response))

    def _read(self, model: type[M], response: httpx.Response) -> M:
        """The body as what it should be; what a newer server adds is kept and does no harm."""
        try:
            return model.model_validate_json(response.content, extra="allow")
        except ValidationError as error:
            problem = f"HTTP {response.status_code} with a body that is no {model.__name__.strip('_')}."
            raise NotZenobia(url=self.url, problem=problem) from error

    def _event(self, data: bytes) -> Event:
        try:
            return EVENTS.validate_json(data, extra="allow")
        except ValidationError as error:
            raise NotZenobia(url=self.url, problem="an event that this client does not know.") from error


def _api_error(no: ErrorAck) -> ApiError:
    return ApiError(error=no.error, code=no.code, retryable=no.retryable, details=no.details)


def _part(text: str) -> str:
    """A part of a path: an id may hold anything; what is no text at all is none that is known."""
    return quote(text, safe="", errors="replace")


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
