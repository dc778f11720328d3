"""The REST half as one application: the table's routes, files, events, health, and the specs read off them."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException

from zenobia import __version__
from zenobia.protocol.commands import ErrorAck
from zenobia.protocol.errors import Internal, InvalidPayload
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk
from zenobia.server.events import event_routes
from zenobia.server.files import file_routes
from zenobia.server.health import health_routes
from zenobia.server.rest import Identify, answer, command_routes, refusal
from zenobia.sessions.audience import Audience
from zenobia.sessions.files import Files
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.engine import Store

ABOUT = "Runs agent sessions in a real web browser on a person's behalf, and stops to ask when it should."

Next = Callable[[Request], Awaitable[Response]]


def http_app(
    desk: Desk, store: Store, files: Files, audience: Audience, supervisor: Supervisor, identify: Identify
) -> FastAPI:
    """Everything that is spoken over plain HTTP."""
    app = FastAPI(title="Zenobia", version=__version__, description=ABOUT, redoc_url=None)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    app.include_router(command_routes(desk, identify))
    app.include_router(event_routes(store, identify))
    app.include_router(file_routes(files, identify))
    app.include_router(health_routes(store, audience, supervisor))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _internal)
    return app


async def _invalid(_request: Request, error: Exception) -> Response:
    """What the framework refused, said as the desk says it."""
    found: Sequence[Json] = error.errors() if isinstance(error, RequestValidationError) else []
    words = [f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in found[:5]]
    return refusal(InvalidPayload(problem="; ".join(words)))


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: ("not_found", "There is nothing here."), 405: ("method_not_allowed", "This route has other methods.")}
    code, sentence = words.get(status, ("invalid", "That is not a valid request."))
    response = answer(ErrorAck(error=sentence, code=code, retryable=False), status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def _internal(_request: Request, _error: Exception) -> Response:
    return refusal(Internal())
