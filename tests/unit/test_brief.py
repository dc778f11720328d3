"""What a model is given of a page: cheap to read, and nothing that can be used left out."""

import json

from hypothesis import given
from hypothesis import strategies as st

from zenobia.agents.browser.brief import LINE, SHORT, brief, spelled_out
from zenobia.agents.browser.sight import Eyes
from zenobia.operators.base import Observation, Tab

URL = "https://a.example/"
REFERENCES = st.from_regex(r"\A(f[1-9])?e[1-9][0-9]{0,3}\Z")
KINDS = st.sampled_from(["link", "button", "file field", "textbox", "checkbox", "clickable", "summary"])
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=30).map(str.strip)
STATES = st.sampled_from(["", " checked", " disabled", ' = "Ada"', " (date) required"])


def lines(*shown: str, away: float = 0.0, new: bool = False) -> list[str]:
    return [text for _, text in brief(shown, [away] * len(shown), [new] * len(shown))]


@given(REFERENCES, KINDS, NAMES.filter(bool), STATES, st.integers(0, 5), st.booleans())
def test_what_can_be_used_is_said_shorter_and_means_the_same(
    reference: str, kind: str, name: str, states: str, depth: int, new: bool
) -> None:
    whole = f"[{reference}] {kind} {json.dumps(name, ensure_ascii=False)}{states}"

    (text,) = lines(" " * depth + whole, away=9.0)

    assert len(text) < depth + len(whole)
    assert spelled_out(("*" if new else "") + text) == whole
    assert LINE.match(whole)


def test_no_kind_means_a_link_and_states_have_quotes_before_them() -> None:
    assert lines('[e1] link "News"', '[e2] link "button"', ' [e3] button "Save"', '[e4] checkbox "Gift" checked') == [
        "e1 News",
        'e2 "button"',
        " e3 button Save",
        'e4 checkbox "Gift" checked',
    ]
    assert lines("[e5] link to /here", "[e6] button", "[e7] checkbox checked") == [
        "e5 link to /here",
        "e6 button",
        'e7 checkbox "" checked',
    ]


def test_outside_the_window_long_texts_are_left_out_unless_they_are_new() -> None:
    long = "x" * (SHORT + 1)

    assert lines("# Prices", 'group "Size":', "4.20", long, away=1.0) == ["# Prices", 'group "Size":', "4.20"]
    assert lines("4.20", away=3.0) == []
    assert lines(long, away=3.0, new=True) == [long]
    assert lines(long) == [long]


def test_a_look_keeps_what_the_page_shows_and_gives_the_model_what_it_needs() -> None:
    told = "The archive opens at ten, as it always has."
    page = f'[e1] link "Home"\n{told}'
    seen = Observation(URL, "News", (Tab(1, "News", URL, current=True),), page, away=(0.0, 1.5))
    eyes = Eyes()

    look = eyes.look(seen, [])

    assert "\ne1 Home\n" in look.text
    assert told not in look.text
    assert look.page == page


def test_what_came_to_be_far_below_is_shown_once_and_marked() -> None:
    told = "Thank you. Your order is on its way to the harbour."
    tabs = (Tab(1, "News", URL, current=True),)
    eyes = Eyes()
    eyes.look(Observation(URL, "News", tabs, "# A\n# B\n# C", away=(0, 0, 0)), [])

    look = eyes.look(Observation(URL, "News", tabs, f"# A\n# B\n# C\n{told}", away=(0, 0, 0, 3.0)), [])

    assert f"\n*{told}\n" in look.text
