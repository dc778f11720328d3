"""The table of commands holds together, so that everything read off it does."""

from typing import Any

import pytest
from pydantic import ValidationError

from zenobia.protocol.commands import COMMANDS, FOLLOWING, Ack, Command, Payload, commands
from zenobia.protocol.errors import AtCapacity
from zenobia.protocol.relayed import Relayed
from zenobia.server.errors import error_ack, http_status, refusals, status_of
from zenobia.server.reference import tree

DOCUMENTED = {
    "createSession",
    "joinSession",
    "leaveSession",
    "cancelSession",
    "takeScreenshot",
    "sendFileAttachments",
    "approveHumanLayerRequest",
    "getHumanLayerRequests",
}


def in_path(command: Command[Any, Any]) -> set[str]:
    """What the route's path says of the payload."""
    return {part[1:-1] for part in command.path.split("/") if part.startswith("{")}


def wire_names(payload: type[Payload]) -> set[str]:
    """The fields of a payload as they are called outside."""
    return {field.alias or name for name, field in payload.model_fields.items()}


def test_what_clients_were_promised_is_there() -> None:
    assert set(COMMANDS) >= DOCUMENTED


def test_no_two_commands_share_a_name_or_a_route() -> None:
    assert len({command.name for command in commands()}) == len(list(commands()))
    assert len({(command.method, command.path) for command in commands()}) == len(list(commands()))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_says_what_it_does(command: Command[Any, Any]) -> None:
    assert command.summary.endswith(".")
    assert command.summary[0].isupper()


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_its_parts_fit_together(command: Command[Any, Any]) -> None:
    assert in_path(command) <= wire_names(command.payload)
    assert command.bare is None or command.bare in wire_names(command.payload)
    assert issubclass(command.payload, Payload)
    assert issubclass(command.ack, Ack)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_what_only_reads_is_a_get_and_may_be_done_by_an_observer(command: Command[Any, Any]) -> None:
    assert command.changes is (command.method != "GET" and command.name not in FOLLOWING)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_bare_string_stands_for_all_that_is_required(command: Command[Any, Any]) -> None:
    required = {field.alias for field in command.payload.model_fields.values() if field.is_required()}

    if command.bare is not None:
        assert required <= {command.bare}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_one_thing_can_be_named_by_a_bare_string_wherever_that_is_enough(command: Command[Any, Any]) -> None:
    fields = command.payload.model_fields.values()
    required = {field.alias for field in fields if field.is_required()}
    named = {"sessionId", "requestId"} & {field.alias for field in fields}

    if named and required <= named:
        assert command.bare in named


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_unknown_field_is_refused(command: Command[Any, Any]) -> None:
    assert command.payload.model_config.get("extra") == "forbid"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_its_refusals_are_each_told_once(command: Command[Any, Any]) -> None:
    codes = [kind.code for kind in refusals(command)]

    assert len(codes) == len(set(codes))
    assert "internal_error" in codes


def test_every_error_has_a_status_and_retryable_agrees_with_it() -> None:
    from zenobia.protocol.errors import ZenobiaError

    for kind in tree(ZenobiaError):
        assert 400 <= status_of(kind) < 600
        if kind.__module__.startswith("zenobia.protocol"):
            assert kind.retryable is (status_of(kind) in {429, 500, 503, 504}), kind.code


def test_a_refusal_that_is_told_again_says_the_same() -> None:
    first = AtCapacity(what="queued sessions", limit=3)
    told = error_ack(first)

    again = Relayed(error=told.error, code=told.code, retryable=told.retryable, details=told.details)

    assert error_ack(again) == told
    assert again.retryable
    assert http_status(again) == http_status(first) == 429


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("createSession", {"sessionType": "x" * 101}),
        ("createSession", {"files": [{"fileId": "f", "fileName": "x" * 1_001}]}),
        ("denyHumanLayerRequest", {"requestId": "r", "reason": "x" * 10_001}),
    ],
)
def test_a_text_that_is_too_long_is_told_in_characters(name: str, payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"String should have at most \d+ characters"):
        COMMANDS[name].payload.model_validate(payload)
