"""Data held against a JSON schema that somebody else wrote, for no longer than a deadline.

Where a schema refers to its own parts, a few thousand characters of it can take for ever, and nothing else would run
meanwhile. So that is done in a process that dies with its deadline.
"""

import asyncio
import math

import orjson

from zenobia.protocol.wire import Json
from zenobia.sessions.apart import begin, end

MULTIPLIES = (b'"$ref"', b'"$dynamicRef"', b'"$recursiveRef"', b'"unevaluated')
"""What a schema that takes more time than its size and the data's tells must have somewhere."""

WITHIN = 5.0
"""Seconds for such a schema, the start of the process among them."""

TOO_LONG = "it takes too long to hold it against the schema"
TOO_MUCH = "it takes too much to hold it against the schema"


async def misfit_within(data: Json, schema: dict[str, Json], *, within: float = WITHIN) -> str | None:
    """What is wrong with `data`, or with the schema; None if nothing is."""
    from zenobia.protocol.schemas import misfit  # it takes a moment to load, and few sessions need it

    try:
        given = orjson.dumps([data, schema])
    except TypeError as error:
        return f"it cannot be kept: {error}"
    if not any(word in orjson.dumps(schema) for word in MULTIPLIES):
        return misfit(data, schema)
    try:
        async with asyncio.timeout(within):
            process = await begin("zenobia.sessions.fitting_child", math.ceil(within) + 1)
            try:
                output, _ = await process.communicate(given)
            finally:
                await end(process)
    except TimeoutError:
        return TOO_LONG
    return orjson.loads(output) if process.returncode == 0 else TOO_MUCH
