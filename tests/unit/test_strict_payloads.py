"""What a payload may hold is what its schema says: nothing that merely looks like it is taken for it.

The whole table is tried: every field of every command, inside lists and objects too, with each of some values that a
lax reader would turn into another type.
"""

from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs
import pytest

from zenobia.protocol.commands import COMMANDS, ListSessions
from zenobia.protocol.errors import InvalidPayload
from zenobia.protocol.limits import Limits
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Json
from zenobia.server.desk import Desk

LOOKALIKES: tuple[Json, ...] = ("12", "12.0", 12, 12.0, 12.5, 0, 1, 1.0, True, "true", "yes", "on", [], {}, ["x"])

Schema = dict[str, Any]


class NoSessions:
    """Nothing is carried out here: the desk only reads."""

    def __getattr__(self, verb: str) -> None:
        return None


@pytest.fixture
def desk() -> Desk:
    nobody = cast("Any", NoSessions())
    return Desk(nobody, nobody, nobody, nobody, Limits())


def holding(schema: Schema, whole: Schema, value: Json) -> Iterator[Json]:
    """Everything of the schema's shape that has `value` in one place, and no more than it must besides."""
    if "$ref" in schema:
        yield from holding(whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole, value)
        return
    yield value
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from holding(option, whole, value)
    if "items" in schema:
        yield from ([inner] for inner in holding(schema["items"], whole, value))
    for name, of in schema.get("properties", {}).items():
        yield from (least(schema, whole) | {name: inner} for inner in holding(of, whole, value))


def least(schema: Schema, whole: Schema) -> Any:
    """The least of the schema's shape."""
    if "$ref" in schema:
        return least(whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole)
    for options in ("anyOf", "oneOf"):
        if options in schema:
            return least(schema[options][0], whole)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    if schema.get("type") == "object":
        return {name: least(schema["properties"][name], whole) for name in schema.get("required", ())}
    number = schema.get("minimum", 1)
    of_type: dict[str, Json] = {"integer": number, "number": number, "boolean": True, "array": []}
    return of_type.get(schema.get("type", ""), "x")


def is_read(desk: Desk, name: str, given: Json) -> bool:
    """Whether the desk takes the payload."""
    try:
        desk.read(name, given)
    except InvalidPayload:
        return False
    return True


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_read_is_what_the_schema_says(desk: Desk, name: str) -> None:
    schema = COMMANDS[name].payload.model_json_schema(by_alias=True)
    valid = jsonschema_rs.validator_for(schema).is_valid
    shapes = [given for value in LOOKALIKES for given in holding(schema, schema, value)]
    tried = [cast("dict[str, Json]", given) for given in shapes if isinstance(given, dict)]

    assert len(tried) > len(LOOKALIKES) / 2
    assert [given for given in tried if is_read(desk, name, given) is not valid(given)] == []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("createSession", {"files": [{"fileId": "f", "size": "12"}]}),
        ("createSession", {"files": [{"fileId": "f", "size": True}]}),
        ("joinSession", {"sessionId": "s", "afterSeq": "1"}),
        ("takeScreenshot", {"fullPage": "yes"}),
        ("takeScreenshot", {"fullPage": 1}),
        ("approveHumanLayerRequest", {"requestId": "r", "forSession": "true"}),
        ("listSessions", {"status": "Running"}),
    ],
)
def test_what_only_looks_right_is_refused(desk: Desk, name: str, given: Json) -> None:
    with pytest.raises(InvalidPayload):
        desk.read(name, given)


def test_a_whole_number_may_be_written_as_a_float_and_a_word_of_a_list_as_text(desk: Desk) -> None:
    assert desk.read("listSessions", {"limit": 12.0, "status": "running"}) == ListSessions(
        limit=12, status=Status.RUNNING
    )
