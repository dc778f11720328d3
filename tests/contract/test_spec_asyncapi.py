"""What programs are told of Socket.IO is valid, whole and true."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest

from zenobia.protocol.commands import COMMANDS, Command
from zenobia.protocol.events import EVENT_OF
from zenobia.server.spec import asyncapi

Document = dict[str, Any]
SPEC = asyncapi()


def closed(required: str, optional: str = "", **known: Document) -> Document:
    """The schema of an object with these members and no other."""
    names = [*required.split(), *optional.split()]
    properties = {name: known.get(name, {"type": "string"}) for name in names}
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


def mapped(value: Document) -> Document:
    """The schema of an object whose names are ids, as AsyncAPI allows them."""
    return {"type": "object", "patternProperties": {r"^[\w.-]+$": value}, "additionalProperties": False}


REF = closed("$ref")
REFS = {"type": "array", "minItems": 1, "items": REF, "uniqueItems": True}
SCHEMA: Document = {"type": "object"}
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
MESSAGE = closed("payload", "name title summary", payload=SCHEMA)
REPLY = closed("channel messages", channel=REF, messages=REFS)
ACTION = {"enum": ["send", "receive"]}
OPERATION = closed(
    "action channel messages", "summary description reply", action=ACTION, channel=REF, messages=REFS, reply=REPLY
)
ASYNCAPI = closed(
    "asyncapi info servers channels operations components defaultContentType",
    asyncapi={"const": "3.0.0"},
    info=closed("title version description license", license=closed("name")),
    servers=mapped(closed("host protocol", "pathname description")),
    channels=mapped(closed("address messages", "description", messages=mapped(REF))),
    operations=mapped(OPERATION),
    components=closed("messages schemas", messages=mapped(MESSAGE), schemas=mapped(SCHEMA)),
)
"""The part of AsyncAPI 3.0 that is used here, closed: what is not in it is a slip."""


def refs(value: Any) -> Iterator[str]:
    """Every reference in a document."""
    yield from re.findall(r'"\$ref": "([^"]*)"', json.dumps(value))


def resolved(ref: str) -> Any:
    """What a reference points at."""
    found: Any = SPEC
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    return found


def validator(schema: Document) -> jsonschema_rs.Validator:
    """A validator in which the document's own schemas can be referred to."""
    return jsonschema_rs.validator_for({**schema, "components": SPEC["components"]})


def test_it_has_the_form_of_asyncapi_3() -> None:
    jsonschema_rs.validator_for(ASYNCAPI).validate(SPEC)


@pytest.mark.parametrize("name", SPEC["components"]["schemas"])
def test_every_schema_is_one(name: str) -> None:
    jsonschema_rs.meta.validate({"$schema": DRAFT_7, **SPEC["components"]["schemas"][name]})


def test_every_reference_leads_somewhere() -> None:
    for ref in refs(SPEC):
        assert resolved(ref), ref


def test_an_operation_speaks_only_messages_of_its_channel() -> None:
    for operation in SPEC["operations"].values():
        channel = operation["channel"]["$ref"]
        spoken = [*operation["messages"], *operation.get("reply", {}).get("messages", [])]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in spoken)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_is_received_and_answered_with_its_ack_or_an_error(command: Command[Any, Any]) -> None:
    operation = SPEC["operations"][command.name]
    replies = [resolved(resolved(one["$ref"])["$ref"])["payload"] for one in operation["reply"]["messages"]]

    assert operation["action"] == "receive"
    assert replies == [{"$ref": f"#/components/schemas/{name}"} for name in (command.ack.__name__, "ErrorAck")]


def test_everything_that_happens_is_sent_as_one_event() -> None:
    operation = SPEC["operations"]["sessionStatus"]
    messages = [resolved(resolved(one["$ref"])["$ref"]) for one in operation["messages"]]

    assert operation["action"] == "send"
    assert {message["name"] for message in messages} == {"sessionStatus"}
    assert [message["payload"]["$ref"] for message in messages] == [
        f"#/components/schemas/{event.__name__}" for event in EVENT_OF.values()
    ]


def test_it_is_served_and_names_the_host_that_was_asked(http: httpx.Client) -> None:
    served = http.get("/asyncapi.json").json()

    assert served == asyncapi(http.base_url.netloc.decode())


def test_real_answers_and_events_are_as_told(http: httpx.Client) -> None:
    created = http.post("/api/sessions", json={"sessionType": "manual", "prompt": "wait", "fileIds": ["f"]}).json()
    session = created["sessionId"]
    refused = http.post("/api/human-layer/requests/none/approve").json()
    http.post(f"/api/sessions/{session}/cancel")
    events = http.get(f"/api/sessions/{session}/events").json()["events"]

    validator({"$ref": "#/components/schemas/CreateSessionAck"}).validate(created)
    validator({"$ref": "#/components/schemas/ErrorAck"}).validate(refused)
    told = {"oneOf": [{"$ref": f"#/components/schemas/{event.__name__}"} for event in EVENT_OF.values()]}
    for event in events:
        validator(told).validate(event)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
