"""One range of a file, as RFC 9110 says it: what is no range is ignored, and what is not there is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenobia.protocol.errors import RangeNotSatisfiable
from zenobia.server.ranges import part

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("wanted", "given_back"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=9-999999999", (9, 10)),
        ("BYTES=1-1", (1, 2)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-" + "9" * 5_000, None),
        ("bytes=٣-٤", None),
    ],
)
def test_one_plain_range_is_given_and_all_else_is_the_whole(
    wanted: str | None, given_back: tuple[int, int] | None
) -> None:
    assert part(wanted, None, etag=ETAG, size=10) == given_back


@pytest.mark.parametrize(
    ("wanted", "size"), [("bytes=10-", 10), ("bytes=10-11", 10), ("bytes=-0", 10), ("bytes=-1", 0)]
)
def test_what_lies_beyond_the_end_is_refused(wanted: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        part(wanted, None, etag=ETAG, size=size)


@pytest.mark.parametrize(("tag", "given_back"), [(ETAG, (0, 1)), ('"other"', None), (f"W/{ETAG}", None)])
def test_a_range_of_a_file_that_has_changed_is_all_of_it(tag: str, given_back: tuple[int, int] | None) -> None:
    assert part("bytes=0-0", tag, etag=ETAG, size=10) == given_back


@given(first=st.integers(0, 50), length=st.integers(1, 50), size=st.integers(1, 40))
def test_a_range_is_the_slice_it_names(first: int, length: int, size: int) -> None:
    whole = bytes(range(size))
    wanted = whole[first : first + length]
    if not wanted:
        with pytest.raises(RangeNotSatisfiable):
            part(f"bytes={first}-{first + length - 1}", None, etag=ETAG, size=size)
        return

    found = part(f"bytes={first}-{first + length - 1}", None, etag=ETAG, size=size)

    assert found is not None
    assert whole[slice(*found)] == wanted
