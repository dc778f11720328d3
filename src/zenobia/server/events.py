"""A session's events over HTTP: a page of JSON, or a stream that follows (Server-Sent Events, WHATWG HTML §9.2)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from zenobia.protocol.commands import Ack
from zenobia.protocol.errors import AtCapacity, StorageUnavailable, UnknownSession, ZenobiaError
from zenobia.protocol.events import EVENT_NAME, REFUSED, Event
from zenobia.protocol.wire import Id
from zenobia.server.answering import refusal
from zenobia.server.bounds import Streams
from zenobia.server.errors import ANY_ROUTE, error_ack
from zenobia.server.rest import Identify, refused
from zenobia.sessions.feed import read_page
from zenobia.sessions.keyring import Keyring
from zenobia.store.bell import ACCESS, STOPPING
from zenobia.store.engine import Store

KEEP_ALIVE = 15.0
"""Seconds of silence after which a stream says that it is still there, so that no proxy cuts it."""

ASK_AGAIN = 1.0
"""Seconds after which a store that did not answer is asked again, unless somebody rings before."""

STREAM = {
    "schema": {"type": "string", "description": "Server-Sent Events: `id` is the `seq`, `data` the event as JSON."}
}

SessionId = Annotated[Id, Path(alias="sessionId")]


class Wanted(BaseModel):
    """Which events are asked for; a key that is none of these is refused, as in any payload."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**53, description="Only events with a greater `seq`.")
    limit: int = Field(default=200, ge=1, le=1_000, description="At most so many.")


class EventsAck(Ack):
    """A page of a session's events; `more` says whether to ask on, after `lastSeq`."""

    events: list[Event]
    last_seq: int
    more: bool


def event_routes(store: Store, streams: Streams, keyring: Keyring, identify: Identify) -> APIRouter:
    """The routes on which a session is followed."""
    router = APIRouter(tags=["sessions"])

    @router.get(
        "/api/sessions/{sessionId}/events",
        response_model=EventsAck,
        responses=refused(UnknownSession, AtCapacity, *ANY_ROUTE) | {200: {"content": {"text/event-stream": STREAM}}},
        operation_id="getEvents",
        summary="getEvents",
    )
    async def events(  # pyright: ignore[reportUnusedFunction]
        request: Request,
        session_id: SessionId,
        wanted: Annotated[Wanted, Query()],
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event_id: Annotated[str, Header()] = "",
    ) -> Response:
        """A page of events as JSON; as `text/event-stream`, every event from there on until the session has ended."""
        try:
            caller = identify(request)
            await store.read(lambda tx: tx.require(session_id, caller.workspace))
            if "text/event-stream" not in accept:
                return await _page(store, session_id, wanted.after, wanted.limit)
            after = _resume(last_event_id, wanted.after)
            if last_event_id and await _ended(store, session_id) and not await read_page(store, session_id, after, 1):
                return Response(status_code=204)  # how the standard tells an event source not to come back
        except ZenobiaError as error:
            return refusal(error)
        events = _stream(store, session_id, after, lambda: keyring.require_good(caller))
        return _Following(events, streams, request)

    return router


class _Following(StreamingResponse):
    """A stream that is counted from its first byte to its last, however it ends; refused where it would be too many."""

    def __init__(self, stream: AsyncIterator[str], streams: Streams, request: Request) -> None:
        super().__init__(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._streams = streams
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._streams.one(self._request):
                await super().__call__(scope, receive, send)
        except AtCapacity as error:
            await refusal(error)(scope, receive, send)


async def _page(store: Store, session: str, after: int, most: int) -> Response:
    page = await read_page(store, session, after, most + 1)
    shown = page[:most]
    body = {
        "success": True,
        "events": [orjson.Fragment(event.json) for event in shown],
        "lastSeq": shown[-1].seq if shown else after,
        "more": len(page) > most,
    }
    return Response(orjson.dumps(body), media_type="application/json")


async def _stream(store: Store, session: str, after: int, require_good: Callable[[], None]) -> AsyncIterator[str]:
    """Every event from the cursor on, ending with the session, or with why no more is told."""
    with store.bell.listen(session) as rings, store.bell.also(STOPPING, rings), store.bell.also(ACCESS, rings):
        while not store.bell.stopping:
            try:
                require_good()
            except ZenobiaError as error:
                yield f"event: {REFUSED}\ndata: {error_ack(error).model_dump_json(by_alias=True)}\n\n"
                return
            try:
                ended = await _ended(store, session)
                page = await read_page(store, session, after)
            except StorageUnavailable:  # an event source that is refused once does not come back
                yield ": the store does not answer; it is asked again\n\n"
                await rings.wait(ASK_AGAIN)
                continue
            for event in page:
                after = event.seq
                yield f"id: {event.seq}\nevent: {EVENT_NAME}\ndata: {event.json}\n\n"
            if ended and not page:
                return
            if not page and not await rings.wait(KEEP_ALIVE):
                yield ": still here\n\n"
            await asyncio.sleep(0)  # a client far behind must not hold the loop


async def _ended(store: Store, session: str) -> bool:
    try:
        status = await store.read(lambda tx: tx.status(session))
    except UnknownSession:
        return True
    return status.ended


def _resume(last_event_id: str, after: int) -> int:
    """Where an event source that lost its connection goes on, as the standard's header says."""
    return max(after, int(last_event_id)) if last_event_id.isascii() and last_event_id.isdigit() else after
