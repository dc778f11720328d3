"""The door to sessions for what only looks: each such command is one method here, whoever speaks and however."""

import asyncio
import base64

from zenobia.agents.language.replaying import playbook, written
from zenobia.operators.base import Picture, Shot
from zenobia.protocol import commands as c
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.control import PrivateNow, RunsElsewhere
from zenobia.protocol.errors import (
    NoPictureYet,
    NothingToExport,
    SessionEnded,
    TimedOut,
    UnknownPicture,
)
from zenobia.protocol.events import EVENTS
from zenobia.protocol.live import StartLiveView, StopLiveView
from zenobia.protocol.session import Status
from zenobia.sessions.answers import named
from zenobia.sessions.callers import Caller
from zenobia.sessions.feed import so_far
from zenobia.sessions.files import Files
from zenobia.sessions.house import House
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.tx import Tx


class Queries:
    """What can be asked about sessions."""

    def __init__(self, house: House, files: Files, supervisor: Supervisor) -> None:
        self._house = house
        self._store = house.store
        self._limits = house.limits
        self._files = files
        self._supervisor = supervisor

    async def join(self, caller: Caller, payload: c.JoinSession) -> c.SessionAck:
        """The session to follow; following itself is the wire's."""
        return await self._session_ack(caller, payload.session_id)

    async def leave(self, caller: Caller, payload: c.LeaveSession) -> c.Ack:
        """Nothing to do for the session: it goes on."""
        return c.Ack()

    async def screenshot(self, caller: Caller, payload: c.TakeScreenshot) -> c.ScreenshotAck:
        """A picture: live while the session has a browser, else the newest that was kept.

        Raises:
            TimedOut: the page gave none in time; the session is fine.
            UnknownPicture, NoPictureYet: there is none, or none yet.
        """
        session_id = named(payload)
        status, seq = await self._require_open(session_id, caller)
        shot = Shot(payload.format, payload.quality, payload.full_page)
        live = None if status.ended else await self._live_picture(session_id, shot)
        if live is not None:
            await self._require_open(session_id, caller, since=seq)  # a person may have taken over meanwhile
        try:
            picture = live or await self._files.picture(session_id)
        except UnknownPicture:
            raise UnknownPicture if status.ended else NoPictureYet from None
        return _screenshot_ack(picture, binary=payload.encoding == "binary", live=live is not None)

    async def _require_open(self, session_id: str, caller: Caller, since: int | None = None) -> tuple[Status, int]:
        """The session's status and newest event, if its browser may be seen as it was at any time `since` that event.

        Raises:
            PrivateNow: a person drives it in private, or did so since.
        """

        def read(tx: Tx) -> tuple[Status, int]:
            status, newest = tx.require(session_id, caller.workspace), tx.last_seq(session_id)
            if since is None and status.ended:  # then only what was kept is shown, and nothing private is
                return status, newest
            if tx.private(session_id, newest if since is None else since):
                raise PrivateNow
            return status, newest

        return await self._store.read(read)

    async def start_live_view(self, caller: Caller, payload: StartLiveView) -> c.SessionAck:
        """The session to be watched; watching itself is the wire's.

        Raises:
            SessionEnded: there is nothing to watch any more.
            RunsElsewhere: another server has the browser.
        """
        ack = await self._session_ack(caller, named(payload))
        if ack.session.status.ended:
            raise SessionEnded(status=ack.session.status)
        if await self._store.read(lambda tx: tx.owner(ack.session.id)) not in {None, self._house.name}:
            raise RunsElsewhere
        return ack

    async def stop_live_view(self, caller: Caller, payload: StopLiveView) -> c.Ack:
        """Nothing to do for the session."""
        return c.Ack()

    async def _live_picture(self, session_id: str, shot: Shot) -> Picture | None:
        try:
            async with asyncio.timeout(self._limits.screenshot):
                return await self._supervisor.screenshot(session_id, shot)
        except TimeoutError:
            raise TimedOut(seconds=self._limits.screenshot) from None
        except BrowserLost:  # it ends just now, or gets a fresh browser
            return None

    async def get(self, caller: Caller, payload: c.GetSession) -> c.SessionAck:
        """One session."""
        return await self._session_ack(caller, named(payload))

    async def export(self, caller: Caller, payload: c.ExportPlaybook) -> c.PlaybookAck:
        """What a session did, as a playbook.

        Raises:
            NothingToExport: it did nothing that could be done again.
        """
        session_id = named(payload)
        await self._store.read(lambda tx: tx.require(session_id, caller.workspace))
        told = [event.json async for event in so_far(self._store, session_id)]
        steps = await asyncio.to_thread(lambda: playbook(map(EVENTS.validate_json, told)))  # a log can be long
        if not steps:
            raise NothingToExport
        return c.PlaybookAck(playbook=written(steps, session_id))

    async def pictures(self, caller: Caller, payload: c.ListPictures) -> c.PicturesAck:
        """The pictures that were kept of a session."""
        session_id = named(payload)
        await self._store.read(lambda tx: tx.require(session_id, caller.workspace))
        kept = await self._store.read(lambda tx: tx.pictures(session_id))
        told = [
            c.KeptPicture(
                picture_id=one.id,
                seq=one.seq,
                mime_type=one.mime_type,
                width=one.width,
                height=one.height,
                taken_at=one.taken_at,
            )
            for one in kept
        ]
        return c.PicturesAck(pictures=told)

    async def list_sessions(self, caller: Caller, payload: c.ListSessions) -> c.ListSessionsAck:
        """Sessions, newest first."""
        most = payload.limit + 1
        found = await self._store.read(
            lambda tx: tx.sessions(caller.workspace, status=payload.status, before=payload.before, most=most)
        )
        return c.ListSessionsAck(sessions=found[: payload.limit], more=len(found) == most)

    async def requests(self, caller: Caller, payload: c.GetHumanLayerRequests) -> c.RequestsAck:
        """The pending requests of all sessions, oldest first; or the newest of those that are settled."""
        if payload.settled:
            found = await self._store.read(lambda tx: tx.settled(caller.workspace, most=payload.limit))
        else:
            found = await self._store.read(lambda tx: tx.inbox(caller.workspace))
        return c.RequestsAck(requests=found)

    async def request(self, caller: Caller, payload: c.GetHumanLayerRequest) -> c.RequestAck:
        """One request, pending or settled."""
        found = await self._store.read(lambda tx: tx.request(payload.request_id, caller.workspace))
        return c.RequestAck(request=found)

    async def _session_ack(self, caller: Caller, session_id: str) -> c.SessionAck:
        session = await self._store.read(lambda tx: tx.session(session_id, caller.workspace))
        return c.SessionAck(session=session)


def _screenshot_ack(picture: Picture, *, binary: bool, live: bool) -> c.ScreenshotAck:
    return c.ScreenshotAck(
        screenshot=picture.data if binary else base64.b64encode(picture.data).decode(),
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        url=picture.url,
        title=picture.title,
        timestamp=picture.taken_at,
        live=live,
    )
