"""The only door to sessions for what changes them: each such command is one method here, whoever speaks and however.

A method that returns has stored what it says. Nothing here knows a wire; what only looks is in queries.py beside it.
"""

import asyncio
from collections.abc import Mapping, Sequence

import orjson

from zenobia.agents.base import goes_on
from zenobia.agents.policy.rules import UnreadablePolicy
from zenobia.operators.allowed import allowed_of
from zenobia.operators.elsewhere import ToolServer, check_servers
from zenobia.protocol import commands as c
from zenobia.protocol.errors import (
    InvalidPayload,
    NotAllowedNow,
    PromptTooLong,
    SessionEnded,
    TooManyFiles,
    UnknownSession,
    UnknownSessionType,
)
from zenobia.protocol.files import FileMetadata, Origin
from zenobia.protocol.human import RequestStatus
from zenobia.protocol.session import EndReason, Session, Status
from zenobia.protocol.wire import Json
from zenobia.sessions.answers import named, once, require_going
from zenobia.sessions.callers import Caller
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.permitting import session_policy
from zenobia.sessions.requests import decision, require_allowed, require_editable
from zenobia.store.session_rows import Ending
from zenobia.store.tx import Tx

BROWSER_GONE = 5.0
"""Seconds that a cancel waits for the session's browser to be closed before it answers all the same."""


class _StillClosing(Exception):
    """The session has ended, and its browser is still being closed."""


class _TimeWasFirst(Exception):
    """The request's time was up before this answer came, and nobody has written that down yet."""


