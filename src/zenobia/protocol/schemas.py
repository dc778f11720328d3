"""Data held against a JSON schema that somebody else wrote: nothing is fetched for it, whatever it refers to."""

from typing import TYPE_CHECKING, NoReturn

import jsonschema_rs

if TYPE_CHECKING:
    from zenobia.protocol.wire import Json

SAID = 500
"""Characters of what is said about a misfit."""


def flaw(schema: "Json") -> str | None:
    """What is wrong with a schema itself; None if nothing is."""
    try:
        jsonschema_rs.validator_for(schema, retriever=_nothing)
    except ValueError as error:  # of which a ValidationError is one
        return str(getattr(error, "message", error))[:SAID]
    return None


def misfit(data: "Json", schema: "dict[str, Json]") -> str | None:
    """What is wrong with `data`, or with the schema; None if nothing is. Some schemas take for ever."""
    try:
        jsonschema_rs.validate(schema, data, retriever=_nothing)
    except jsonschema_rs.ValidationError as error:
        return error.message[:SAID]
    except ValueError as error:
        return f"the schema is no JSON schema: {error}"[:SAID]
    return None


def _nothing(address: str) -> NoReturn:
    """Refuse to fetch a part of a schema: it would be this server that reads the address, or the file."""
    raise ValueError(f"{address} is elsewhere, and is not fetched")
