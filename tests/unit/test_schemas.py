"""Data is held against a schema that a stranger may have written."""

import socket
from typing import Any

import pytest

from zenobia.protocol.schemas import misfit


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
