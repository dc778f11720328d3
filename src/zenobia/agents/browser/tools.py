"""What a model may call: the operator's actions under short names, the session's files, the person, and the end.

A call is data from outside. It is checked against its tool's fields before anything comes of it; what is unknown or
malformed is refused with a sentence that says how it should be.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zenobia.protocol import actions
from zenobia.protocol.actions import Action, Target

REFERENCE = re.compile(r"^\[?((?:f\d+)?e\d+)\]?$")

On = Annotated[str, Field(min_length=1, max_length=1_000, description="reference like e5, or visible text")]
Names = Callable[[str], Target]
"""How a person would name what the newest observation gives a reference; without a name when it has none."""


class Malformed(Exception):
    """A call cannot be used; says what is wrong with it."""


class Tool(BaseModel):
    """One tool; its fields are its arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Act(Tool):
    def action(self, names: Names) -> Action:
        """The operator's action that is meant."""
        raise NotImplementedError


class Open(_Act):
    """Go to an address."""

    url: str = Field(min_length=1, max_length=10_000)
    new_tab: bool = False

    def action(self, names: Names) -> Action:
        return actions.NewTab(url=self.url) if self.new_tab else actions.Open(url=self.url)


class Click(_Act):
    """Click an element."""

    target: On

    def action(self, names: Names) -> Action:
        return actions.Click(target=_target(self.target, names))


class ClickAt(_Act):
    """Click a point of the picture, in pixels from its top left: only for what has no reference, such as a canvas."""

    x: float = Field(ge=0, le=20_000)
    y: float = Field(ge=0, le=20_000)

    def action(self, names: Names) -> Action:
        return actions.ClickAt(x=self.x, y=self.y)


class Type(_Act):
    """Replace what a field holds; submit presses Enter after it."""

    target: On
    text: str = Field(max_length=100_000)
    submit: bool = False

    def action(self, names: Names) -> Action:
        return actions.Type(text=self.text, target=_target(self.target, names), submit=self.submit)


class TypeSecret(_Act):
    """Type a stored secret (a password, a one-time code) into a field, by its name. Its value is never shown."""

    target: On
    secret: str = Field(min_length=1, max_length=64)
    submit: bool = False

    def action(self, names: Names) -> Action:
        return actions.TypeSecret(secret=self.secret, target=_target(self.target, names), submit=self.submit)


class Select(_Act):
    """Choose an option of a list, native or made by the page."""

    target: On
    option: str = Field(min_length=1, max_length=1_000)

    def action(self, names: Names) -> Action:
        return actions.Select(option=self.option, target=_target(self.target, names))


class Check(_Act):
    """Set a checkbox, radio button or switch."""

    target: On
    on: bool = True

    def action(self, names: Names) -> Action:
        target = _target(self.target, names)
        return actions.Check(target=target) if self.on else actions.Uncheck(target=target)


class Press(_Act):
    """Press a key or chord where the focus is: Enter, Escape, ArrowDown, Control+A."""

    key: str = Field(min_length=1, max_length=50)

    def action(self, names: Names) -> Action:
        return actions.Press(key=self.key)


class Hover(_Act):
    """Move the pointer over an element."""

    target: On

    def action(self, names: Names) -> Action:
        return actions.Hover(target=_target(self.target, names))


class Drag(_Act):
    """Drag one element onto another."""

    target: On
    onto: On

    def action(self, names: Names) -> Action:
        return actions.Drag(target=_target(self.target, names), onto=_target(self.onto, names))


class Scroll(_Act):
    """Scroll by most of a screen, or until a text or element is in view."""

    to: Annotated[str, Field(min_length=1, max_length=1_000, description='"up", "down", a reference or a text')]

    def action(self, names: Names) -> Action:
        if self.to == "up" or self.to == "down":
            return actions.Scroll(to=self.to)
        return actions.Scroll(to=_target(self.to, names))


class GoBack(_Act):
    """Go back to the page before."""

    def action(self, names: Names) -> Action:
        return actions.GoBack()


class SwitchTab(_Act):
    """Go to another tab, by number or title."""

    tab: str | int

    def action(self, names: Names) -> Action:
        return actions.SwitchTab(tab=str(self.tab))


class CloseTab(_Act):
    """Close the current tab."""

    def action(self, names: Names) -> Action:
        return actions.CloseTab()


class Upload(_Act):
    """Give a session file to the page's file field or upload button."""

    target: On
    file: str = Field(min_length=1, max_length=1_000, description="file name or id")

    def action(self, names: Names) -> Action:
        return actions.Upload(file=self.file, target=_target(self.target, names))


class Download(_Act):
    """Click something and wait for the file it downloads."""

    target: On

    def action(self, names: Names) -> Action:
        return actions.Download(target=_target(self.target, names))


