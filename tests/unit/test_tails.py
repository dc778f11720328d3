"""The end of a log, held for those who follow live, is a part of the log or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenobia.store.log import StoredEvent
from zenobia.store.tails import EVENTS, SESSIONS, Tails


def event(seq: int) -> StoredEvent:
    return StoredEvent(seq, f'{{"seq": {seq}}}')


def seqs(tails: Tails, cursor: int, session: str = "one") -> list[int]:
    return [one.seq for one in tails.after(session, cursor)]


@pytest.fixture
def tails() -> Tails:
    return Tails()


def test_who_is_near_the_end_gets_the_rest(tails: Tails) -> None:
    tails.add(("one", event(seq)) for seq in (5, 6, 7))

    assert seqs(tails, 4) == [5, 6, 7]
    assert seqs(tails, 6) == [7]


@pytest.mark.parametrize("cursor", [0, 3, 7, 9])
def test_who_is_further_behind_or_has_all_must_ask_the_store(tails: Tails, cursor: int) -> None:
    tails.add(("one", event(seq)) for seq in (5, 6, 7))

    assert seqs(tails, cursor) == []
    assert seqs(tails, 4, "another") == []


@given(st.lists(st.integers(1, 80)))
def test_there_is_never_a_gap_nor_one_twice(order: list[int]) -> None:
    tails = Tails()
    for seq in order:
        tails.add([("one", event(seq))])
        for cursor in range(81):
            found = seqs(tails, cursor)
            assert found in ([], list(range(cursor + 1, cursor + 1 + len(found))))


def test_it_holds_no_more_than_it_may(tails: Tails) -> None:
    tails.add(("long", event(seq)) for seq in range(1, 2 * EVENTS + 1))
    assert seqs(tails, EVENTS - 1, "long") == []
    assert len(seqs(tails, EVENTS, "long")) == EVENTS

    tails.add((f"session {number}", event(1)) for number in range(SESSIONS))
    assert seqs(tails, EVENTS, "long") == []


def test_what_is_deleted_is_not_held(tails: Tails) -> None:
    tails.add([("one", event(1))])
    tails.drop({"one", "nobody"})

    assert seqs(tails, 0) == []
