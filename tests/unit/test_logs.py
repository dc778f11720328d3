"""The log as programs read it: one object a line, with ids, and without what is nobody's business."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from rich.console import Console

from zenobia.cli.logs import discreet, write_logs
from zenobia.telemetry.marks import marked

SECRET = "https://anna:CANARY-word@bank.example/pay?token=CANARY-query#CANARY-part"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, bare, and afterwards as it was."""
    logger, ours = logging.getLogger(), logging.getLogger("zenobia")
    before, level, our_level = logger.handlers[:], logger.level, ours.level
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)
    ours.setLevel(our_level)


def written(root: logging.Logger, form: str) -> io.StringIO:
    root.handlers.clear()  # also those that pytest has put there
    write_logs("info", Console(file=io.StringIO()), form)
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)  # pyright: ignore[reportUnknownMemberType]
    return stream


def test_a_line_of_json_carries_the_ids_of_what_was_under_way(root: logging.Logger) -> None:
    stream = written(root, "json")
    with marked(session="ses_1", command="createSession", request=None):
        logging.getLogger("zenobia.there").warning("it went %s", "wrong")
    logging.getLogger("zenobia.there").info("nobody's")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.items() >= {"level": "warning", "message": "it went wrong", "session": "ses_1"}.items()
    assert first["command"] == "createSession"
    assert "request" not in first
    assert "session" not in second


def test_an_error_leaves_its_kind_and_its_place_and_not_its_words(root: logging.Logger) -> None:
    stream = written(root, "json")
    try:
        int("CANARY-words")
    except ValueError:
        logging.getLogger("zenobia.there").exception("it failed")

    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told["error"] == "ValueError"
    assert "test_logs.py" in told["trace"][-1]
    assert "CANARY" not in line


@pytest.mark.parametrize("form", ["json", "text"])
def test_queries_and_passwords_of_addresses_are_not_written(root: logging.Logger, form: str) -> None:
    stream = written(root, form)
    logging.getLogger("zenobia.there").warning("could not open %s", SECRET)

    assert "https://bank.example/pay" in stream.getvalue()
    assert "CANARY" not in stream.getvalue()


def test_other_text_is_left_alone() -> None:
    assert discreet('Is 1 > 0? Yes, at https://a.example/b, "so" he said.') == (
        'Is 1 > 0? Yes, at https://a.example/b, "so" he said.'
    )
