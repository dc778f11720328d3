"""What a model may call: every tool that is offered, each under a name of its own."""

from zenobia.agents.browser.foreign import MOST, NAME, CallElsewhere, Toolbox
from zenobia.agents.browser.tools import Wanted
from zenobia.operators.elsewhere import Offer

EMPTY = {"type": "object"}


def offer(server: str, tool: str) -> Offer:
    return Offer(server, tool, f"{tool} of {server}", EMPTY)


def called(toolbox: Toolbox) -> dict[str, tuple[str, str]]:
    """Which tool of which server each name calls."""
    reached: dict[str, tuple[str, str]] = {}
    for one in toolbox.definitions():
        read = toolbox.read(Wanted("id", one.name, "{}"))
        assert isinstance(read, CallElsewhere)
        reached[one.name] = (read.server, read.tool)
    return reached


def test_no_tool_hides_another_whose_name_comes_out_the_same() -> None:
    long = "x" * NAME
    alike = [("a", "b__c"), ("a__b", "c"), ("a", "d.e"), ("a", "d_e"), ("a", f"{long}1"), ("a", f"{long}2")]
    offers = [offer(*one) for one in [*alike, ("a", "plain")]]

    names = called(Toolbox(offers))

    assert sorted(names.values()) == sorted([*alike, ("a", "plain")])
    assert names["a__plain"] == ("a", "plain")
    assert all(len(name) <= NAME for name in names)
    assert names == called(Toolbox(reversed(offers))), "whichever is named first"


def test_no_server_can_give_a_tool_the_name_by_which_anothers_is_told_apart() -> None:
    alike = [offer("a", "b__c"), offer("a__b", "c")]
    (theirs,) = [name for name, (server, _) in called(Toolbox(alike)).items() if server == "a__b"]

    names = called(Toolbox([offer("a", theirs), offer("a", theirs.partition("__")[2]), *alike]))

    assert names[theirs] == ("a__b", "c")
    assert len(names) == 4


def test_what_is_offered_twice_is_offered_once_and_no_more_than_a_model_can_take() -> None:
    offers = [offer("a", "same"), offer("a", "same"), *(offer("a", f"t{number}") for number in range(2 * MOST))]

    assert len(called(Toolbox(offers))) == MOST
