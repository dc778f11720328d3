"""How the server is: for people and load balancers as JSON, for Prometheus as text."""

import asyncio
import time
from contextlib import suppress

from fastapi import APIRouter, Request, Response

from zenobia import __version__
from zenobia.protocol.access import Scope
from zenobia.protocol.errors import Draining, StorageUnavailable, ZenobiaError
from zenobia.protocol.health import Health, Pulse
from zenobia.protocol.session import Status
from zenobia.server.answering import refusal
from zenobia.server.auth import CALLER, caller_of
from zenobia.server.desk import Desk
from zenobia.server.errors import NOT_LET_IN
from zenobia.server.rest import Responses, refused
from zenobia.sessions.audience import Audience
from zenobia.sessions.callers import Caller
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.engine import Store
from zenobia.telemetry.meters import CONTENT_TYPE, Meters


def health_routes(store: Store, audience: Audience, supervisor: Supervisor, desk: Desk) -> APIRouter:
    """The routes that tell how the server is."""
    router = APIRouter(tags=["operations"])

    unwell: Responses = {503: {"model": Health | Pulse, "description": "It cannot do its work."}}

    @router.get(
        "/api/health", response_model=Health | Pulse, responses=unwell, operation_id="getHealth", summary="getHealth"
    )
    async def health(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """Whether the server can do its work: 200 if it can, 503 if not. More than that is only for the scope admin."""
        found: Health | Pulse = await _look(store, audience, supervisor, desk)
        caller: Caller | None = request.scope[CALLER]
        if caller is None or Scope.ADMIN not in caller.scopes:
            found = Pulse(status=found.status)
        status = 200 if found.status == "ok" else 503
        return Response(found.model_dump_json(by_alias=True), status, media_type="application/json")

    @router.get(
        "/metrics",
        response_class=Response,
        responses=refused(*NOT_LET_IN) | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        operation_id="getMetrics",
        summary="getMetrics",
    )
    async def metrics(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        """The same as numbers, in the Prometheus text format; needs the scope admin."""
        try:
            caller_of(request).require(Scope.ADMIN)
        except ZenobiaError as error:
            return refusal(error)
        _show(store.meters, await _look(store, audience, supervisor, desk))
        await _show_more(store, audience, supervisor)
        return Response(store.meters.text(), media_type=CONTENT_TYPE)

    return router


async def _look(store: Store, audience: Audience, supervisor: Supervisor, desk: Desk) -> Health:
    problems: list[str] = [Draining().message] if desk.draining else []
    counts: dict[Status, int] = {}
    try:
        counts = await store.read(lambda tx: tx.count_sessions())
    except StorageUnavailable as error:
        problems.append(error.message)
    problems += [trouble for trouble in (store.trouble(), supervisor.trouble()) if trouble is not None]
    return Health(
        status="degraded" if problems else "ok",
        version=__version__,
        sessions_running=supervisor.running,
        sessions={status.value: counts.get(status, 0) for status in Status},
        clients=len(audience),
        sandbox=supervisor.sandbox,
        wall=supervisor.wall,
        problems=problems,
    )


def _show(meters: Meters, found: Health) -> None:
    meters.show_by("sessions", "Sessions by status; those that are queued are the queue.", "status", found.sessions)
    meters.show("sessions_owned", "Sessions that this server runs.", found.sessions_running)
    meters.show("clients", "Connected clients.", found.clients)
    meters.show("tasks", "What goes on at once here; more and more of them is a leak.", len(asyncio.all_tasks()))
    meters.show("up", "Whether the server can do its work.", int(found.status == "ok"))


async def _show_more(store: Store, audience: Audience, supervisor: Supervisor) -> None:
    meters = store.meters
    with suppress(StorageUnavailable):  # then those are as they were known last, and `up` says 0
        many, oldest = await store.read(lambda tx: tx.waiting_for_people())
        age = 0 if oldest is None else max(0.0, time.time() - oldest / 1_000)
        meters.show("requests_pending", "Requests that wait for a person.", many)
        meters.show("requests_oldest_seconds", "Age of the oldest request that waits for a person.", age)
    meters.show("browsers", "Sessions of this server that have a browser.", supervisor.browsers)
    meters.show("slots", "Sessions that this server runs at once at most.", store.limits.sessions_running)
    meters.show("behind_events", "Events that the slowest client is behind.", audience.behind(store.tails))
