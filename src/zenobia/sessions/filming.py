"""A session that has ended as a film: what was kept of it, in order, each moment for about as long as it lasted.

The film is made by a process apart, with a deadline, out of the pictures that were kept and the sentences that were
told, so it holds nothing that they do not. It is made anew each time, and nothing of it is left on disk.
"""

import asyncio
import json
import logging
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec

from zenobia.protocol.box import Box
from zenobia.protocol.errors import (
    AtCapacity,
    FilmsNotInstalled,
    Internal,
    NothingToFilm,
    SessionActive,
    TimedOut,
    TooLarge,
    UnknownPicture,
)
from zenobia.protocol.events import EVENTS, Event
from zenobia.sessions.apart import begin, end, told
from zenobia.sessions.feed import so_far
from zenobia.sessions.files import Files
from zenobia.sessions.filming_child import TICKS
from zenobia.store.engine import Store
from zenobia.store.file_rows import StoredPicture
from zenobia.store.tx import Tx

log = logging.getLogger(__name__)

WITHIN = 180.0
"""Seconds in which a film must be made."""

AT_ONCE = 2
"""Films that are made at the same time."""

SHORTEST, LONGEST = 0.7, 3.0
"""Seconds that a moment is shown, however short or long it was."""

MOST = 1_000
"""Moments in a film; those of a longer session that come after them are left out."""


LARGEST = 256 << 20
"""Bytes of a film, which are in memory until they are sent."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was told, for how long it is shown, and the picture of how the page stood then."""

    caption: str
    ticks: int
    picture: StoredPicture | None
    box: Box | None


class Films:
    """Makes films of sessions."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files
        self._making = 0

    async def film(self, workspace: str, session: str) -> bytes:
        """The film of an ended session, an MP4.

        Raises:
            FilmsNotInstalled: the server has not what it takes.
            UnknownSession, SessionActive, NothingToFilm: there is nothing to film, or not yet.
            AtCapacity, TimedOut, TooLarge: there is too much to do.
        """
        if find_spec("av") is None:
            raise FilmsNotInstalled
        moments = await self._moments(workspace, session)
        if self._making >= AT_ONCE:
            raise AtCapacity(what="films in the making", limit=AT_ONCE)
        self._making += 1
        try:
            return await self._made(session, moments)
        finally:
            self._making -= 1

    async def _moments(self, workspace: str, session: str) -> list[Moment]:
        def read(tx: Tx) -> list[StoredPicture]:
            if not tx.require(session, workspace).ended:
                raise SessionActive
            return tx.pictures(session)

        pictures = await self._store.read(read)
        if not pictures:
            raise NothingToFilm
        stored = [event.json async for event in so_far(self._store, session)]
        return await asyncio.to_thread(lambda: moments([EVENTS.validate_json(one) for one in stored], pictures))

    async def _made(self, session: str, moments: Sequence[Moment]) -> bytes:
        try:
            async with asyncio.timeout(WITHIN), _maker() as maker:
                if maker.stdin is not None:
                    await self._tell(maker.stdin, session, moments)
                film = await told(maker, LARGEST + 1)
                if len(film) > LARGEST:
                    raise TooLarge(what="a film", limit=f"{LARGEST} bytes")
                code = await maker.wait()
        except TimeoutError:
            raise TimedOut(seconds=WITHIN) from None
        if code != 0 or not film:
            log.error("a film of session %s could not be made: exit code %d", session, code)
            raise Internal
        return film

    async def _tell(self, maker: asyncio.StreamWriter, session: str, moments: Sequence[Moment]) -> None:
        """Give the maker its scenes, a picture only where another is shown than before."""
        shown: str | None = None
        with suppress(BrokenPipeError, ConnectionResetError):  # it is gone: its exit code says why
            for moment in moments:
                data = b""
                if moment.picture is not None and moment.picture.id != shown:
                    shown = moment.picture.id
                    with suppress(UnknownPicture):  # its bytes are gone: the one before is shown on
                        data = (await self._files.picture(session, shown)).data
                maker.write(_scene(moment, len(data)) + data)
                await maker.drain()
            maker.close()


def moments(events: Sequence[Event], pictures: Sequence[StoredPicture]) -> list[Moment]:
    """What a film shows of a session, one after the other."""
    told = [event for event in events if event.event_type != "usage"][:MOST]
    return [_moment(event, after, pictures) for event, after in zip(told, [*told[1:], None], strict=True)]


def _moment(event: Event, after: Event | None, pictures: Sequence[StoredPicture]) -> Moment:
    lasted = LONGEST if after is None else (after.timestamp - event.timestamp) / 1_000
    ticks = round(TICKS * min(LONGEST, max(SHORTEST, lasted)))
    return Moment(event.message, ticks, _at(pictures, event.seq), _box(event))


def _at(pictures: Sequence[StoredPicture], seq: int) -> StoredPicture | None:
    """How the page stood after the event with this number."""
    return next((one for one in reversed(pictures) if one.seq <= seq), None)


def _box(event: Event) -> Box | None:
    """What is pointed out: where an action is about to be done."""
    return event.data.box if event.event_type == "action" and event.data.phase == "started" else None


def _scene(moment: Moment, size: int) -> bytes:
    box = moment.box
    where = None if box is None else [box.x, box.y, box.width, box.height, box.window_width]
    said = {"caption": moment.caption, "ticks": moment.ticks, "box": where, "size": size}
    return json.dumps(said).encode() + b"\n"


@asynccontextmanager
async def _maker() -> AsyncGenerator[Process]:
    process = await begin("zenobia.sessions.filming_child", round(WITHIN))
    try:
        yield process
    finally:
        await end(process)
