"""The guide to playbooks tells the truth: whatever it shows as a step or a whole playbook is one."""

import re
from pathlib import Path

import pytest

from zenobia.agents.language.verbs import FORMS, Form
from zenobia.agents.steps import read
from zenobia.protocol.errors import UnreadablePrompt

GUIDE = (Path(__file__).parents[2] / "docs/guides/playbooks.md").read_text()
PLAYBOOKS = re.findall(r"```(?:text|yaml)\n(.*?)```", GUIDE, re.DOTALL)
ROWS = re.findall(r"^\| (`.*) \|.*\| (`.*`) \|$", GUIDE, re.MULTILINE)
EXAMPLES = [example for _, shown in ROWS for example in re.findall(r"`([^`]+)`", shown)]


@pytest.mark.parametrize("prompt", [*PLAYBOOKS, *EXAMPLES])
def test_every_example_of_the_guide_can_be_read(prompt: str) -> None:
    assert read(prompt)


SHOWN = {type(step.deed) for prompt in [*PLAYBOOKS, *EXAMPLES] for step in read(prompt)}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_the_guide_shows_every_kind_of_step(form: Form) -> None:
    assert type(read(form.example)[0].deed) in SHOWN


@pytest.mark.parametrize("prompt", ["open x.com, then clikc Foo", 'click the shiny "Search" button', 'type "Ada"'])
def test_the_refusals_in_the_guide_are_word_for_word(prompt: str) -> None:
    with pytest.raises(UnreadablePrompt) as caught:
        read(prompt)

    assert caught.value.message in GUIDE.splitlines()
