"""Nobody can keep the server busy with a prompt, however it is made."""

import time
from contextlib import suppress

import pytest

from zenobia.agents.steps import read
from zenobia.protocol.errors import UnreadablePrompt

LENGTH = 30_000
"""Characters: enough to show whatever grows with their square."""

LONG = [
    *("and click ", "'a ", '"a" ', "click x, ", "- click: x\n", "then ", "a, ", "please ", "- a\n", '""', "#2 ", "“"),
    *(
        "click the ",
        "open a.b. ",
        "(ask first) ",
        "\n",
        "\n- ",
        "drag a to ",
        "- click:\n  - ",
        "{",
        "the ",
        "and ",
        ". ",
    ),
    *("to appear ", "a\n\n", "#\n", "- ", "\n---", "- 'a\n", "steps:\n", "search for a and click "),
]


@pytest.mark.parametrize("piece", LONG)
def test_a_long_prompt_is_read_in_a_moment(piece: str) -> None:
    began = time.process_time()

    for start in ("", "click "):
        with suppress(UnreadablePrompt):
            read(start + piece * (LENGTH // len(piece)))

    assert time.process_time() - began < 2.0
