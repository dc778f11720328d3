"""The promise of every operator: it does one action at a time, says how it went, and can always be closed.

An operator never decides. It raises an `ActionFailed` that says what was there instead, within the deadline it was
given; it never accepts a dialog unasked; and after `close` returns nothing of its session acts any more.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

from zenobia.operators.allowed import Allowed
from zenobia.protocol.actions import Action
from zenobia.protocol.box import Box
from zenobia.protocol.inputs import Input
from zenobia.protocol.wire import Json, Millis, storable


class _Said:
    """What a page says: made text that can be kept and told, here where it comes in."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            object.__setattr__(self, one.name, storable(getattr(self, one.name)))


@dataclass(frozen=True, slots=True)
class Tab(_Said):
    """One tab. `current` marks the one that actions go to."""

    number: int
    title: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Dialog(_Said):
    """A dialog that holds the page: `kind` is alert, confirm, prompt or beforeunload.

    `proposed` is the answer that a prompt comes with.
    """

    kind: str
    text: str
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Observation(_Said):
    """What the browser shows. `snapshot` is the page as lines, with a reference (`[e5]`) for what can be used.

    `away` says of each of its lines how many screens it is from the window, 0 being in it; without it all are in it.
    `picture` says that the page holds something that only a picture shows.
    """

    url: str
    title: str
    tabs: tuple[Tab, ...]
    snapshot: str
    dialog: Dialog | None = None
    picture: bool = False
    away: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(_Said):
    """How an action went: a sentence in the past tense, the page afterwards, and what was read, if anything.

    `box` is where the target is on that page, of an action that leaves it as it was. `kind` is what was at stake, where
    a policy judged the action before it was done. `sent` says whether the page sent something by it that may have
    changed something elsewhere.
    """

    message: str
    url: str | None = None
    title: str | None = None
    value: Json | None = None
    box: Box | None = None
    kind: str | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Sight(_Said):
    """What an action would act on, as the page stands: what a person is shown before approving it.

    `target` describes the element found; `state` changes when the element or its form does; `secret` says that
    what is typed there must not be shown. `facts` is what the page says of the element and its form. `box` is where it
    is in the window, `moved` whether something was scrolled to have it there.
    """

    url: str
    origin: str
    target: str | None
    state: str
    secret: bool = False
    facts: dict[str, Json] = field(default_factory=dict[str, Json])
    box: Box | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture is wanted."""

    format: str = "png"
    quality: int | None = None
    full_page: bool = False
    outline: Box | None = None
    """What to draw a frame around; only in a PNG of the window."""


@dataclass(frozen=True, slots=True)
class Picture(_Said):
    """A picture of a page. Width and height are pixels; `taken_at` is Unix milliseconds."""

    data: bytes
    mime_type: str
    width: int
    height: int
    url: str
    title: str
    taken_at: Millis


@dataclass(frozen=True, slots=True)
class Shown(_Said):
    """What is around a live picture. Width and height are CSS pixels.

    `chooser` is there while a file chooser is open that a person opened: whether it takes several files.
    """

    url: str
    title: str
    width: int
    height: int
    tabs: tuple[Tab, ...] = ()
    dialog: Dialog | None = None
    chooser: bool | None = None


@dataclass(frozen=True, slots=True)
class Lens:
    """How live pictures are wanted: JPEG quality, and the most pixels either way."""

    quality: int = 60
    width: int = 1_280
    height: int = 1_280


@dataclass(frozen=True, slots=True)
class Frame:
    """A live picture, a JPEG; `taken_at` is Unix milliseconds."""

    data: bytes
    taken_at: Millis
    shown: Shown


@dataclass(frozen=True, slots=True)
class Driven(_Said):
    """How an input went: what was done, as a sentence without an end, if it is worth one; what a copy took."""

    did: str | None = None
    copied: str | None = None


@dataclass(frozen=True, slots=True)
class Downloaded(_Said):
    """A finished download: a temporary file that the listener takes over (it moves or deletes it)."""

    path: Path
    name: str
    content_type: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Noticed(_Said):
    """Something that happened in the browser by itself: a word for programs, a sentence for a person."""

    code: str
    message: str
    details: dict[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True, repr=False)
class Filling:
    """What a `TypeSecret` types, and the origins whose pages may have it; it has no words to be shown by."""

    value: str
    origins: frozenset[str]


Notice = Downloaded | Noticed
"""What a browser does that nobody told it to, or that takes longer than the action that caused it."""

Listener = Callable[[Notice], Awaitable[None]]
"""Told of every notice, in order; awaited before the action that caused it returns."""


class Hands(Protocol):
    """What does actions."""

    async def act(self, action: Action, *, upload: Path | None = None, secret: Filling | None = None) -> Outcome:
        """Do `action`; `upload` is the local file that an `Upload` gives to the page, `secret` what is typed as one.

        A secret goes into a field of the right origin only, whatever the page has become meanwhile, and what that field
        holds is not shown any more, in pictures or otherwise.

        Raises:
            ActionFailed: it could not be done; the subclass and its facts say why.
        """
        ...

    async def sight(self, action: Action, *, in_view: bool = False) -> Sight:
        """What `action` would act on now, found but not touched; with its `box` if it is to be brought in view.

        Raises:
            ActionFailed: there is no such target.
        """
        ...


class Operator(Hands, Protocol):
    """One session's hands and eyes, in a browser."""

    async def observe(self) -> Observation:
        """What the browser shows now."""
        ...

    async def screenshot(self, shot: Shot) -> Picture:
        """A picture of the current tab, also while an action is under way.

        Raises:
            ActionFailed: the page gave no picture within the deadline.
        """
        ...

    def frames(self, lens: Lens) -> AsyncGenerator[Frame]:
        """Live pictures of the current tab, the newest only, drawn as long as somebody iterates; close it when done.

        Raises:
            ActionFailed: the browser is gone, or lets nobody look.
        """
        ...

    async def drive(self, given: Input, files: Sequence[Path] = ()) -> Driven:
        """Do what a person's hand does; `files` are what a chooser is given.

        Raises:
            ActionFailed: it could not be done.
        """
        ...

    async def let_go(self) -> list[str]:
        """Let go of whatever a person's hands still hold; what they did last."""
        ...

    def look(self) -> Shown:
        """The window as it is known without asking it."""
        ...

    async def checkpoint(self) -> Json:
        """What a fresh browser needs to go on from here: tabs, cookies, storage; opaque to everyone else."""
        ...

    async def close(self) -> None:
        """End everything of this session within 2 seconds, also when the page or browser hangs; may be called twice."""
        ...


class Browsers(Protocol):
    """Where operators come from."""

    async def open(
        self,
        session: str,
        listener: Listener,
        checkpoint: Json = None,
        *,
        at: str | None = None,
        allowed: Allowed | None = None,
    ) -> Operator:
        """A fresh, isolated operator for a session, gone on from `checkpoint` if one is given.

        `at` is the page that the session came to since then, if it did: that is where it goes on.
        It reaches what is `allowed` only, if that is given.

        Raises:
            BrowserUnavailable: none could be started; says why and how to mend it.
        """
        ...

    async def start(self) -> None:
        """Make ready, so that the first session starts fast; a failure shows when a session wants a browser."""
        ...

    def trouble(self) -> str | None:
        """Why the last browser that was wanted could not be had; None if it could."""
        ...

    async def close(self) -> None:
        """End every browser and remove what they left on disk."""
        ...
