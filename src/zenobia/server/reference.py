"""What the reference says, read off the specs: every page that documents the wire is rendered from these facts."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic.alias_generators import to_camel

from zenobia.protocol.commands import Command, commands
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.events import EVENT_OF
from zenobia.protocol.live import LiveFrame
from zenobia.protocol.session import MOVES, Status
from zenobia.protocol.wire import Json
from zenobia.server.errors import ErrorKind, refusals, sentence, status_of
from zenobia.server.spec import SCHEMAS, Document, wire_schemas

Link = Callable[[str], str]
"""How a page refers to an object by its name."""

_SESSION, _REQUEST = "ses_01k2j5n8q4v7x0y3b6d9f2h5k8", "req_01k2j5p3m6r9t2w5z8c1e4g7j0"
_CONTROL = "ctl_01k2j5r7d0g3j6m9p2s5v8y1b4"
_URL = "http://127.0.0.1:8484"

EXAMPLES: dict[str, dict[str, Json]] = {
    "createSession": {"prompt": "Perform a search for recent news", "fileIds": ["file-123"]},
    "joinSession": {"sessionId": _SESSION},
    "leaveSession": {},
    "cancelSession": {},
    "pauseSession": {},
    "resumeSession": {},
    "sendMessage": {"message": "Take the second result", "fileIds": ["file-123"]},
    "sendFileAttachments": {"fileIds": ["file-123", "file-456"]},
    "takeScreenshot": {"format": "jpeg", "quality": 80},
    "getSession": {},
    "exportPlaybook": {},
    "listPictures": {},
    "listSessions": {"status": "running", "limit": 10},
    "deleteSession": {"sessionId": _SESSION},
    "getHumanLayerRequests": {},
    "getHumanLayerRequest": {"requestId": _REQUEST},
    "approveHumanLayerRequest": {"requestId": _REQUEST},
    "denyHumanLayerRequest": {"requestId": _REQUEST, "reason": "Not this shop"},
    "respondHumanLayerRequest": {"requestId": _REQUEST, "response": "The code is 4711"},
    "watchHumanLayerRequests": {"inSight": True},
    "getPushKey": {},
    "subscribePush": {
        "endpoint": "https://push.example/of-this-browser",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
    "unsubscribePush": {"endpoint": "https://push.example/of-this-browser"},
    "startLiveView": {"quality": 60, "maxWidth": 1280},
    "stopLiveView": {},
    "takeControl": {"private": False},
    "sendInput": {
        "controlId": _CONTROL,
        "inputs": [
            {"type": "mouse", "action": "down", "x": 200, "y": 120},
            {"type": "mouse", "action": "up", "x": 200, "y": 120},
            {"type": "text", "text": "Ada"},
        ],
    },
    "releaseControl": {"controlId": _CONTROL, "note": "You are signed in now"},
}
"""One payload for every command."""

BOUNDS = (
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
    ("minProperties", "maxProperties", " members"),
    ("minimum", "maximum", ""),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of an object."""

    name: str
    schema: Document
    required: bool
    default: str
    bounds: str


@dataclass(frozen=True, slots=True)
class Shape:
    """An object or a list of words, under its name."""

    name: str
    summary: str
    members: tuple[Member, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """One way to be refused."""

    code: str
    sentence: str
    status: int
    retryable: bool


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """One command, as a page tells it."""

    name: str
    summary: str
    bare: str | None
    route: str
    payload: Shape
    ack: Shape
    errors: tuple[ErrorFacts, ...]
    javascript: str
    curl: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All facts, each list in the order in which pages tell it."""

    commands: tuple[CommandFacts, ...]
    envelope: Shape
    events: tuple[tuple[str, str, Shape], ...]
    frame: Shape
    objects: tuple[Shape, ...]


def reference() -> Reference:
    """Everything about the wire."""
    schemas = wire_schemas()
    told = [command.payload.__name__ for command in commands()] + [command.ack.__name__ for command in commands()]
    data = [kind.__name__ for kind in EVENT_OF]
    events = [kind.__name__ for kind in EVENT_OF.values()]
    first = _shape(events[0], schemas)
    outside = set(told) | set(data) | set(events) | {LiveFrame.__name__}
    return Reference(
        commands=tuple(_command(command, schemas) for command in commands()),
        envelope=Shape("Event", "", tuple(one for one in first.members if one.name not in {"data"})),
        events=tuple(
            (event.model_fields["event_type"].default, _summary(schemas[event.__name__]), _shape(kind, schemas))
            for kind, event in ((data.__name__, event) for data, event in EVENT_OF.items())
        ),
        frame=_shape(LiveFrame.__name__, schemas),
        objects=tuple(_shape(name, schemas) for name in sorted(schemas) if name not in outside),
    )


def error_facts(kind: ErrorKind) -> ErrorFacts:
    """A kind of error, as a page tells it."""
    return ErrorFacts(kind.code, sentence(kind), status_of(kind), kind.retryable)


def wire_errors() -> tuple[ErrorFacts, ...]:
    """Every error that can reach a client or end a session, in the order of the tree."""
    rooms = ("zenobia.protocol.", "zenobia.sessions.", "zenobia.server.errors")
    found = [kind for kind in tree(ZenobiaError) if kind.__module__.startswith(rooms) and "code" in vars(kind)]
    return tuple(error_facts(kind) for kind in found)


def tree(kind: ErrorKind) -> Iterable[ErrorKind]:
    """The kind and everything below it that has been defined so far."""
    yield kind
    for below in sorted(kind.__subclasses__(), key=lambda one: (one.__module__ != kind.__module__, one.__module__)):
        yield from tree(below)


def moves() -> list[tuple[Status, list[Status]]]:
    """From each status, where a session can go."""
    return [(old, [new for new in Status if new in MOVES[old]]) for old in Status]


def diagram() -> str:
    """The status machine as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.QUEUED}"]
    lines += [f"    {old} --> {new}" for old, possible in moves() for new in possible]
    lines += [f"    {status} --> [*]" for status in Status if status.ended]
    return "\n".join(lines)


