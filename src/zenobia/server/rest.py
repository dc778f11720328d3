"""REST: one route a command, made from the table; the answer is the ack, the status says the same to HTTP."""

import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, create_model
from pydantic.alias_generators import to_camel, to_snake

from zenobia.protocol.commands import (
    TAKE_SCREENSHOT,
    Command,
    ErrorAck,
    Payload,
    ScreenshotAck,
    commands,
)
from zenobia.protocol.errors import NoCurrentSession, UnsupportedMediaType, ZenobiaError
from zenobia.protocol.wire import Json
from zenobia.server.answering import answer, refusal
from zenobia.server.auth import caller_of
from zenobia.server.bounds import Rates
from zenobia.server.desk import Desk
from zenobia.server.errors import ErrorKind, refusals, sentence, status_of
from zenobia.sessions.callers import Caller

Endpoint = Callable[..., Awaitable[Response]]
Identify = Callable[[Request], Caller]
Responses = dict[int | str, dict[str, Any]]

BINARY = {"schema": {"type": "string", "format": "binary"}}

RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


class _Body(Request):
    """A request whose JSON is read as the other wire reads it: no NaN, no half surrogate, great numbers as floats."""

    async def json(self) -> Json:
        return orjson.loads(await self.body())


class _Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_body(request: Request) -> Response:
            return await handle(_Body(request.scope, request.receive))

        return handle_body


def command_routes(desk: Desk, rates: Rates) -> APIRouter:
    """A route for every row of the table."""
    router = APIRouter(route_class=_Route)
    for command in commands():
        router.add_api_route(
            command.path,
            _endpoint(desk, rates, command),
            methods=[command.method],
            response_model=command.ack,
            status_code=201 if command.created else 200,
            responses=_responses(command),
            summary=command.name,
            description=command.summary,
            operation_id=command.name,
            tags=[_tag(command)],
        )
    return router


def refused(*kinds: ErrorKind) -> Responses:
    """The refusals of a route as its documentation has them: by status, each with its codes and their sentences."""
    by_status: defaultdict[int, list[ErrorKind]] = defaultdict(list)
    for kind in kinds:
        by_status[status_of(kind)].append(kind)
    return {status: _refusal_of(by_status[status]) for status in sorted(by_status)}


def _refusal_of(kinds: list[ErrorKind]) -> dict[str, Any]:
    said = "\n".join(f"- `{kind.code}`: {sentence(kind)}" for kind in kinds)
    headers = {"headers": RETRY_AFTER} if any(kind.retryable for kind in kinds) else {}
    return {"model": ErrorAck, "description": said, **headers}


def _responses(command: Command[Any, Any]) -> Responses:
    kinds = [kind for kind in refusals(command) if kind is not NoCurrentSession]
    if command.method != "GET":
        kinds.append(UnsupportedMediaType)
    if command is not TAKE_SCREENSHOT:
        return refused(*kinds)
    pictures = {"content": {"image/png": BINARY, "image/jpeg": BINARY}}
    return {
        200: {"description": "A picture: as JSON, or as itself where `binary` was asked for.", **pictures}
    } | refused(*kinds)


def _tag(command: Command[Any, Any]) -> str:
    return "human layer" if "human-layer" in command.path else "sessions"


def _path_fields(command: Command[Any, Any]) -> list[str]:
    return [part[1:-1] for part in command.path.split("/") if part.startswith("{")]


def _endpoint(desk: Desk, rates: Rates, command: Command[Any, Any]) -> Endpoint:
    """The endpoint of a command, with a signature from which the framework reads and documents its parts."""
    in_path = _path_fields(command)
    rest = _without(command.payload, in_path)

    async def endpoint(request: Request, **given: Any) -> Response:
        payload = cast("BaseModel | None", given.pop("payload", None))
        members: dict[str, Json] = {} if payload is None else await _members(request, payload)
        try:
            rates.spend(request)
            read = desk.read(command.name, members | {to_camel(key): value for key, value in given.items()})
            ack = await desk.carry_out(caller_of(request), command.name, read)
        except ZenobiaError as error:
            return refusal(error)
        if isinstance(ack, ScreenshotAck) and isinstance(ack.screenshot, bytes):
            return _image(ack.screenshot, ack)
        return answer(ack, 201 if command.created else 200)

    parts = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
    for name in in_path:
        kind = Annotated[str, Path(alias=name, min_length=1, max_length=200)]
        parts.append(inspect.Parameter(to_snake(name), inspect.Parameter.KEYWORD_ONLY, annotation=kind))
    if rest.model_fields:
        parts.append(_payload_part(command, rest))
    endpoint.__signature__ = inspect.Signature(parts)  # pyright: ignore[reportFunctionMemberAccess]
    endpoint.__name__ = to_snake(command.name)
    return endpoint


async def _members(request: Request, payload: BaseModel) -> dict[str, Json]:
    """What was sent: a body as it came, so that it is read as on the other wire; a query as the framework read it."""
    return await request.json() if request.method == "POST" else payload.model_dump(by_alias=True, exclude_unset=True)


def _payload_part(command: Command[Any, Any], rest: type[BaseModel]) -> inspect.Parameter:
    keyword = inspect.Parameter.KEYWORD_ONLY
    if command.method == "POST":
        needed = any(field.is_required() for field in rest.model_fields.values())
        annotation = Annotated[rest, Body()] if needed else Annotated[rest | None, Body()]
        default = inspect.Parameter.empty if needed else None
        return inspect.Parameter("payload", keyword, annotation=annotation, default=default)
    return inspect.Parameter("payload", keyword, annotation=Annotated[rest, Query()])


def _without(payload: type[Payload], in_path: list[str]) -> type[BaseModel]:
    """The payload's model less what the path already says."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), field)
        for name, field in payload.model_fields.items()
        if to_camel(name) not in in_path
    }
    config = ConfigDict(alias_generator=to_camel, extra="forbid")
    return create_model(f"{payload.__name__}Body", __config__=config, __doc__=payload.__doc__, **fields)


def _image(data: bytes, ack: ScreenshotAck) -> Response:
    headers = {"X-Live": str(ack.live).lower(), "X-Timestamp": str(ack.timestamp), "Cache-Control": "no-store"}
    return Response(data, media_type=ack.mime_type, headers=headers)