class WaitFor(_Act):
    """Wait until the page shows a text."""

    text: str = Field(min_length=1, max_length=1_000)

    def action(self, names: Names) -> Action:
        return actions.WaitFor(target=Target(text=self.text))


class Extract(_Act):
    """Read all of an element: a table's rows, a list, the section under a heading, a long text. Kept under the name."""

    target: On
    name: str = Field(min_length=1, max_length=100)

    def action(self, names: Names) -> Action:
        return actions.Extract(target=_target(self.target, names), name=self.name)


class AnswerDialog(_Act):
    """Answer the dialog that holds the page."""

    accept: bool
    text: str | None = None

    def action(self, names: Names) -> Action:
        return actions.AnswerDialog(accept=self.accept, text=self.text)


class ReadFile(Tool):
    """Read a session file as text, from a character on."""

    file: str = Field(min_length=1, max_length=1_000)
    start: int = Field(default=0, ge=0)


class WriteFile(Tool):
    """Write a session file for the user."""

    name: str = Field(min_length=1, max_length=200)
    text: str = Field(max_length=1_000_000)


class Ask(Tool):
    """Ask a person and wait. question: you need an answer. help: they must do something, such as a captcha or login."""

    kind: Literal["question", "help"] = "question"
    what: str = Field(min_length=1, max_length=2_000)


class Say(Tool):
    """Tell the user something worth knowing now."""

    text: str = Field(min_length=1, max_length=10_000)


class Claim(Tool):
    """Something the result says that can be checked now.

    shows: the current page shows this text, not as a field's value. confirmed: and it did not before your last action,
    which sent a form, paid or deleted something. file: the session has this file. downloaded: and it was downloaded.
    read: it was read with extract.
    """

    kind: Literal["shows", "confirmed", "file", "downloaded", "read"]
    value: str = Field(min_length=1, max_length=2_000)


class Done(Tool):
    """End the job. Alone in its turn. success is false when it could not be done: say what is missing."""

    text: str = Field(min_length=1, max_length=100_000)
    success: bool = True
    data: Any = None
    claims: list[Claim] = Field(default=[], max_length=20)


TOOLS: dict[str, type[Tool]] = {
    "open": Open,
    "click": Click,
    "type": Type,
    "type_secret": TypeSecret,
    "select": Select,
    "check": Check,
    "press": Press,
    "hover": Hover,
    "drag": Drag,
    "scroll": Scroll,
    "go_back": GoBack,
    "switch_tab": SwitchTab,
    "close_tab": CloseTab,
    "upload": Upload,
    "download": Download,
    "wait_for": WaitFor,
    "extract": Extract,
    "answer_dialog": AnswerDialog,
    "click_at": ClickAt,
    "read_file": ReadFile,
    "write_file": WriteFile,
    "ask": Ask,
    "say": Say,
    "done": Done,
}

Acting = _Act
"""A tool that is an action of the operator."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call as it came: its id, the tool's name, and its arguments as JSON text or data."""

    id: str
    tool: str
    arguments: str | dict[str, Any]


def read(call: Wanted, more: Iterable[str] = ()) -> Tool:
    """The call, checked; `more` names what can be called besides.

    Raises:
        Malformed: there is no such tool, or its arguments are not as they should be.
    """
    tool = TOOLS.get(call.tool)
    if tool is None:
        raise Malformed(f'There is no tool "{call.tool[:100]}". Tools: {", ".join((*TOOLS, *more))}.')
    try:
        if isinstance(call.arguments, str):
            return tool.model_validate_json(call.arguments or "{}")
        return tool.model_validate(call.arguments)
    except ValidationError as error:
        raise Malformed(f"{call.tool}: {_problems(error)}.") from error


def schema(tool: type[Tool]) -> dict[str, Any]:
    """A tool's arguments as JSON schema, without what costs tokens and tells nothing."""
    whole = tool.model_json_schema()
    whole.pop("description", None)
    return _plain(whole)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        bounds = {"title", "maxLength", "minLength", "maxItems", "minimum", "maximum"}
        return {
            key: _plain(inner) for key, inner in told.items() if not (key in bounds and not isinstance(inner, dict))
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _problems(error: ValidationError) -> str:
    return "; ".join(_problem(one["loc"], one["msg"]) for one in error.errors()[:5])


def _problem(place: Iterable[int | str], said: str) -> str:
    where = ".".join(str(part) for part in place)
    return f"{where}: {said}" if where else said


def _target(words: str, names: Names) -> Target:
    reference = REFERENCE.match(words.strip())
    if reference is None:
        return Target(text=words)
    return names(reference[1]).model_copy(update={"ref": reference[1]})
