"""What programs are told of REST is valid, whole and true."""

from typing import Any

import httpx
import pytest
import schemathesis.openapi

from zenobia.protocol.commands import COMMANDS, Command
from zenobia.server.errors import refusals, status_of

Document = dict[str, Any]


@pytest.fixture
def spec(http: httpx.Client) -> Document:
    """The document as it is served."""
    return http.get("/openapi.json").json()


def operations(spec: Document) -> dict[str, Document]:
    """Every operation by its id."""
    return {one["operationId"]: one for path in spec["paths"].values() for one in path.values()}


def test_it_is_openapi_3_1(spec: Document) -> None:
    assert spec["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(spec).validate()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_has_its_route(spec: Document, command: Command[Any, Any]) -> None:
    operation = spec["paths"][command.path][command.method.lower()]

    assert operation["operationId"] == command.name
    assert operation["description"] == command.summary
    assert ("201" in operation["responses"]) is command.created


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_refusal_of_a_command_is_told(spec: Document, command: Command[Any, Any]) -> None:
    responses = operations(spec)[command.name]["responses"]

    for kind in refusals(command):
        if kind.code != "no_current_session":  # a route always names its session
            assert f"`{kind.code}`" in responses[str(status_of(kind))]["description"]


def test_every_refusal_has_the_body_of_an_ack(spec: Document) -> None:
    for name, operation in operations(spec).items():
        for status, response in operation["responses"].items():
            if int(status) >= 400 and name != "getHealth":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorAck"}, (name, status)


def test_the_frameworks_own_refusal_is_not_told_because_it_never_happens(spec: Document) -> None:
    assert all("422" not in operation["responses"] for operation in operations(spec).values())
    assert not {"HTTPValidationError", "ValidationError"} & set(spec["components"]["schemas"])


def test_every_field_of_an_answer_is_promised(spec: Document) -> None:
    for name in ("Session", "File", "HumanLayerRequest", "CreateSessionAck", "ErrorAck", "StatusEvent"):
        schema = spec["components"]["schemas"][name]
        assert schema["required"] == list(schema["properties"]), name


def test_what_is_no_json_is_told_as_what_it_is(spec: Document) -> None:
    known = operations(spec)

    assert "text/event-stream" in known["getEvents"]["responses"]["200"]["content"]
    assert {"image/png", "image/jpeg"} < set(known["takeScreenshot"]["responses"]["200"]["content"])
    assert "multipart/form-data" in known["uploadFiles"]["requestBody"]["content"]
    assert "application/octet-stream" in known["putFile"]["requestBody"]["content"]
    assert list(known["getMetrics"]["responses"]["200"]["content"]) == ["text/plain"]
    assert "503" in known["getHealth"]["responses"]
