"""The TypeScript of everything that crosses the wire, from the server's own specs; `tools/reference.py` writes it."""

import json
from collections.abc import Iterator
from inspect import signature
from typing import Any, cast

from zenobia.protocol.wire import Json
from zenobia.server.http import http_app
from zenobia.server.spec import SCHEMAS, Document, asyncapi

NOTE = "// Written by `python tools/reference.py` from the server's own schemas: change it there."
BODY = "Body"
"""How the REST spec's payloads end: they are those of Socket.IO less what the path says, and left out here."""


def wire_types() -> str:
    """Every object as an interface, every event as one union, and the table of commands."""
    sockets = asyncapi()
    nobody = cast("list[Any]", [None] * len(signature(http_app).parameters))  # routes are made, not asked
    rest = http_app(*nobody).openapi()
    schemas: dict[str, Document] = {**rest["components"]["schemas"], **sockets["components"]["schemas"]}
    lines = [NOTE, ""]
    for name in sorted(schemas):
        if not name.endswith(BODY):
            lines += _declared(name, schemas[name])
    lines += _union(sockets)
    lines += _commands(sockets)
    return "\n".join(lines)


def _declared(name: str, schema: Document) -> Iterator[str]:
    yield from _remark(schema.get("description"), "")
    if "properties" not in schema:
        yield f"export type {name} = {_type(schema)};\n"
        return
    yield f"export interface {name} {{"
    required = schema.get("required", [])
    for member, one in cast("dict[str, Document]", schema["properties"]).items():
        mark = "" if member in required else "?"
        undefined = "" if member in required else " | undefined"
        yield f"  {member}{mark}: {_type(one)}{undefined};"
    if schema.get("additionalProperties") is True:
        yield "  [other: string]: unknown;"
    yield "}\n"


def _remark(text: Json, indent: str) -> Iterator[str]:
    if text:
        words = " ".join(str(text).split()).replace("*/", "* /")
        yield f"{indent}/** {words} */"


def _type(schema: Document) -> str:
    """A schema as a type."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(SCHEMAS)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[several]))
    return _plain(schema)


def _plain(schema: Document) -> str:
    match schema.get("type"):
        case "string":
            return "Uint8Array" if schema.get("format") == "binary" else "string"
        case "integer" | "number":
            return "number"
        case "boolean" | "null" as same:
            return same
        case "array":
            return f"Array<{_type(schema.get('items', {}))}>"
        case "object":
            inside = schema.get("additionalProperties")
            return f"Record<string, {_type(cast('Document', inside)) if inside not in (None, True, {}) else 'unknown'}>"
        case _:
            return "unknown"


def _union(sockets: Document) -> Iterator[str]:
    told = [_payload(sockets, key) for key in sockets["components"]["messages"] if key.startswith("sessionStatus.")]
    yield f"/** Anything that happens in a session. */\nexport type SessionEvent = {' | '.join(told)};\n"


def _commands(sockets: Document) -> Iterator[str]:
    yield "/** Every command: what it takes and what it answers. */\nexport interface Commands {"
    for name, operation in sockets["operations"].items():
        if "reply" in operation:
            ack = str(operation["reply"]["messages"][0]["$ref"]).rpartition("/")[2]
            yield from _remark(operation["summary"], "  ")
            yield f"  {name}: {{ payload: {_payload(sockets, name)}; ack: {ack} }};"
    yield "}\n"


def _payload(sockets: Document, key: str) -> str:
    payload: Document = sockets["components"]["messages"][key]["payload"]
    return _type(payload["oneOf"][0] if "oneOf" in payload else payload)
