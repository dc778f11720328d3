"""The playbook language: a prompt in, steps out, or an error that names the words it could not read and what to write.

It is plain steps, one a line or joined by "then", or the same as YAML. Nothing is guessed at: what could mean two
things is refused before anything is opened.
"""

from collections.abc import Iterator

from zenobia.agents.language import mappings, sentences
from zenobia.agents.language.deeds import Ask, Deed, Say, Search, Step, canonical
from zenobia.agents.language.sentences import VOCABULARY
from zenobia.agents.language.tokens import Unclear
from zenobia.protocol.errors import UnreadablePrompt

__all__ = ["Ask", "Deed", "Say", "Search", "Step", "canonical", "read"]

IN_YOUR_OWN_WORDS = "A job in words of your own needs an agent with a language model."


def read(prompt: str) -> list[Step]:
    """The prompt's steps, at least one.

    Raises:
        UnreadablePrompt: some of its words are no step; says which, and what to write instead.
    """
    found: list[Step] = []
    try:
        found.extend(_steps(prompt))
    except Unclear as unclear:
        place = f"This is step {len(found) + 1}. " if found else ""
        own_words = f" {IN_YOUR_OWN_WORDS}" if unclear.hint == VOCABULARY else ""
        raise UnreadablePrompt(words=unclear.words, hint=place + unclear.hint + own_words) from unclear
    if not found:
        raise UnreadablePrompt(words=prompt.strip(), hint=f"There is no step in it. {VOCABULARY}")
    return found


def _steps(prompt: str) -> Iterator[Step]:
    if "\0" in prompt or any("\ud800" <= letter <= "\udfff" for letter in prompt):
        raise Unclear("", "The prompt holds characters that are no text.")
    text = prompt.removeprefix("\ufeff")  # some editors begin a file with it
    return mappings.steps(text) if mappings.is_yaml(text) else sentences.steps(text)
