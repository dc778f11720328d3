"""What a person is shown of an action before it is done, and what an approval of it is good for."""

from dataclasses import replace
from typing import Any

import pytest

from zenobia.operators.base import Sight
from zenobia.protocol.actions import Click, Target, Type
from zenobia.sessions.proposals import MASK, edited, hidden, masked, propose

SHOP = "https://shop.example"
SIGHT = Sight(
    url=f"{SHOP}/cart",
    origin=SHOP,
    target='"Note" textbox',
    state="as it is",
    facts={"filled": [["Name", "Ada"], ["Card", MASK]]},
)
NOTE = Type(target=Target(text="Note"), text="By Friday")
PASSWORD = Type(target=Target(text="Password"), text="hunter2-canary")


def digest(action: Any = NOTE, kind: str = "send", **seen: Any) -> str:
    return propose(action, replace(SIGHT, **seen), kind).digest


def test_the_same_is_the_same() -> None:
    assert digest() == digest()


@pytest.mark.parametrize(
    "other",
    [
        {"action": NOTE.model_copy(update={"text": "By Monday"})},
        {"action": NOTE.model_copy(update={"submit": True})},
        {"action": Click(target=NOTE.target)},
        {"kind": "pay"},
        {"url": f"{SHOP}/cart?more=1"},
        {"origin": "https://evil.example"},
        {"target": '"Note" button'},
        {"state": "another price"},
    ],
    ids=lambda other: " ".join(other),
)
def test_an_approval_fits_nothing_that_differs_in_anything(other: dict[str, Any]) -> None:
    assert digest(**other) != digest()


def test_an_approval_of_a_hidden_value_fits_no_other_value() -> None:
    first, second = (propose(PASSWORD.model_copy(update={"text": text}), SIGHT) for text in ("one", "two"))

    assert (first.description, first.values) == (second.description, second.values)
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("action", "secret"),
    [
        (PASSWORD, False),  # by the name of its field
        (PASSWORD.model_copy(update={"target": Target(text="Login")}), True),  # by what the page says of it
    ],
)
def test_what_is_typed_into_a_secret_field_is_shown_to_nobody_and_cannot_be_changed(
    action: Type, *, secret: bool
) -> None:
    shown = propose(action, replace(SIGHT, secret=secret), "credential")

    assert "hunter2-canary" not in str(shown)
    assert (shown.values["text"], shown.editable) == (MASK, ())
    assert hidden("Typed hunter2-canary.", action, masked(action, secret=secret).wire()) == f"Typed {MASK}."


def test_what_a_form_holds_is_shown_where_it_may_be_sent_and_only_there() -> None:
    assert propose(NOTE, SIGHT, "send").values["form"] == {"Name": "Ada", "Card": MASK}
    assert "form" not in propose(NOTE, SIGHT, "fill").values


def test_a_person_changes_a_value_and_nothing_else() -> None:
    assert edited(NOTE, {"text": "By Monday"}) == NOTE.model_copy(update={"text": "By Monday"})
    assert edited(NOTE, {}) is NOTE
    assert propose(NOTE, SIGHT).editable == ("text",)
