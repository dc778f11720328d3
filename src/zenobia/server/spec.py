"""The specs that programs read: OpenAPI for REST, AsyncAPI for Socket.IO, both off the table and the union.

Nothing is told here that the server does not do, and what the framework would tell wrongly is put right.
"""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from zenobia import __version__
from zenobia.protocol.calling import PENDING_NAME, PendingRequests
from zenobia.protocol.commands import Command, ErrorAck, commands
from zenobia.protocol.events import ACTIVE_CLIENT, EVENT_NAME, EVENT_OF, REFUSED
from zenobia.protocol.live import FRAME_NAME, LiveFrame
from zenobia.protocol.wire import Json
from zenobia.server.errors import refusals

Document = dict[str, Json]

ABOUT = "Runs agent sessions in a real web browser on a person's behalf, and stops to ask when it should."

REST = f"""{ABOUT}

Every command of the Socket.IO wire has one route here, and both answer with the same objects. Every answer of a
command says `success`; a refusal has the right HTTP status and says `error` (a sentence for a person), `code` (a word
for a program) and `retryable`. Times are Unix milliseconds. No text may hold NUL characters."""

SOCKETS = f"""{ABOUT}

Any Socket.IO v4 client speaks this, on the default path and namespace. A command is an event with at most one payload
and an acknowledgement, which is its reply here: `success: true` with the answer, or `success: false` with `error`,
`code` and `retryable`. A payload may be left out where none of its fields is required. Whatever happens in a session
arrives as one event, `{EVENT_NAME}`, at the client that is active; `seq` counts 1, 2, 3 … without a hole.

A client that connects with `auth: {{ role: 'observer' }}` may only look on. One that connects with
`auth: {{ notices: true }}` is told by `{ACTIVE_CLIENT}` whether it is the active one, whenever that changes. Where
there are API keys, a client sends one as `auth: {{ token }}`; when that ends, the event `{REFUSED}` says why, and the
client is disconnected."""

TAGS = [
    {"name": "sessions", "description": "Sessions, what happens in them, and what their browsers show."},
    {"name": "human layer", "description": "What people are asked, and what they decide."},
    {"name": "files", "description": "Files, streamed both ways."},
    {
        "name": "signing in",
        "description": "How people come in with a company's account: steps of the server's own page.",
    },
    {"name": "operations", "description": "How the server is."},
]

SUMMARIES = {
    EVENT_NAME: "Everything that happens in the session that the active client follows.",
    FRAME_NAME: "A live picture of a session that this client watches, and a callback that asks for the next one.",
    ACTIVE_CLIENT: "Whether this client is the active one: told, to those that want notices, whenever it changes.",
    PENDING_NAME: "How many requests are pending: told, to those that watch them, whenever they are others.",
}
"""What the server sends by itself."""

SCHEMAS = "#/components/schemas/"


def openapi(app: FastAPI) -> Document:
    """The OpenAPI 3.1 document of the REST half."""
    document = get_openapi(title="Zenobia", version=__version__, description=REST, routes=app.routes, tags=TAGS)
    schemas: dict[str, Document] = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operation in _operations(document):
        operation["responses"].pop("422", None)  # refused input is a 400 here, with the body of any other refusal
    paths = cast("Document", document["paths"])
    for one in paths.values():
        for operation in one.values():
            _complete(schemas, _refs(operation["responses"]))
    _link(paths)
    return _untitled(document)


def asyncapi(host: str = "127.0.0.1:8484") -> Document:
    """The AsyncAPI 3.0 document of the Socket.IO half, as it is spoken at `host`."""
    schemas = wire_schemas()
    messages = dict(_messages())
    channel = {"$ref": "#/channels/default"}
    operations = {
        command.name: {
            "action": "receive",
            "channel": channel,
            "summary": command.summary,
            "description": "Refused with: " + ", ".join(f"`{kind.code}`" for kind in refusals(command)) + ".",
            "messages": [_in_channel(command.name)],
            "reply": {"channel": channel, "messages": [_in_channel(command.ack.__name__), _in_channel("ErrorAck")]},
        }
        for command in commands()
    }
    told = [key for key in messages if key.startswith(f"{EVENT_NAME}.")]
    for name, summary in SUMMARIES.items():
        sent = [_in_channel(key) for key in (told if name == EVENT_NAME else [name])]
        operations[name] = {"action": "send", "channel": channel, "summary": summary, "messages": sent}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Zenobia", "version": __version__, "description": SOCKETS, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "servers": {"here": _server(host)},
        "channels": {
            "default": {
                "address": "/",
                "description": "Socket.IO's default namespace.",
                "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in messages},
            }
        },
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def wire_schemas() -> dict[str, Document]:
    """The JSON schema of everything that crosses the wire, by name: payloads as taken, answers and events as given."""
    payloads = [command.payload for command in commands()]
    given: list[type[BaseModel]] = [*dict.fromkeys(command.ack for command in commands()), ErrorAck]
    given += [*EVENT_OF.values(), LiveFrame, PendingRequests]
    wanted: list[tuple[type[BaseModel], Any]] = [(one, "validation") for one in payloads]
    wanted += [(one, "serialization") for one in given]
    _, found = models_json_schema(wanted, ref_template=SCHEMAS + "{model}")
    schemas: dict[str, Document] = found["$defs"]
    _complete(schemas, {one.__name__ for one in given})
    return _untitled(schemas)


