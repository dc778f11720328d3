"""What a person's hands do while they drive a browser: one union, discriminated by `type`.

Points are CSS pixels from the top left of the window, whose size each live frame tells; beyond its edge they are taken
for the edge.
"""

from typing import Annotated, Literal

from pydantic import Field

from zenobia.protocol.wire import NO_NUL, WHOLE, FileId, Text, Wire

Pixels = Annotated[float, Field(ge=0, le=20_000)]
Distance = Annotated[float, Field(ge=-20_000, le=20_000)]
Modifiers = Annotated[list[Literal["Alt", "Control", "Meta", "Shift"]], Field(max_length=4)]
Count = Annotated[int, Field(ge=0, le=10_000), WHOLE]
Typed = Annotated[str, Field(max_length=10_000), NO_NUL]


class MouseInput(Wire):
    """The mouse moves, or one of its buttons goes down or up. `clickCount` is 2 for the second of a double click."""

    type: Literal["mouse"]
    action: Literal["move", "down", "up"]
    x: Pixels
    y: Pixels
    button: Literal["left", "middle", "right"] = "left"
    click_count: Annotated[int, Field(ge=1, le=3), WHOLE] = 1
    modifiers: Modifiers = []


class WheelInput(Wire):
    """The wheel turns, by so many CSS pixels; down and right are positive."""

    type: Literal["wheel"]
    x: Pixels
    y: Pixels
    delta_x: Distance = 0
    delta_y: Distance = 0
    modifiers: Modifiers = []


class KeyInput(Wire):
    """A key goes down or up; `key` and `code` are those of the DOM's KeyboardEvent. A character key types itself."""

    type: Literal["key"]
    action: Literal["down", "up"]
    key: Annotated[str, Field(min_length=1, max_length=40), NO_NUL]
    code: Annotated[str, Field(max_length=40), NO_NUL] = ""
    repeat: bool = False
    modifiers: Modifiers = []


class TextInput(Wire):
    """Text comes in, as from a phone's keyboard or at the end of a composition."""

    type: Literal["text"]
    text: Typed


class ComposeInput(Wire):
    """What an input method has composed so far, with what is selected in it; `text` empty takes it back."""

    type: Literal["compose"]
    text: Typed
    selection_start: Count = 0
    selection_end: Count = 0


class TouchPoint(Wire):
    """One finger."""

    x: Pixels
    y: Pixels
    id: Annotated[int, Field(ge=0, le=100), WHOLE] = 0


class TouchInput(Wire):
    """Fingers touch the window, move, or are lifted; `points` are those that are down, none at `end` and `cancel`."""

    type: Literal["touch"]
    action: Literal["start", "move", "end", "cancel"]
    points: list[TouchPoint] = Field(default=[], max_length=10)


class PasteInput(Wire):
    """Text is pasted where the focus is."""

    type: Literal["paste"]
    text: Annotated[str, Field(max_length=100_000), NO_NUL]


class CopyInput(Wire):
    """What is selected is copied into the answer's `copied`, and taken away if it is a `cut`."""

    type: Literal["copy"]
    cut: bool = False


class FilesInput(Wire):
    """The file chooser that is open is answered with files of the session; with none it is dismissed."""

    type: Literal["files"]
    file_ids: list[FileId] = Field(default=[], max_length=20)


class DialogInput(Wire):
    """The dialog that is open is answered."""

    type: Literal["dialog"]
    accept: bool
    text: Typed | None = None


class TabInput(Wire):
    """A tab is gone to, opened (at `url`, if one is given) or closed; `tab` is its number, or the current one."""

    type: Literal["tab"]
    action: Literal["switch", "open", "close"]
    tab: Annotated[int, Field(ge=1, le=100), WHOLE] | None = None
    url: Annotated[str, Field(max_length=10_000), NO_NUL] | None = None


class NavigateInput(Wire):
    """The current tab goes to an address."""

    type: Literal["navigate"]
    url: Text = Field(min_length=1, max_length=10_000)


class HistoryInput(Wire):
    """The current tab goes back or forward, or is loaded again."""

    type: Literal["history"]
    action: Literal["back", "forward", "reload"]


Input = Annotated[
    MouseInput
    | WheelInput
    | KeyInput
    | TextInput
    | ComposeInput
    | TouchInput
    | PasteInput
    | CopyInput
    | FilesInput
    | DialogInput
    | TabInput
    | NavigateInput
    | HistoryInput,
    Field(discriminator="type"),
]
"""Anything that hands can do."""
