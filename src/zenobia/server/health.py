"""How the server is: for people and load balancers as JSON, for Prometheus as text."""

import asyncio
from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from zenobia import __version__
from zenobia.protocol.errors import StorageUnavailable
from zenobia.protocol.health import Health
from zenobia.protocol.session import Status
from zenobia.server.rest import Responses
from zenobia.sessions.audience import Audience
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.engine import Store


def health_routes(store: Store, audience: Audience, supervisor: Supervisor) -> APIRouter:
    """The routes that tell how the server is."""
    router = APIRouter(tags=["operations"])

    async def look() -> Health:
        problems: list[str] = []
        counts: dict[Status, int] = {}
        try:
            counts = await store.read(lambda tx: tx.count_sessions())
        except StorageUnavailable as error:
            problems.append(error.message)
        if (trouble := store.trouble()) is not None:
            problems.append(trouble)
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
        lines = list(_gauges(await look()))
        return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return router


def _gauges(found: Health) -> Iterator[str]:
    numbers = {
        "sessions_owned": ("Sessions that this server runs.", found.sessions_running),
        "clients": ("Connected clients.", found.clients),
        "tasks": ("What goes on at once in this server; more and more of them is a leak.", len(asyncio.all_tasks())),
        "up": ("Whether the server can do its work.", int(found.status == "ok")),
    }
    yield "# HELP zenobia_sessions Sessions by status."
    yield "# TYPE zenobia_sessions gauge"
    yield from (f'zenobia_sessions{{status="{status}"}} {count}' for status, count in found.sessions.items())
    for name, (meaning, value) in numbers.items():
        yield from (f"# HELP zenobia_{name} {meaning}", f"# TYPE zenobia_{name} gauge", f"zenobia_{name} {value}")
