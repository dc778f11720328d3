"""Tools from elsewhere as a model is offered them, and what they answer as a model is told it.

Their names, descriptions and answers are other people's words. A call is held against the tool's own schema before it
goes anywhere; an answer stands between two marks that its writer cannot know.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from pydantic_ai.tools import ToolDefinition

from zenobia.agents.browser.tools import Acting, Malformed, Names, Tool, Wanted, read
from zenobia.operators.elsewhere import Offer
from zenobia.protocol import actions
from zenobia.protocol.actions import Action
from zenobia.protocol.schemas import flaw
from zenobia.protocol.wire import Json, storable

MOST = 100
"""Tools that a model is offered beside those of the browser."""

NAME = 64
"""Characters of a tool's name that every provider takes."""

Misfit = Callable[[Json, dict[str, Json]], Awaitable[str | None]]
"""What says what is wrong with data by a schema, in a time that is bounded."""

OWN = 8
"""Characters before a tool's name that tell it from others that would be the same."""


class CallElsewhere(Acting):
    """A call of a tool from elsewhere."""

    server: str
    tool: str
    arguments: dict[str, Any]

    def action(self, names: Names) -> Action:
        return actions.CallTool(server=self.server, tool=self.tool, arguments=self.arguments)


class Toolbox:
    """All that one session's model may call."""

    def __init__(self, offers: Iterable[Offer] = ()) -> None:
        offered: dict[tuple[str, str], Offer] = {}
        for offer in offers:
            if len(offered) < MOST:
                offered.setdefault((offer.server, offer.tool), offer)
        alike = Counter(_name(offer) for offer in offered.values())
        self._offers = {_name(one) if alike[_name(one)] == 1 else _name_apart(one): one for one in offered.values()}

    def definitions(self) -> list[ToolDefinition]:
        """The tools from elsewhere, as a model is offered them."""
        return [
            ToolDefinition(
                name=name,
                description=f"From {offer.server}: {offer.description}",
                parameters_json_schema=offer.schema,
                strict=False,
            )
            for name, offer in self._offers.items()
        ]

    async def read(self, call: Wanted, misfit: Misfit) -> Tool:
        """A call, checked; a tool whose schema is none of JSON is its server's to check.

        Raises:
            Malformed: there is no such tool, or its arguments are not as they should be.
        """
        offer = self._offers.get(call.tool)
        if offer is None:
            return read(call, more=self._offers)
        try:
            arguments: Json = (
                orjson.loads(call.arguments or "{}") if isinstance(call.arguments, str) else call.arguments
            )
        except orjson.JSONDecodeError as error:
            raise Malformed(f"{call.tool}: its arguments are no JSON.") from error
        if flaw(offer.schema) is None and (problem := await misfit(arguments, offer.schema)) is not None:
            raise Malformed(f"{call.tool}: {problem}.")
        return CallElsewhere(server=offer.server, tool=offer.tool, arguments=storable(arguments))


def _name(offer: Offer) -> str:
    return f"{offer.server}__{offer.tool.replace('.', '_')}"[:NAME]


def _name_apart(offer: Offer) -> str:
    """A name for one of several tools that would have the same; neither their order nor another's name decides it."""
    own = hashlib.sha256(f"{offer.server}\n{offer.tool}".encode()).hexdigest()[:OWN]
    return f"{own}__{_name(offer)}"[:NAME]


def framed(server: str, answer: Json) -> str:
    """What a tool from elsewhere answered, between marks."""
    mark = secrets.token_hex(4)
    return f"<answer of {server} {mark}>\n{answer}\n</answer of {server} {mark}>"
