"""What a step may be, and how each is written: `canonical` gives the words that read as the same step."""

import re
from dataclasses import dataclass, field

from zenobia.agents.language import keys
from zenobia.agents.language.phrases import ADDRESS
from zenobia.agents.language.tokens import quote
from zenobia.protocol import actions as a

ANSWER = "answer"
"""Under which name a person's answer is kept, unless the step names one."""

SAFE_ADDRESS = re.compile(r"[A-Za-z][\w:/.?=&%~+@-]*[\w/]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Search:
    """Look `words` up on the configured search page, and read its results."""

    words: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a person to do or answer `what`; an answer is kept under `name`."""

    what: str
    name: str = ANSWER


@dataclass(frozen=True, slots=True)
class Say:
    """Tell whoever follows the session."""

    text: str


Deed = a.Action | Search | Ask | Say
"""Everything a step can do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it does, whether a person is asked first, and the words it was read from."""

    deed: Deed
    ask_first: bool = False
    words: str = field(default="", compare=False)

    def __str__(self) -> str:
        return canonical(self.deed) + (" (ask first)" if self.ask_first else "")


def canonical(deed: Deed) -> str:
    """The words for `deed` that read as `deed` again."""
    match deed:
        case Search():
            return f"search for {quote(deed.words)}"
        case Say():
            return f"say {quote(deed.text)}"
        case Ask():
            return f"ask a person {quote(deed.what)}" + ("" if deed.name == ANSWER else f" as {quote(deed.name)}")
        case _:
            return _action(deed)


def _target(target: a.Target) -> str:
    role = f" {target.role}" if target.role else ""
    return quote(target.text) + role + (f" #{target.nth}" if target.nth else "")


def _address(url: str) -> str:
    """An address; where it does not look like one, the words say that it is."""
    if not ADDRESS.fullmatch(url):
        return f"address {quote(url)}"
    return url if SAFE_ADDRESS.fullmatch(url) else quote(url)


def _key(name: str) -> str:
    """A key; one whose name could also be that of something on the page is called a key."""
    return quote(name) if keys.key(name) == name else f"key {quote(name)}"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _scroll(to: str | a.Target) -> str:
    return f"scroll {to}" if isinstance(to, str) else f"scroll to {_target(to)}"


def _action(action: a.Action) -> str:  # one line an action reads better than twenty functions
    match action:
        case a.Open():
            return f"open {_address(action.url)}"
        case a.Type():
            submit = " and submit" if action.submit else ""
            return f"type {quote(action.text)} into {_target(action.target)}{submit}"
        case a.TypeSecret():
            submit = " and submit" if action.submit else ""
            return f"type secret {quote(action.secret)} into {_target(action.target)}{submit}"
        case a.Select():
            return f"select {quote(action.option)} in {_target(action.target)}"
        case a.Press():
            return f"press {_key(action.key)}"
        case a.ClickAt():
            return f"click at {_number(action.x)}, {_number(action.y)}"
        case a.Drag():
            return f"drag {_target(action.target)} onto {_target(action.onto)}"
        case a.Scroll():
            return _scroll(action.to)
        case a.NewTab():
            return f"new tab {_address(action.url)}"
        case a.SwitchTab():
            return f"switch to tab {quote(action.tab)}"
        case a.Upload():
            return f"upload {quote(action.file)} to {_target(action.target)}"
        case a.Extract():
            return f"extract {_target(action.target)} as {quote(action.name)}"
        case a.AnswerDialog():
            text = "" if action.text is None else f" with {quote(action.text)}"
            return f"{'accept' if action.accept else 'dismiss'} dialog{text}"
        case a.GoBack() | a.CloseTab() | a.ReadResults() | a.Screenshot():
            return action.verb
        case a.CallTool():
            return canonical(Ask(a.describe(action)))  # a playbook has no tools from elsewhere; a person may have
        case a.Click() | a.Check() | a.Uncheck() | a.Hover() | a.Download() | a.WaitFor():
            return f"{action.verb} {_target(action.target)}"