def words(schema: Document, link: Link) -> str:
    """A schema's type in words."""
    if "$ref" in schema:
        return link(str(schema["$ref"]).removeprefix(SCHEMAS))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(one) for one in schema["enum"])
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        return " or ".join(dict.fromkeys(words(one, link) for one in either))
    kind = str(schema.get("type", "any JSON"))
    if kind == "array":
        return f"list of {words(schema.get('items', {}), link)}"
    return "bytes" if schema.get("format") == "binary" else kind


def _command(command: Command[Any, Any], schemas: Mapping[str, Document]) -> CommandFacts:
    return CommandFacts(
        name=command.name,
        summary=command.summary,
        bare=command.bare,
        route=f"{command.method} {command.path}",
        payload=_own_first(_shape(command.payload.__name__, schemas)),
        ack=_shape(command.ack.__name__, schemas),
        errors=tuple(error_facts(kind) for kind in refusals(command)),
        javascript=_javascript(command),
        curl=_curl(command),
    )


def _shape(name: str, schemas: Mapping[str, Document]) -> Shape:
    schema = schemas[name]
    required = schema.get("required", [])
    members = [_member(key, one, required=key in required) for key, one in schema.get("properties", {}).items()]
    return Shape(name, _summary(schema), tuple(members), tuple(schema.get("enum", ())))


def _own_first(payload: Shape) -> Shape:
    """The payload with what every payload may hold told last."""
    common = {"sessionId", "commandId"}
    members = sorted(payload.members, key=lambda one: one.name in common and not one.required)
    return Shape(payload.name, payload.summary, tuple(members))


def _member(name: str, schema: Document, *, required: bool) -> Member:
    has_default = not required and schema.get("default") is not None
    if not required and "anyOf" in schema:  # leaving it out says the same as null
        schema = schema | {"anyOf": [one for one in schema["anyOf"] if one.get("type") != "null"]}
    return Member(name, schema, required, json.dumps(schema["default"]) if has_default else "", _bounds(schema))


def _summary(schema: Document) -> str:
    return " ".join(str(schema.get("description", "")).split())


def _bounds(schema: Document) -> str:
    """How long, how great, how many."""
    parts = [schema, *cast("list[Document]", schema.get("anyOf", []))]
    found = (_between(part.get(least), part.get(most)) + unit for part in parts for least, most, unit in BOUNDS)
    return ", ".join(one for one in found if one[0] != " ")


def _between(least: int | None, most: int | None) -> str:
    if most is None:
        return f"at least {least:,}" if least is not None else " "
    return f"at most {most:,}" if least is None else f"{least:,} to {most:,}"


def _javascript(command: Command[Any, Any]) -> str:
    given = EXAMPLES[command.name]
    answer = ", ".join(f"response.{one}" for one in _answered(command)) or "'done'"
    short = command.bare is not None and set(given) == {command.bare}
    payload = f"{_literal(given[command.bare] if short and command.bare else given)}, " if given else ""
    return (
        f"socket.emit('{command.name}', {payload}(response) => {{\n  if (response.success) {{\n"
        f"    console.log({answer});\n  }} else {{\n    console.error(response.code, response.error);\n  }}\n}});"
    )


def _answered(command: Command[Any, Any]) -> list[str]:
    """The first things of an answer that it does not share with others."""
    own = [name for name in command.ack.__annotations__ if name != "success"] or list(command.ack.model_fields)
    return [to_camel(name) for name in own if name != "success"][:2]


def _literal(value: Json) -> str:
    """A value as people write it in JavaScript."""
    text = re.sub(r'"(\w+)":', r"\1:", json.dumps(value, indent=2))
    return re.sub(r'"([^"\']*)"', r"'\1'", text)


def _curl(command: Command[Any, Any]) -> str:
    given = {key: value for key, value in EXAMPLES[command.name].items() if f"{{{key}}}" not in command.path}
    url = _URL + command.path.format(sessionId=_SESSION, requestId=_REQUEST)
    if command.method == "GET":
        query = "&".join(f"{key}={value}" for key, value in given.items())
        return f"curl '{url}?{query}'" if query else f"curl '{url}'"
    body = f" \\\n  --json '{json.dumps(given)}'" if given else ""
    return f"curl -X {command.method} '{url}'{body}"