class Sessions:
    """What changes sessions."""

    def __init__(self, house: House, files: Files) -> None:
        self._house = house
        self._store = house.store
        self._limits = house.limits
        self._files = files

    async def create(self, caller: Caller, payload: c.CreateSession) -> c.CreateSessionAck:
        """Create a session; it starts as soon as a browser is free.

        Raises:
            UnknownSessionType, PromptTooLong, TooManyFiles, AtCapacity: it cannot be created.
        """
        agent = payload.session_type or self._house.default_agent
        if agent not in self._house.agents:
            raise UnknownSessionType(session_type=agent, known=", ".join(sorted(self._house.agents)))
        prompt = payload.prompt if payload.prompt and payload.prompt.strip() else None  # nothing said is no prompt
        self._check_prompt(prompt)
        _check_config(payload.config, self._house.tool_servers)
        told = self._told([*payload.files, *payload.file_ids])

        def create(tx: Tx) -> c.CreateSessionAck:
            session = tx.add_session(caller.workspace, agent, prompt, payload.config)
            if told:
                tx.attach(session.id, told, Origin.CLIENT)
                session = tx.session(session.id, caller.workspace)
            return c.CreateSessionAck(
                session=session,
                session_id=session.id,
                status=session.status,
                files=session.files,
                file_ids=[file.file_id for file in session.files],
            )

        ack, _ = await once(self._store, caller, c.CREATE_SESSION, payload, create)
        return ack

    async def cancel(self, caller: Caller, payload: c.CancelSession) -> c.SessionAck:
        """End the session; when this returns, nothing acts in its browser.

        Raises:
            SessionEnded: it has ended already.
        """
        session_id = named(payload)
        ending = Ending(Status.CANCELLED, EndReason.USER, "The session was cancelled.")

        def cancel(tx: Tx) -> c.SessionAck:
            tx.require(session_id, caller.workspace)
            tx.end(session_id, ending, by=caller.name)
            return c.SessionAck(session=tx.session(session_id, caller.workspace))

        ack, _ = await once(self._store, caller, c.CANCEL_SESSION, payload, cancel)
        await self._released(session_id)
        return ack

    async def pause(self, caller: Caller, payload: c.PauseSession) -> c.SessionAck:
        """Hold the session before its next action."""
        return await self._move(caller, c.PAUSE_SESSION, payload, Status.PAUSED, "The session was paused.")

    async def resume(self, caller: Caller, payload: c.ResumeSession) -> c.SessionAck:
        """Let a paused session go on."""
        return await self._move(caller, c.RESUME_SESSION, payload, Status.RUNNING, "The session was resumed.")

    async def send_message(self, caller: Caller, payload: c.SendMessage) -> c.SessionAck:
        """Tell the agent something; a session that has ended is taken up again.

        Raises:
            SessionEnded: it has ended, and its agent cannot go on.
            PromptTooLong: the message is longer than a prompt may be.
            AtCapacity: it has ended, and as many are queued as may be.
        """
        session_id = named(payload)
        self._check_prompt(payload.message)
        told = self._told(payload.file_ids)
        waited = False

        def send(tx: Tx) -> c.SessionAck:
            tx.hold_session_room(caller.workspace)
            status = tx.require(session_id, caller.workspace)
            if status.ended:
                if not waited and tx.closing(session_id):
                    raise _StillClosing
                self._require_going_on(tx.session(session_id, caller.workspace))
                tx.take_up(session_id)
            if told:
                tx.attach(session_id, told, Origin.CLIENT)
            tx.say(session_id, payload.message)
            return c.SessionAck(session=tx.session(session_id, caller.workspace))

        try:
            ack, _ = await once(self._store, caller, c.SEND_MESSAGE, payload, send)
        except _StillClosing:  # an end is carried out to its end before anything follows it
            await self._released(session_id)
            waited = True
            ack, _ = await once(self._store, caller, c.SEND_MESSAGE, payload, send)
        return ack

    async def attach(self, caller: Caller, payload: c.SendFileAttachments) -> c.FilesAck:
        """Attach files to a session that goes on."""
        session_id = named(payload)
        told = self._told(payload.file_ids)

        def attach(tx: Tx) -> c.FilesAck:
            require_going(tx, session_id, caller)
            if told:
                tx.attach(session_id, told, Origin.CLIENT)
            session = tx.session(session_id, caller.workspace)
            return c.FilesAck(session=session, files=session.files, file_ids=[file.file_id for file in session.files])

        ack, _ = await once(self._store, caller, c.SEND_FILE_ATTACHMENTS, payload, attach)
        return ack

    async def delete(self, caller: Caller, payload: c.DeleteSession) -> c.Ack:
        """Delete an ended session with everything of it.

        Raises:
            SessionActive: it still goes on.
        """
        blobs: list[str] = []

        def delete(tx: Tx) -> c.Ack:
            blobs.extend(tx.erase(payload.session_id, caller.workspace))
            tx.give_up(blobs)
            return c.Ack()

        if await self._mine(caller, payload.session_id):
            await self._released(payload.session_id)  # a browser that is still closing may have a last picture to keep
        ack, _ = await once(self._store, caller, c.DELETE_SESSION, payload, delete)
        await self._files.drop(blobs)
        return ack

    async def approve(self, caller: Caller, payload: c.ApproveHumanLayerRequest) -> c.RequestAck:
        """Approve a pending request."""
        return await self._decide(caller, c.APPROVE_REQUEST, payload, RequestStatus.APPROVED)

    async def deny(self, caller: Caller, payload: c.DenyHumanLayerRequest) -> c.RequestAck:
        """Deny a pending request."""
        return await self._decide(caller, c.DENY_REQUEST, payload, RequestStatus.DENIED)

    async def respond(self, caller: Caller, payload: c.RespondHumanLayerRequest) -> c.RequestAck:
        """Answer a pending request."""
        return await self._decide(caller, c.RESPOND_REQUEST, payload, RequestStatus.ANSWERED)

    async def _decide(
        self,
        caller: Caller,
        command: c.Command[c.ForRequest, c.RequestAck],
        payload: c.ForRequest,
        status: RequestStatus,
    ) -> c.RequestAck:
        def decide(tx: Tx) -> c.RequestAck:
            request = tx.request(payload.request_id, caller.workspace)
            if tx.overdue(request):
                raise _TimeWasFirst
            require_allowed(request, status)
            require_editable(request, payload)
            made = decision(payload, status, by=caller, now=tx.now)
            return c.RequestAck(request=tx.settle(request, made))

        try:
            ack, _ = await once(self._store, caller, command, payload, decide)
        except _TimeWasFirst:
            await self._store.write(lambda tx: tx.expire())
            ack, _ = await once(self._store, caller, command, payload, decide)
        return ack

    async def _move(
        self,
        caller: Caller,
        command: c.Command[c.ForSession, c.SessionAck],
        payload: c.ForSession,
        new: Status,
        message: str,
    ) -> c.SessionAck:
        session_id = named(payload)

        def move(tx: Tx) -> c.SessionAck:
            status = tx.require(session_id, caller.workspace)
            if new is Status.PAUSED:
                tx.require_room(session_id)
            elif status is not Status.PAUSED and not status.ended:  # to resume is to end a person's pause, nothing else
                raise NotAllowedNow(status=status, wanted=new)
            tx.move(session_id, new, message)
            return c.SessionAck(session=tx.session(session_id, caller.workspace))

        ack, _ = await once(self._store, caller, command, payload, move)
        return ack

    async def _mine(self, caller: Caller, session_id: str) -> bool:
        """Whether the caller's workspace has the session: who has not must not learn of it by how long we take."""
        try:
            await self._store.read(lambda tx: tx.require(session_id, caller.workspace))
        except UnknownSession:
            return False
        return True

    async def _released(self, session_id: str) -> None:
        """Wait until no runner, and so no browser, has the session."""
        with self._store.bell.listen(session_id) as rings:
            try:
                async with asyncio.timeout(BROWSER_GONE):
                    while await self._store.read(lambda tx: tx.closing(session_id)):
                        await rings.wait()
            except TimeoutError:
                return  # its epoch fences it: it can store nothing, and its operator is being killed

    def _require_going_on(self, session: Session) -> None:
        make = self._house.agents.get(session.type)
        if make is None or not goes_on(make()):
            raise SessionEnded(status=session.status)

    def _check_prompt(self, prompt: str | None) -> None:
        if prompt is not None and len(prompt) > self._limits.prompt:
            raise PromptTooLong(limit=self._limits.prompt)

    def _told(self, given: Sequence[str | FileMetadata]) -> list[FileMetadata]:
        """What is told of each file, once each, in order; metadata wins over a bare id."""
        told: dict[str, FileMetadata] = {}
        for one in given:
            metadata = FileMetadata(file_id=one) if isinstance(one, str) else one
            if metadata.file_id not in told or not isinstance(one, str):
                told[metadata.file_id] = metadata
            if len(orjson.dumps(metadata.wire())) > self._limits.metadata:
                problem = f"the metadata of one file has more than {self._limits.metadata} bytes"
                raise InvalidPayload(problem=problem)
        if len(told) > self._limits.files_per_session:
            raise TooManyFiles(limit=self._limits.files_per_session)
        return list(told.values())


def _check_config(config: dict[str, Json], tool_servers: Mapping[str, ToolServer]) -> None:
    """Make sure that the session's policy, its lists of sites and MCP servers, and its result's form can be read.

    Raises:
        InvalidPayload: it cannot; says where.
    """
    try:
        session_policy(config)
        allowed_of(config)
        check_servers(config, tool_servers)
        _check_schema(config.get("outputSchema"))
    except UnreadablePolicy as error:
        raise InvalidPayload(problem=error.message) from error
    except ValueError as error:
        raise InvalidPayload(problem=f"{error}.") from error


def _check_schema(schema: Json) -> None:
    """Make sure that the form of a result, if a session wants one, is a JSON schema.

    Raises:
        InvalidPayload: it is not.
    """
    if schema is None:
        return
    if not isinstance(schema, dict):
        raise InvalidPayload(problem="config.outputSchema must be an object.")
    from zenobia.protocol.schemas import flaw  # it takes a moment to load, and few sessions need it

    if (problem := flaw(schema)) is not None:
        raise InvalidPayload(problem=f"config.outputSchema is no JSON schema: {problem}.")
