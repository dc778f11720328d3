"""What crosses the wire can be kept by every store, and is called by one name."""

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from zenobia.protocol.wire import Json, storable

ANY_TEXT = st.text(st.characters(categories=("L", "N", "P", "Cs", "Cc")))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
)


@given(ANYTHING)
@example("\ud83d\ude00 \0 \ud800")
def test_whatever_a_page_says_can_be_stored_afterwards(said: Json) -> None:
    packed = orjson.dumps(storable(said))

    assert b"\\u0000" not in packed
    assert storable(storable(said)) == storable(said)


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_text_that_can_be_stored_stays_as_it_is(text: str) -> None:
    assert storable(text) == text
