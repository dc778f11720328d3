"""What a model may call: every tool that is offered, each under a name of its own."""

from typing import Any

import pytest

from zenobia.agents.browser.foreign import MOST, NAME, CallElsewhere, Toolbox
from zenobia.agents.browser.tools import Malformed, Wanted
from zenobia.operators.elsewhere import Offer
from zenobia.sessions.fitting import misfit_within

EMPTY: dict[str, Any] = {"type": "object"}


def offer(server: str, tool: str, schema: dict[str, Any] = EMPTY) -> Offer:
    return Offer(server, tool, f"{tool} of {server}", schema)


async def called(toolbox: Toolbox) -> dict[str, tuple[str, str]]:
    """Which tool of which server each name calls."""
    reached: dict[str, tuple[str, str]] = {}
    for one in toolbox.definitions():
        read = await toolbox.read(Wanted("id", one.name, "{}"), misfit_within)
        assert isinstance(read, CallElsewhere)
        reached[one.name] = (read.server, read.tool)
    return reached


async def test_no_tool_hides_another_whose_name_comes_out_the_same() -> None:
    long = "x" * NAME
    alike = [("a", "b__c"), ("a__b", "c"), ("a", "d.e"), ("a", "d_e"), ("a", f"{long}1"), ("a", f"{long}2")]
    offers = [offer(*one) for one in [*alike, ("a", "plain")]]

    names = await called(Toolbox(offers))

    assert sorted(names.values()) == sorted([*alike, ("a", "plain")])
    assert names["a__plain"] == ("a", "plain")
    assert all(len(name) <= NAME for name in names)
    assert names == await called(Toolbox(reversed(offers))), "whichever is named first"


async def test_no_server_can_give_a_tool_the_name_by_which_anothers_is_told_apart() -> None:
    alike = [offer("a", "b__c"), offer("a__b", "c")]
    (theirs,) = [name for name, (server, _) in (await called(Toolbox(alike))).items() if server == "a__b"]

    names = await called(Toolbox([offer("a", theirs), offer("a", theirs.partition("__")[2]), *alike]))

    assert names[theirs] == ("a__b", "c")
    assert len(names) == 4


async def test_what_is_offered_twice_is_offered_once_and_no_more_than_a_model_can_take() -> None:
    offers = [offer("a", "same"), offer("a", "same"), *(offer("a", f"t{number}") for number in range(2 * MOST))]

    assert len(await called(Toolbox(offers))) == MOST


async def test_a_call_fits_the_tools_own_schema_unless_that_is_none() -> None:
    text = {"type": "object", "properties": {"at": {"type": "string"}}}
    broken = {"type": "object", "properties": {"at": {"type": "string", "pattern": "("}}}
    toolbox = Toolbox([offer("a", "good", text), offer("a", "broken", broken)])
    nine = '{"at": 9}'

    with pytest.raises(Malformed, match="is not of type"):
        await toolbox.read(Wanted("id", "a__good", nine), misfit_within)
    passed_on = await toolbox.read(Wanted("id", "a__broken", nine), misfit_within)

    assert isinstance(passed_on, CallElsewhere)
    assert passed_on.arguments == {"at": 9}
