"""What a job is: pages, a prompt, decisions that solve it, a person who answers, and a check of what it left behind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.session import Session
from zenobia.testing.models import Asked, Call, Calls, Decide

Answer = tuple[str, Any]
"""What a person does about a request: "approve", "deny" or "respond", and with which words."""


@dataclass(slots=True)
class Ended:
    """What a job left behind: the session, what the site was told, the files of the session, what people were asked."""

    session: Session
    state: dict[str, Any]
    files: dict[str, bytes]
    requests: list[HumanLayerRequest]

    @property
    def text(self) -> str:
        """The answer, in words and data."""
        result = self.session.result
        return "" if result is None else f"{result.text} {result.data}"


Check = Callable[[Ended], bool]
Person = Callable[[HumanLayerRequest, dict[str, Any]], Answer]
"""Decides on a request; may change what the site knows, as a person at the site would."""

ALLOWED = ("submit", "pay", "send", "upload", "credential", "unknown", "delete")
"""What jobs may do without asking, as nobody sits beside a suite. The pages that set traps allow nothing."""


def refuses(request: HumanLayerRequest, state: dict[str, Any]) -> Answer:
    """Nobody is to be asked, so whoever is says no."""
    return "deny", "That is not part of the job."


@dataclass(frozen=True, slots=True)
class Task:
    """One job. `pages` are bodies by path, the first at ""; `{url}` in the prompt is where they are."""

    name: str
    prompt: str
    pages: Mapping[str, str]
    solve: tuple[Calls | Decide, ...]
    check: Check
    allow: tuple[str, ...] = ALLOWED
    downloads: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    person: Person = refuses

    @property
    def script(self) -> list[Calls | Decide]:
        """All decisions, the first being to go there."""
        return [visit() if "" in self.pages else visit(next(iter(self.pages))), *self.solve]

    @property
    def config(self) -> dict[str, Any]:
        """The session's configuration."""
        return {"policy": {"kinds": dict.fromkeys(self.allow, "allow")}}


def do(tool: str, /, **arguments: Any) -> Calls:
    """A decision that needs nothing of the page."""
    return Calls(Call(tool, **arguments))


def visit(path: str = "", **arguments: Any) -> Decide:
    """A decision to open a page of the job's own site, whose address is in its prompt."""

    def decide(asked: Asked) -> Calls:
        found = re.search(r"https?://[^/\s]+/run_\w+/", asked.text)
        if found is None:
            raise LookupError("the prompt names no address")
        return Calls(Call("open", url=found[0] + path, **arguments))

    return decide


def use(tool: str, words: str, /, **arguments: Any) -> Decide:
    """A decision to use the element whose line holds `words`, by the reference that the model was shown."""

    def decide(asked: Asked) -> Calls:
        return Calls(Call(tool, target=asked.ref(words), **arguments))

    return decide


def drag(words: str, onto: str) -> Decide:
    """A decision to drag an element onto another, which is named by its text."""

    def decide(asked: Asked) -> Calls:
        return Calls(Call("drag", target=asked.ref(words), onto=onto))

    return decide


def together(*uses: tuple[str, str, dict[str, Any]]) -> Decide:
    """A decision to do several things in one turn: tool, words of the element, arguments."""

    def decide(asked: Asked) -> Calls:
        return Calls(*(Call(tool, target=asked.ref(words), **arguments) for tool, words, arguments in uses))

    return decide


def sees(words: str, answer: Calls) -> Decide:
    """A decision that is only right if the page shows `words` by now."""

    def decide(asked: Asked) -> Calls:
        if words not in asked.last:
            raise LookupError(f"{words!r} is not in:\n{asked.last}")
        return answer

    return decide


def done(text: str = "Done.", **more: Any) -> Calls:
    """The end."""
    return Calls(Call("done", text=text, **more))


def state_is(**wanted: Any) -> Check:
    """The site was told exactly this, whatever else."""
    return lambda ended: all(ended.state.get(key) == value for key, value in wanted.items())


def says(*words: str) -> Check:
    """The answer holds these words."""
    return lambda ended: all(word.casefold() in ended.text.casefold() for word in words)
