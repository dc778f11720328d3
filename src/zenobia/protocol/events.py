"""Everything that can happen in a session: one union, discriminated by `eventType`.

Each is told on `sessionStatus` exactly as it is stored. Per session `seq` is 1, 2, 3 … with no hole.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from zenobia.protocol.box import Box
from zenobia.protocol.control import Control, Release
from zenobia.protocol.files import File
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.session import EndReason, Problem, Result, Status, Usage
from zenobia.protocol.wire import Json, Millis, Wire

EVENT_NAME = "sessionStatus"
"""The one Socket.IO event on which everything is told."""

ACTIVE_CLIENT = "activeClient"
"""The Socket.IO event that tells a client, if it connected with `auth.notices`, whether it is the active one."""

REFUSED = "refused"
"""The last thing that whoever is cut off hears: why, as a refused command says it. It belongs to no session."""


class StatusData(Wire):
    """Where the session stands, and what a person would ask next."""

    previous: Status | None = None
    reason: EndReason | None = None
    queue_position: int | None = None
    prompt: str | None = None
    session_type: str | None = None


class MessageData(Wire):
    """Something said, by the agent or by the user."""

    author: Literal["agent", "user"]
    text: str


class ActionData(Wire):
    """What the browser is told (`started`), and then how it went.

    `action` is the action as given, with secrets masked. `url` and `title` are the page's afterwards. `kind` is what
    was at stake, `origin` where, and `because` why it was allowed, asked about or denied. `box` is where the target was
    in the window before the action; afterwards, if the action only looked. `sent` says of what was done whether
    the page sent something by it that may have changed something elsewhere.
    """

    action_id: str
    phase: Literal["started", "done", "failed", "unknown"]
    action: dict[str, Json]
    description: str
    step: int | None = None
    steps: int | None = None
    url: str | None = None
    title: str | None = None
    value: Json | None = None
    error: Problem | None = None
    kind: str | None = None
    origin: str | None = None
    because: str | None = None
    box: Box | None = None
    sent: bool | None = None


class FilesData(Wire):
    """Files that joined the session, or whose bytes arrived."""

    files: list[File]


class RequestData(Wire):
    """A person is asked."""

    request: HumanLayerRequest


class DecisionData(Wire):
    """A request is settled."""

    request: HumanLayerRequest


class ControlData(Wire):
    """A person drives, drives in another way, or drives no more; then `reason` says why.

    `did` is what they did, in sentences, as the agent is told it; `note` is what they said about it.
    """

    phase: Literal["taken", "changed", "released"]
    control: Control
    reason: Release | None = None
    did: list[str] = []
    note: str | None = None


class UsageData(Wire):
    """What the session has spent so far."""

    usage: Usage


class ResultData(Wire):
    """What the session brought home."""

    result: Result


class ErrorData(Problem):
    """What went wrong."""


class WarningData(Wire):
    """Something a person should know though the session goes on."""

    code: str
    details: dict[str, Json] = {}


class _Event(Wire):
    message: str
    status: Status
    session_id: str
    timestamp: Millis
    seq: int
    event_id: str


class StatusEvent(_Event):
    """The session's status changed, or its place in the queue."""

    event_type: Literal["status"] = "status"
    data: StatusData


class MessageEvent(_Event):
    """The agent or the user said something."""

    event_type: Literal["message"] = "message"
    data: MessageData


class ActionEvent(_Event):
    """The browser was told something, or did it."""

    event_type: Literal["action"] = "action"
    data: ActionData


class FilesEvent(_Event):
    """The session's files changed."""

    event_type: Literal["files"] = "files"
    data: FilesData


class RequestEvent(_Event):
    """A person is asked."""

    event_type: Literal["human_layer_request"] = "human_layer_request"
    data: RequestData


class DecisionEvent(_Event):
    """A person (or time) decided."""

    event_type: Literal["human_layer_decision"] = "human_layer_decision"
    data: DecisionData


class ControlEvent(_Event):
    """A person took the browser over, or handed it back."""

    event_type: Literal["control"] = "control"
    data: ControlData


class UsageEvent(_Event):
    """The session's spending so far."""

    event_type: Literal["usage"] = "usage"
    data: UsageData


class ResultEvent(_Event):
    """The session's result."""

    event_type: Literal["result"] = "result"
    data: ResultData


class ErrorEvent(_Event):
    """Something went wrong."""

    event_type: Literal["error"] = "error"
    data: ErrorData


class WarningEvent(_Event):
    """Something to know."""

    event_type: Literal["warning"] = "warning"
    data: WarningData


Event = Annotated[
    StatusEvent
    | MessageEvent
    | ActionEvent
    | FilesEvent
    | RequestEvent
    | DecisionEvent
    | ControlEvent
    | UsageEvent
    | ResultEvent
    | ErrorEvent
    | WarningEvent,
    Field(discriminator="event_type"),
]
"""Anything that happens in a session."""

EventData = (
    StatusData
    | MessageData
    | ActionData
    | FilesData
    | RequestData
    | DecisionData
    | ControlData
    | UsageData
    | ResultData
    | ErrorData
    | WarningData
)
"""The part of an event that says what happened; its type decides the event's type."""

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)

EVENT_OF: dict[type[EventData], type[_Event]] = {
    StatusData: StatusEvent,
    MessageData: MessageEvent,
    ActionData: ActionEvent,
    FilesData: FilesEvent,
    RequestData: RequestEvent,
    DecisionData: DecisionEvent,
    ControlData: ControlEvent,
    UsageData: UsageEvent,
    ResultData: ResultEvent,
    ErrorData: ErrorEvent,
    WarningData: WarningEvent,
}


def event_id(session: str, seq: int) -> str:
    """An event's id: its session and its place there, so that it can be derived and never collides."""
    return f"{session}:{seq}"


def make(data: EventData, *, message: str, status: Status, session: str, seq: int, now: Millis) -> Any:
    """The event that says `data`, at its place in the session's log."""
    return EVENT_OF[type(data)].model_validate(
        {
            "message": message,
            "status": status,
            "session_id": session,
            "timestamp": now,
            "seq": seq,
            "event_id": event_id(session, seq),
            "data": data,
        }
    )
