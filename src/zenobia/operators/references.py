"""Numbers for the elements of a session's pages, none used twice, so that an old one never means a new element."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from playwright.async_api import ElementHandle, Frame


@dataclass(frozen=True, slots=True)
class Held:
    """The element that a reference stood for when it was looked for."""

    reference: str
    number: int
    element: ElementHandle


@dataclass(slots=True)
class References:
    """What was numbered so far; shared by all tabs of a session."""

    next: int = 1
    frames: "WeakKeyDictionary[Frame, int]" = field(default_factory=lambda: WeakKeyDictionary[Frame, int]())

    def prefix(self, frame: Frame) -> str:
        """What the references of a frame begin with."""
        if frame.parent_frame is None:
            return ""
        return f"f{self.frames.setdefault(frame, len(self.frames) + 1)}"
