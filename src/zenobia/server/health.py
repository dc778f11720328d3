"""How the server is: for people and load balancers as JSON, for Prometheus as text."""

import asyncio
import time
from contextlib import suppress

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from zenobia import __version__
from zenobia.protocol.errors import Draining, StorageUnavailable
from zenobia.protocol.health import Health
from zenobia.protocol.session import Status
from zenobia.server.desk import Desk
from zenobia.server.rest import Responses
from zenobia.sessions.audience import Audience
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.engine import Store
from zenobia.telemetry.meters import CONTENT_TYPE, Meters


def health_routes(store: Store, audience: Audience, supervisor: Supervisor, desk: Desk) -> APIRouter:
    """The routes that tell how the server is."""
    router = APIRouter(tags=["operations"])

    async def look() -> Health:
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
            problems=problems,
        )

    unwell: Responses = {503: {"model": Health, "description": "It cannot do its work."}}

    @router.get("/api/health", response_model=Health, responses=unwell, operation_id="getHealth", summary="getHealth")
    async def health() -> Response:  # pyright: ignore[reportUnusedFunction]
        """Whether the server can do its work: 200 if it can, 503 if not."""
        found = await look()
        status = 200 if found.status == "ok" else 503
        return Response(found.model_dump_json(by_alias=True), status, media_type="application/json")

    @router.get("/metrics", response_class=PlainTextResponse, operation_id="getMetrics", summary="getMetrics")
    async def metrics() -> Response:  # pyright: ignore[reportUnusedFunction]
        """The same as numbers, in the Prometheus text format."""
        meters = store.meters
        _show(meters, await look())
        with suppress(StorageUnavailable):  # then those are as they were known last, and `up` says 0
            many, oldest = await store.read(lambda tx: tx.waiting_for_people())
            age = 0 if oldest is None else max(0.0, time.time() - oldest / 1_000)
            meters.show("requests_pending", "Requests that wait for a person.", many)
            meters.show("requests_oldest_seconds", "Age of the oldest request that waits for a person.", age)
        meters.show("browsers", "Sessions of this server that have a browser.", supervisor.browsers)
        meters.show("slots", "Sessions that this server runs at once at most.", store.limits.sessions_running)
        meters.show("behind_events", "Events that the slowest client is behind.", audience.behind(store.tails))
        return Response(meters.text(), media_type=CONTENT_TYPE)

    return router


def _show(meters: Meters, found: Health) -> None:
    meters.show_by("sessions", "Sessions by status; those that are queued are the queue.", "status", found.sessions)
    meters.show("sessions_owned", "Sessions that this server runs.", found.sessions_running)
    meters.show("clients", "Connected clients.", found.clients)
    meters.show("tasks", "What goes on at once here; more and more of them is a leak.", len(asyncio.all_tasks()))
    meters.show("up", "Whether the server can do its work.", int(found.status == "ok"))
