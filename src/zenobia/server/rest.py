"""REST: one route a command, made from the table; the answer is the ack, the status says the same to HTTP."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, create_model
from pydantic.alias_generators import to_camel, to_snake

from zenobia.protocol.commands import Ack, Command, ErrorAck, Payload, ScreenshotAck, commands
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk
from zenobia.server.errors import error_ack, http_status
from zenobia.sessions.callers import Caller

Endpoint = Callable[..., Awaitable[Response]]
Identify = Callable[[Request], Caller]

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAck, "description": "What was asked makes no sense."},
    401: {"model": ErrorAck, "description": "A valid API key is needed."},
    403: {"model": ErrorAck, "description": "That is not allowed."},
    404: {"model": ErrorAck, "description": "There is no such thing."},
    409: {"model": ErrorAck, "description": "That does not fit how things stand."},
    413: {"model": ErrorAck, "description": "That is larger than this server takes."},
    415: {"model": ErrorAck, "description": "The body is of a type that this route does not take."},
    429: {"model": ErrorAck, "description": "Too much at once; try again."},
    500: {"model": ErrorAck, "description": "Something went wrong inside the server."},
    503: {"model": ErrorAck, "description": "Not now; try again."},
    504: {"model": ErrorAck, "description": "That took too long."},
}


def command_routes(desk: Desk, identify: Identify) -> APIRouter:
    """A route for every row of the table."""
    router = APIRouter()
    for command in commands():
        router.add_api_route(
            command.path,
            _endpoint(desk, identify, command),
            methods=[command.method],
            response_model=command.ack,
            status_code=201 if command.created else 200,
            responses=ERRORS,
            summary=command.name,
            description=command.summary,
            operation_id=command.name,
            tags=[_tag(command)],
        )
    return router


def answer(ack: Ack | ErrorAck, status: int = 200) -> Response:
    """An ack as an HTTP response."""
    return Response(ack.model_dump_json(by_alias=True), status, media_type="application/json")


def refusal(error: ZenobiaError) -> Response:
    """An error as an HTTP response: the ack's body under the right status."""
    response = answer(error_ack(error), http_status(error))
    if error.retryable:
        response.headers["Retry-After"] = "1"
    return response


def _tag(command: Command[Any, Any]) -> str:
    return "human layer" if "human-layer" in command.path else "sessions"


def _path_fields(command: Command[Any, Any]) -> list[str]:
    return [part[1:-1] for part in command.path.split("/") if part.startswith("{")]


def _endpoint(desk: Desk, identify: Identify, command: Command[Any, Any]) -> Endpoint:
    """The endpoint of a command, with a signature from which the framework reads and documents its parts."""
    in_path = _path_fields(command)
    rest = _without(command.payload, in_path)

    async def endpoint(request: Request, **given: Any) -> Response:
        payload = cast("BaseModel | None", given.pop("payload", None))
        members: dict[str, Json] = {} if payload is None else payload.model_dump(by_alias=True, exclude_unset=True)
        try:
            read = desk.read(command.name, members | {to_camel(key): value for key, value in given.items()})
            ack = await desk.carry_out(identify(request), command.name, read)
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
    config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")
    return create_model(f"{payload.__name__}Body", __config__=config, __doc__=payload.__doc__, **fields)


def _image(data: bytes, ack: ScreenshotAck) -> Response:
    headers = {"X-Live": str(ack.live).lower(), "X-Timestamp": str(ack.timestamp), "Cache-Control": "no-store"}
    return Response(data, media_type=ack.mime_type, headers=headers)
