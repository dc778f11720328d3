"""The chain itself: whatever is changed in it is found, and named."""

from dataclasses import replace

import pytest

from zenobia.protocol.audit import START, Deed, Entry, entry, first_broken, hash_of, line, read_line


def chain(workspace: str = "default", length: int = 4) -> list[Entry]:
    made: list[Entry] = []
    for number in range(1, length + 1):
        previous = made[-1].hash if made else START
        deed = Deed(workspace, "pauseSession", "anna", "key_1", "127.0.0.1", {"session": f"ses_{number}"})
        made.append(entry(deed, number=number, at=number, previous=previous))
    return made


def changed(one: Entry, *, rehash: bool) -> Entry:
    text = one.text.replace("anna", "eve")
    return replace(one, text=text, hash=hash_of(text) if rehash else one.hash)


def test_chains_as_they_were_written_are_whole_also_as_lines() -> None:
    both = [*chain("a"), *chain("b")]

    assert first_broken(both) is None
    assert first_broken([read_line(line(one)) for one in both]) is None
    assert first_broken([]) is None


ONE, TWO, THREE, FOUR = chain()


@pytest.mark.parametrize(
    ("tampered", "where"),
    [
        ([ONE, changed(TWO, rehash=False), THREE, FOUR], "entry 2 of default: its text"),
        ([ONE, changed(TWO, rehash=True), THREE, FOUR], "entry 3 of default: it does not follow"),
        ([ONE, THREE, FOUR], "entry 3 of default: entry 2"),
        ([TWO, THREE, FOUR], "entry 2 of default: entry 1"),
        ([ONE, THREE, TWO, FOUR], "entry 3 of default: entry 2"),
        ([ONE, replace(THREE, number=2), THREE, FOUR], "entry 2 of default: it stands in another"),
        ([ONE, TWO, THREE, FOUR, FOUR], "entry 4 of default: entry 5"),
    ],
)
def test_the_first_entry_that_does_not_fit_is_named(tampered: list[Entry], where: str) -> None:
    assert str(first_broken(tampered)).startswith(where)


def test_a_line_that_is_none_is_refused() -> None:
    for text in ("{}", "[]", "no", '{"entry": 1, "hash": 2}'):
        with pytest.raises(ValueError, match=r".+"):
            read_line(text)
