"""Traces for OpenTelemetry: what a session did, when, and for how long; never what it read, typed or was asked.

Names and attributes are those of the conventions for generative AI. Without somewhere to send them, nothing is
loaded and a span is nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from zenobia.telemetry.marks import marks

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FLUSH_WITHIN_MS = 2_000
"""Milliseconds that a server which stops waits for its last spans to be taken."""

_provider: "TracerProvider | None" = None


class NoTraces(Exception):
    """What sends traces is not installed."""


@asynccontextmanager
async def sending(endpoint: str | None, *, version: str) -> AsyncGenerator[None]:
    """Send traces to an OTLP receiver (its base address, over HTTP) while the context lasts; None sends none.

    Raises:
        NoTraces: the extra that this needs is not installed.
    """
    global _provider  # as with the library itself, one for the process
    if endpoint is None:
        yield
        return
    _provider = provider = await asyncio.to_thread(_made, endpoint, version)
    try:
        yield
    finally:
        _provider = None
        await asyncio.to_thread(provider.force_flush, FLUSH_WITHIN_MS)
        await asyncio.to_thread(provider.shutdown)


def provider() -> "TracerProvider | None":
    """Where spans go; None if nowhere."""
    return _provider


@contextmanager
def span(name: str, **attributes: str) -> Generator[None]:
    """A span around what is done inside; in attribute names, write `__` for a dot. Errors leave their kind only."""
    if _provider is None:
        yield
        return
    from opentelemetry.trace import Status, StatusCode

    tracer = _provider.get_tracer("zenobia")
    told = {name.replace("__", "."): value for name, value in attributes.items()}
    if "session" in marks():
        told["gen_ai.conversation.id"] = marks()["session"]
    with tracer.start_as_current_span(name, attributes=told, record_exception=False) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def _made(endpoint: str, version: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise NoTraces from error
    resource = Resource.create({"service.name": "zenobia", "service.version": version})
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    return made