def _server(host: str) -> Document:
    return {
        "host": host,
        "pathname": "/socket.io/",
        "protocol": "ws",
        "description": "Socket.IO v4 (Engine.IO 4), by WebSocket or polling. Every origin is allowed; cookies mean "
        "nothing. Where there are API keys, a client sends one as `auth: { token }`.",
    }


def _messages() -> Iterator[tuple[str, Document]]:
    """Every message by its key: commands, then answers, then events."""
    for command in commands():
        yield command.name, {"name": command.name, "summary": command.summary, "payload": _payload(command)}
    for ack in (*dict.fromkeys(command.ack for command in commands()), ErrorAck):
        yield ack.__name__, {"title": ack.__name__, "summary": _doc(ack), "payload": _ref(ack)}
    for event in EVENT_OF.values():
        kind: str = event.model_fields["event_type"].default
        described = {"title": kind, "summary": _doc(event), "payload": _ref(event)}
        yield f"{EVENT_NAME}.{kind}", {"name": EVENT_NAME, **described}
    yield FRAME_NAME, {"name": FRAME_NAME, "summary": _doc(LiveFrame), "payload": _ref(LiveFrame)}
    yield PENDING_NAME, {"name": PENDING_NAME, "summary": _doc(PendingRequests), "payload": _ref(PendingRequests)}
    active = {"type": "object", "properties": {"active": {"type": "boolean"}}, "required": ["active"]}
    yield ACTIVE_CLIENT, {"name": ACTIVE_CLIENT, "title": "Whether this client is the active one", "payload": active}


def _payload(command: Command[Any, Any]) -> Document:
    whole = _ref(command.payload)
    if command.bare is None:
        return whole
    return {"oneOf": [whole, {"type": "string", "description": f"The same as an object with only `{command.bare}`."}]}


def _in_channel(key: str) -> Document:
    return {"$ref": f"#/channels/default/messages/{key}"}


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": SCHEMAS + model.__name__}


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _link(paths: Document) -> None:
    """Say which answers hold the ids that other routes want."""
    created = paths["/api/sessions"]["post"]["responses"]["201"]
    created["links"] = _links("sessionId", "$response.body#/sessionId")
    listed = paths["/api/human-layer/requests"]["get"]["responses"]["200"]
    listed["links"] = _links("requestId", "$response.body#/requests/0/id")
    kept = paths["/api/files/{fileId}"]["put"]["responses"]["200"]
    parameters = {"fileId": "$response.body#/file/fileId"}
    kept["links"] = {
        name: {"operationId": name, "parameters": parameters} for name in ("getFile", "getFileText", "deleteFile")
    }


def _links(parameter: str, source: str) -> Document:
    return {
        command.name: {"operationId": command.name, "parameters": {parameter: source}}
        for command in commands()
        if f"{{{parameter}}}" in command.path
    }


def _complete(schemas: dict[str, Document], names: Iterable[str]) -> None:
    """Of what the server gives, every field is always there: say so, all the way down."""
    left, done = set(names), set[str]()
    while left:
        name = left.pop()
        done.add(name)
        schema = schemas[name]
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
        left |= _refs(schema) - done


def _refs(value: Json) -> set[str]:
    """The names of all schemas that a piece of a document refers to."""
    if isinstance(value, list):
        return {name for one in cast("list[Json]", value) for name in _refs(one)}
    if not isinstance(value, dict):
        return set()
    members = cast("Document", value)
    found = {name for one in members.values() for name in _refs(one)}
    target = members.get("$ref")
    if isinstance(target, str) and target.startswith(SCHEMAS):
        found.add(target.removeprefix(SCHEMAS))
    return found


def _untitled(value: Any) -> Any:
    """The same without the titles that pydantic makes of field names: they say nothing that the names do not."""
    if isinstance(value, list):
        return [_untitled(one) for one in cast("list[Json]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("Document", value)
    made = isinstance(members.get("title"), str) and "version" not in members
    return {key: _untitled(one) for key, one in members.items() if not (made and key == "title")}
