"""The REST half as one application: the table's routes, files, events, health, and the specs read off them."""

from collections.abc import Sequence
from functools import cache, partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.routing import Route

from zenobia import __version__
from zenobia.protocol.errors import Internal, InvalidPayload, NotFound
from zenobia.protocol.health import AboutAck
from zenobia.protocol.limits import Limits
from zenobia.protocol.payload import problems
from zenobia.protocol.wire import Json
from zenobia.server.answering import refusal
from zenobia.server.bounds import Rates, Streams
from zenobia.server.console import console_routes
from zenobia.server.desk import Desk
from zenobia.server.docs import docs_routes
from zenobia.server.errors import MethodNotAllowed
from zenobia.server.events import event_routes
from zenobia.server.files import file_routes
from zenobia.server.films import film_routes
from zenobia.server.health import health_routes
from zenobia.server.rest import Identify, command_routes
from zenobia.server.signing import sign_in_routes
from zenobia.server.spec import openapi
from zenobia.sessions.audience import Audience
from zenobia.sessions.files import Files
from zenobia.sessions.filming import Films
from zenobia.sessions.keyring import Keyring
from zenobia.sessions.signing import Signing
from zenobia.sessions.supervisor import Supervisor
from zenobia.store.engine import Store

EXPOSED = ("Accept-Ranges", "Content-Disposition", "Content-Range", "ETag", "Retry-After", "X-Live", "X-Timestamp")
"""Headers that a page of another origin may read."""


def http_app(
    desk: Desk,
    store: Store,
    files: Files,
    audience: Audience,
    supervisor: Supervisor,
    limits: Limits,
    keyring: Keyring,
    identify: Identify,
    about: AboutAck,
    origins: frozenset[str] | None = None,
    signing: Signing | None = None,
) -> FastAPI:
    """Everything that is spoken over plain HTTP."""
    app = FastAPI(title="Zenobia", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(origins or {"*"}),
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )
    rates = Rates(limits)
    routers = (
        command_routes(desk, rates),
        event_routes(store, Streams(limits), keyring, identify),
        file_routes(files, keyring, identify),
        film_routes(Films(store, files), identify),
        health_routes(store, audience, supervisor, desk),
        docs_routes(),
        console_routes(about, identify),
        sign_in_routes(signing, rates),
    )
    routes = [route for one in (app.router, *routers) for route in one.routes if isinstance(route, Route)]
    for router in routers:
        app.include_router(router)
    app.openapi = cache(partial(openapi, app))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, partial(_not_taken, routes))
    app.add_exception_handler(Exception, _internal)
    return app


async def _invalid(_request: Request, error: Exception) -> Response:
    """What the framework refused, said as the desk says it."""
    found: Sequence[Json] = error.errors() if isinstance(error, RequestValidationError) else []
    if found and found[0]["type"] == "json_invalid":
        return refusal(InvalidPayload(problem="the body is not JSON."))
    if found and found[0]["loc"] == ("body",):
        nothing = found[0]["type"] == "missing"
        return refusal(InvalidPayload(problem="it needs a JSON body." if nothing else "it must be an object."))
    return refusal(InvalidPayload(problem=problems([{**one, "loc": one["loc"][1:]} for one in found])))


async def _not_taken(routes: Sequence[Route], request: Request, error: Exception) -> Response:
    """What no route took, or none could read."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 404:
        return refusal(NotFound())
    if status != 405:
        return refusal(InvalidPayload(problem="the body cannot be read."))
    here = [route.methods or () for route in routes if route.path_regex.match(request.scope["path"])]
    methods = {method for methods in here for method in methods}
    allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    response = refusal(MethodNotAllowed(allowed=allowed))
    response.headers["Allow"] = allowed
    return response


async def _internal(_request: Request, _error: Exception) -> Response:
    return refusal(Internal())
