"""What an operator can be told to do, and how a target is named: as a person would, by role, label and text.

One union, discriminated by `verb`. An action is data: it can be stored, shown to a person, hashed and replayed.
"""

import hashlib
from typing import Annotated, Literal

import orjson
from pydantic import Field, TypeAdapter

from zenobia.protocol.wire import Json, Text, Wire


class Target(Wire):
    """Something on the page. `text` is its label, name, placeholder or visible text.

    `role` narrows it to one ARIA role, `nth` (from 1) picks among equals, and `ref` is an element reference from
    the newest observation, which wins over all else.
    """

    text: Text = ""
    role: Text | None = None
    nth: int | None = Field(default=None, ge=1, le=10_000)
    ref: Text | None = None

    def __str__(self) -> str:
        name = f'"{self.text}"' if self.text else f"[{self.ref}]"
        role = f" {self.role}" if self.role else ""
        return f"{name}{role}" + (f" (number {self.nth})" if self.nth else "")


class Open(Wire):
    """Go to an address."""

    verb: Literal["open"] = "open"
    url: Text


class Click(Wire):
    """Click something."""

    verb: Literal["click"] = "click"
    target: Target


class ClickAt(Wire):
    """Click a point of the window, in CSS pixels from its top left, where nothing on the page has a name."""

    verb: Literal["click at"] = "click at"
    x: float = Field(ge=0, le=20_000)
    y: float = Field(ge=0, le=20_000)


class Type(Wire):
    """Replace what a field holds with `text`."""

    verb: Literal["type"] = "type"
    text: Text
    target: Target
    submit: bool = False


class TypeSecret(Wire):
    """Type a secret into a field, by its name; its value is known to the browser alone."""

    verb: Literal["type secret"] = "type secret"
    secret: Text
    target: Target
    submit: bool = False


class Select(Wire):
    """Choose an option of a list."""

    verb: Literal["select"] = "select"
    option: Text
    target: Target


class Check(Wire):
    """Tick a checkbox or choose a radio button."""

    verb: Literal["check"] = "check"
    target: Target


class Uncheck(Wire):
    """Clear a checkbox."""

    verb: Literal["uncheck"] = "uncheck"
    target: Target


class Press(Wire):
    """Press a key or a chord such as `Enter` or `Control+A`, where the focus is."""

    verb: Literal["press"] = "press"
    key: Text


class Hover(Wire):
    """Move the pointer over something."""

    verb: Literal["hover"] = "hover"
    target: Target


class Drag(Wire):
    """Drag one thing onto another."""

    verb: Literal["drag"] = "drag"
    target: Target
    onto: Target


class Scroll(Wire):
    """Scroll by most of a screen, or until something is in view."""

    verb: Literal["scroll"] = "scroll"
    to: Literal["up", "down"] | Target = "down"


class GoBack(Wire):
    """Go back in this tab's history."""

    verb: Literal["go back"] = "go back"


class NewTab(Wire):
    """Open an address in a new tab and go there."""

    verb: Literal["new tab"] = "new tab"
    url: Text


class SwitchTab(Wire):
    """Go to the tab whose title or address holds `text`, or to its number (from 1)."""

    verb: Literal["switch tab"] = "switch tab"
    tab: Text


class CloseTab(Wire):
    """Close this tab."""

    verb: Literal["close tab"] = "close tab"


class Upload(Wire):
    """Give a session file, by name or id, to a page's file field."""

    verb: Literal["upload"] = "upload"
    file: Text
    target: Target


class Download(Wire):
    """Click something and keep what it downloads as a session file."""

    verb: Literal["download"] = "download"
    target: Target


class WaitFor(Wire):
    """Wait until the page shows a text or an element."""

    verb: Literal["wait for"] = "wait for"
    target: Target


class Extract(Wire):
    """Read the text (or a table's or list's rows) of something, to be kept under `name`."""

    verb: Literal["extract"] = "extract"
    target: Target
    name: Text


class ReadResults(Wire):
    """Read the hits of a search page: title, link, snippet."""

    verb: Literal["read results"] = "read results"


class Screenshot(Wire):
    """Take a picture of what the browser shows, and keep it; its outcome's value is the picture's id."""

    verb: Literal["screenshot"] = "screenshot"


class AnswerDialog(Wire):
    """Answer the dialog that the page shows."""

    verb: Literal["answer dialog"] = "answer dialog"
    accept: bool
    text: Text | None = None


class CallTool(Wire):
    """Call a tool from elsewhere: one that an MCP server offers."""

    verb: Literal["call tool"] = "call tool"
    server: Text
    tool: Text
    arguments: dict[str, Json] = {}


Action = Annotated[
    Open
    | Click
    | ClickAt
    | Type
    | TypeSecret
    | Select
    | Check
    | Uncheck
    | Press
    | Hover
    | Drag
    | Scroll
    | GoBack
    | NewTab
    | SwitchTab
    | CloseTab
    | Upload
    | Download
    | WaitFor
    | Extract
    | ReadResults
    | Screenshot
    | AnswerDialog
    | CallTool,
    Field(discriminator="verb"),
]
"""Anything an operator can be told to do."""

REPEATABLE = (Open, NewTab, SwitchTab, Scroll, Hover, WaitFor, Extract, ReadResults, Screenshot)
"""Actions that look and go but change nothing: these alone may be done again when their outcome is unknown."""

ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)


def action_of(told: dict[str, Json]) -> Action:
    """An action as an event tells it."""
    return ACTIONS.validate_python(told, by_alias=True, by_name=True)


def digest(facts: dict[str, Json]) -> str:
    """The SHA-256 of `facts` in one canonical form, hexadecimal: equal facts, equal digest."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def describe(action: Action) -> str:
    """The action as a short sentence in the imperative, for a person; long texts are cut."""
    return _sentence(action)[:300]


def _sentence(action: Action) -> str:  # one line an action reads better than nineteen methods
    match action:
        case Open():
            return f"Open {action.url}"
        case Type():
            return f'Type "{action.text}" into {action.target}' + (" and press Enter" if action.submit else "")
        case TypeSecret():
            submit = " and press Enter" if action.submit else ""
            return f'Type the secret "{action.secret}" into {action.target}{submit}'
        case Select():
            return f'Select "{action.option}" in {action.target}'
        case ClickAt():
            return f"Click at {action.x:g}, {action.y:g}"
        case Press():
            return f"Press {action.key}"
        case Drag():
            return f"Drag {action.target} onto {action.onto}"
        case Scroll():
            return f"Scroll {action.to}" if isinstance(action.to, str) else f"Scroll to {action.to}"
        case GoBack():
            return "Go back"
        case NewTab():
            return f"Open {action.url} in a new tab"
        case SwitchTab():
            return f'Switch to tab "{action.tab}"'
        case CloseTab():
            return "Close the tab"
        case Upload():
            return f'Upload "{action.file}" to {action.target}'
        case Extract():
            return f"Extract {action.target} as {action.name}"
        case ReadResults():
            return "Read the search results"
        case Screenshot():
            return "Take a picture"
        case AnswerDialog():
            return "Accept the dialog" if action.accept else "Dismiss the dialog"
        case CallTool():
            return f"Call {action.tool} of {action.server} with {orjson.dumps(action.arguments).decode()}"
        case Click() | Check() | Uncheck() | Hover() | Download() | WaitFor():
            return f"{action.verb.capitalize()} {action.target}"
