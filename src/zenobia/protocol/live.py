"""Watching a session's browser, and driving it: what is asked, what is shown."""

from typing import Annotated, Literal

from pydantic import Field

from zenobia.protocol.inputs import Input
from zenobia.protocol.payload import Ack, ForSession, SessionAck
from zenobia.protocol.wire import NO_NUL, WHOLE, Id, Millis, Wire

FRAME_NAME = "liveFrame"
"""The Socket.IO event on which live pictures come."""

MOST_INPUTS = 100
"""Inputs of one command."""

Side = Annotated[int, Field(ge=64, le=4_096), WHOLE]


class LiveTab(Wire):
    """One tab, counted from 1. `current` marks the one that is shown and driven."""

    number: int
    title: str
    url: str
    current: bool


class LiveDialog(Wire):
    """A dialog that holds the page: `kind` is alert, confirm, prompt or beforeunload.

    `proposed` is the answer that a prompt comes with.
    """

    kind: str
    text: str
    proposed: str = ""


class LiveChooser(Wire):
    """A file chooser that the driver opened; whether it takes several files."""

    multiple: bool


class LiveWindow(Wire):
    """What is around the picture. Width and height are CSS pixels: points of `sendInput` are counted in them."""

    url: str
    title: str
    width: int
    height: int
    tabs: list[LiveTab]
    dialog: LiveDialog | None = None
    chooser: LiveChooser | None = None


class LiveFrame(Wire):
    """A live picture, which comes with a callback: the next one comes once the client has called it.

    `number` counts what the browser showed; numbers are left out where a newer picture was there before the client
    was ready. The picture may have fewer pixels than the window. `private` says that the driver alone is shown this.
    """

    session_id: str
    number: int
    taken_at: Millis
    mime_type: Literal["image/jpeg"] = "image/jpeg"
    picture: bytes = Field(json_schema_extra={"format": "binary"})
    window: LiveWindow
    private: bool = False


class StartLiveView(ForSession):
    """Shows this client the session's browser, as `liveFrame` events, from now on; asked again, with other wishes.

    `quality` is that of the JPEG, as far as the slowest viewer keeps up; the picture is made no larger than `maxWidth`
    and `maxHeight` pixels, unless another viewer wants it larger. A driver's `controlId` also shows what is private.
    Over REST, where nobody could be shown anything, it only says whether there is such a session.
    """

    quality: Annotated[int, Field(ge=10, le=95), WHOLE] = 60
    max_width: Side = 1_280
    max_height: Side = 1_280
    control_id: Id | None = None


class StopLiveView(ForSession):
    """Shows this client no more of it; with the last viewer the pictures end. Always succeeds."""


class TakeControl(ForSession):
    """Lets a person drive the browser: the agent waits before its next action until they hand it back.

    With the `requestId` of a pending request for help, handing back settles it. `force` takes control over from
    whoever drives. With the own `controlId`, it only changes whether the driving is `private`.
    """

    private: bool = False
    request_id: Id | None = None
    force: bool = False
    control_id: Id | None = None


class ControlAck(SessionAck):
    """You drive. Name `controlId` with every input; silence for `driverTimeout` seconds hands the browser back."""

    control_id: str
    driver_timeout: float


class SendInput(ForSession):
    """Does what the driver's hands do, in order; with no `inputs` it says that the driver is still there."""

    control_id: Id
    inputs: list[Input] = Field(default=[], max_length=MOST_INPUTS)


class InputAck(Ack):
    """All of it was done, in the browser as it now stands. `copied` is what a copy took."""

    window: LiveWindow
    copied: str | None = None


class ReleaseControl(ForSession):
    """Hands the browser back: the agent is told what was done, and the `note`, and goes on.

    If control was taken for a request, that is settled with it: answered with the note, approved without one; unless
    `done` is false.
    """

    control_id: Id
    note: Annotated[str, Field(max_length=10_000), NO_NUL] | None = None
    done: bool = True
