"""What a session brought home is shown once, and the tour finds its way round ports that are taken."""

import socket
from collections.abc import Iterator

import pytest

from zenobia.cli.findings import findings
from zenobia.cli.screen import say
from zenobia.cli.tour import _free  # pyright: ignore[reportPrivateUsage]
from zenobia.protocol.session import Result, SearchResult


def shown(result: Result, capsys: pytest.CaptureFixture[str]) -> str:
    say(findings(result))
    return capsys.readouterr().out


def test_what_was_extracted_or_found_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    hit = SearchResult(title="Ferry returns", link="https://news.example/1")
    text = 'Found 1 result for "news": Ferry returns.\nheading: Example Domain\nDid all 2 steps.'

    said = shown(Result(text=text, results=[hit], extracted={"heading": "Example Domain"}), capsys)

    assert [said.count(words) for words in ("Ferry returns", "Example Domain", "Did all 2 steps.")] == [1, 1, 1]


def test_a_text_of_its_own_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(Result(text="Found nothing.\nother: words", extracted={"a": "b"}), capsys)

    assert [line.strip() for line in said.splitlines()[:2]] == ["Found nothing.", "other: words"]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_gives_way_to_a_free_one(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert _free("127.0.0.1", taken, "site") == 0
    assert f"Port {taken} is taken; the site gets a free one." in capsys.readouterr().out


def test_a_port_that_is_free_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]

    assert _free("127.0.0.1", free, "site") == free
    assert capsys.readouterr().out == ""
