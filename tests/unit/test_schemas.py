"""Data is held against a schema that a stranger may have written."""

import asyncio
import socket
from typing import Any

import pytest

from zenobia.protocol.schemas import flaw, misfit
from zenobia.sessions.fitting import TOO_LONG, misfit_within


def doubling(levels: int) -> dict[str, Any]:
    """A schema of which every level is held against the data twice: 2 to the power of `levels`."""
    parts: dict[str, Any] = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": parts | {f"a{levels}": {"type": "object"}}, "$ref": "#/$defs/a0"}


def branching(levels: int) -> dict[str, Any]:
    """The same without references."""
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(levels):
        schema = {"if": schema, "then": True, "else": True, "unevaluatedProperties": False}
    return schema


@pytest.mark.parametrize("schema", [doubling(60), branching(60)], ids=["references", "branches"])
async def test_a_schema_that_takes_for_ever_holds_nobody_up(schema: dict[str, Any]) -> None:
    assert flaw(schema) is None  # there is nothing wrong with it as such

    held_up = asyncio.create_task(misfit_within({"a": 1}, schema, within=2), name="checking")
    turns = 0
    while not held_up.done():
        await asyncio.sleep(0.01)
        turns += 1

    assert await held_up == TOO_LONG
    assert turns > 20


async def test_a_number_that_cannot_be_kept_does_not_fit() -> None:
    assert "64-bit" in str(await misfit_within({"a": 1 << 70}, {"type": "object"}))


@pytest.mark.parametrize(("data", "fits"), [({}, True), ([], False)])
async def test_a_schema_with_references_says_what_does_not_fit(data: Any, fits: bool) -> None:
    said = await misfit_within(data, doubling(3))

    assert (said is None) == fits
    assert fits or "is not of type" in str(said)


@pytest.mark.parametrize(
    ("schema", "data", "said"),
    [
        ({"type": "string"}, "nine", None),
        ({"type": "string"}, 9, "is not of type"),
        ({"type": 5}, 9, "not valid"),
        ({"$defs": {"at": {"type": "string"}}, "$ref": "#/$defs/at"}, "nine", None),
    ],
)
def test_data_fits_a_schema_or_it_is_said_why_not(schema: dict[str, Any], data: Any, said: str | None) -> None:
    problem = misfit(data, schema)

    assert problem is None if said is None else said in str(problem)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/schema.json", "file:///etc/hostname"])
def test_a_schema_makes_the_server_fetch_nothing(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = address.format(port=listener.getsockname()[1])

        problem = misfit(9, {"$ref": address})

        assert "is elsewhere, and is not fetched" in str(problem)
        with pytest.raises(BlockingIOError):
            listener.accept()
