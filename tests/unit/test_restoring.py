"""Where a fresh browser goes on: at the checkpoint, or at the page that the session came to after it."""

import pytest

from zenobia.operators.restoring import brought_to
from zenobia.operators.window import MOST_TABS
from zenobia.sessions.discretion import MASK, whole

ONE, TWO, NEW = "https://one.example/", "https://two.example/", "https://new.example/"


@pytest.mark.parametrize(
    ("tabs", "current", "at", "expected"),
    [
        ([ONE, TWO], 1, None, ([ONE, TWO], 1)),
        ([ONE, TWO], 1, ONE, ([ONE, TWO], 1)),
        ([ONE, TWO], 2, NEW, ([ONE, TWO, NEW], 3)),
        ([ONE] * MOST_TABS, 1, NEW, ([ONE] * (MOST_TABS - 1) + [NEW], MOST_TABS)),
        ([ONE, TWO], 1, TWO, ([ONE, TWO], 2)),
        ([TWO, TWO], 2, TWO, ([TWO, TWO], 2)),
    ],
    ids=[
        "no further",
        "there already",
        "in one more",
        "as many as may be",
        "in another tab",
        "in the current of two alike",
    ],
)
def test_a_checkpoint_is_brought_to_where_the_session_was(
    tabs: list[str], current: int, at: str | None, expected: tuple[list[str], int]
) -> None:
    storage = {"cookies": [{"name": "a"}], "origins": []}

    found = brought_to({"tabs": tabs, "current": current, "storage": storage}, at)

    assert (found["tabs"], found["current"]) == expected
    assert found["storage"] == storage


def test_without_a_checkpoint_there_is_still_the_page() -> None:
    assert brought_to(None, NEW) == {"tabs": [NEW], "current": 1, "storage": {"cookies": [], "origins": []}}
    assert brought_to(None, None) is None


def test_an_address_in_which_a_secret_is_masked_is_nowhere_to_go() -> None:
    assert whole(f"{ONE}?code={MASK}") is None
    assert whole(ONE) == ONE
    assert whole(None) is None
