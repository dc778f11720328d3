"""The one table of commands. Socket.IO, REST, OpenAPI, AsyncAPI, clients and docs are all read off it.

A command is its payload, its answer, and one REST route. Its summary is the payload's docstring.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from zenobia.protocol.access import Scope
from zenobia.protocol.calling import (
    GetPushKey,
    PendingAck,
    PushKeyAck,
    SubscribePush,
    UnsubscribePush,
    WatchHumanLayerRequests,
)
from zenobia.protocol.files import File, FileMetadata
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.live import (
    ControlAck,
    InputAck,
    ReleaseControl,
    SendInput,
    StartLiveView,
    StopLiveView,
    TakeControl,
)
from zenobia.protocol.payload import Ack, ForSession, Payload, SessionAck
from zenobia.protocol.payload import ErrorAck as ErrorAck  # what any command may be answered with
from zenobia.protocol.session import Session, Status
from zenobia.protocol.wire import NO_NUL, WHOLE, FileId, Id, Json, Millis, Text, Wire

# Sessions


class CreateSession(Payload):
    """Creates a session, with files if you like, and follows it from its first event."""

    session_type: Annotated[str, Field(max_length=100), NO_NUL] | None = None
    prompt: Text | None = None
    files: list[FileMetadata] = Field(default=[], max_length=1_000)
    file_ids: list[FileId] = Field(default=[], max_length=1_000)
    config: dict[str, Json] = Field(default={}, max_length=100)

    @field_validator("files", "file_ids", "config", mode="before")
    @classmethod
    def _null_is_none_of_them(cls, given: Json, info: ValidationInfo) -> Json:
        return ({} if info.field_name == "config" else []) if given is None else given


class CreateSessionAck(SessionAck):
    """The session exists, on disk."""

    session_id: str
    status: Status
    files: list[File]
    file_ids: list[str]


class JoinSession(Payload):
    """Makes a session the client's current one and follows it: from now, or from after `afterSeq`."""

    session_id: Id
    after_seq: Annotated[int, Field(ge=0, le=2**53), WHOLE] | None = None


class LeaveSession(ForSession):
    """Stops following; the session goes on."""


class CancelSession(ForSession):
    """Ends the session: after the answer nothing acts in its browser."""


class PauseSession(ForSession):
    """Holds the session before its next action, until it is resumed."""


class ResumeSession(ForSession):
    """Lets a paused session go on."""


class SendMessage(ForSession):
    """Tells the agent something; a session that waits for its prompt takes it as one."""

    message: Text = Field(min_length=1)
    file_ids: list[FileId | FileMetadata] = Field(default=[], max_length=1_000)

    @field_validator("message")
    @classmethod
    def _says_something(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("must not be blank")
        return message


class SendFileAttachments(ForSession):
    """Attaches files, by id or with metadata; the agent sees them at its next step."""

    file_ids: list[FileId | FileMetadata] = Field(max_length=1_000)


class FilesAck(SessionAck):
    """The files are attached."""

    files: list[File]
    file_ids: list[str]


class TakeScreenshot(ForSession):
    """Takes a picture of what the session's browser shows; of an ended session, gives its last, as it was kept."""

    format: Literal["png", "jpeg"] = "png"
    quality: Annotated[int, Field(ge=1, le=100), WHOLE] | None = None
    encoding: Literal["base64", "binary"] = "base64"
    full_page: bool = False


class ScreenshotAck(Ack):
    """A picture. `screenshot` is base64 text, or bytes where binary was asked for."""

    screenshot: str | bytes
    mime_type: str
    width: int
    height: int
    url: str | None
    title: str | None
    timestamp: Millis
    live: bool


class GetSession(ForSession):
    """Reads one session."""


class ExportPlaybook(ForSession):
    """Reads what a session did as a playbook, which does it again without a model."""


class PlaybookAck(Ack):
    """The playbook: plain steps, to be the prompt of a session of the type `playbook`."""

    playbook: str


class ListPictures(ForSession):
    """Lists the pictures that were kept of a session, in the order of what they show.

    At any moment of a session the page is as the newest picture shows it whose `seq` is not higher. The `box` of an
    action that was `started` then fits it.
    """


class KeptPicture(Wire):
    """A picture that was kept, and the `seq` of the event that it shows the page after."""

    picture_id: str
    seq: int
    mime_type: str
    width: int
    height: int
    taken_at: Millis


class PicturesAck(Ack):
    """The pictures; each is at `/api/sessions/{sessionId}/pictures/{pictureId}`."""

    pictures: list[KeptPicture]


class ListSessions(Payload):
    """Lists sessions, newest first; `before` is the id of the last one already seen."""

    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=500), WHOLE] = 50
    before: Id | None = None


class ListSessionsAck(Ack):
    """Sessions, newest first; `more` says whether there are older ones."""

    sessions: list[Session]
    more: bool


class DeleteSession(Payload):
    """Deletes a session that has ended, with its events, requests and pictures."""

    session_id: Id


# The human layer


class ForRequest(Payload):
    """About one human-layer request."""

    request_id: Id


class ApproveHumanLayerRequest(ForRequest):
    """Approves a pending request: exactly what was shown, once, or with other `values` where it is `editable`.

    `forSession` also allows, for the rest of the session, what is of the same kind at the same origin.
    """

    values: dict[str, Json] = Field(default={}, max_length=10)
    for_session: bool = False


class DenyHumanLayerRequest(ForRequest):
    """Denies a pending request; the agent reads the reason."""

    reason: Annotated[str, Field(max_length=10_000), NO_NUL] | None = None


class RespondHumanLayerRequest(ForRequest):
    """Answers a pending request in words or data; `null` and an empty text are no answer."""

    response: Json = Field(json_schema_extra={"not": {"enum": [None, ""]}})

    @field_validator("response")
    @classmethod
    def _said_something(cls, response: Json) -> Json:
        if response is None or response == "":
            raise ValueError("must not be empty")
        return response


class RequestAck(Ack):
    """The request as it now stands."""

    request: HumanLayerRequest


class GetHumanLayerRequest(ForRequest):
    """Reads one request, whatever has become of it."""


class GetHumanLayerRequests(Payload):
    """Lists the pending requests of all sessions, oldest first; or, of those that are `settled`, the newest."""

    settled: bool = False
    limit: Annotated[int, Field(ge=1, le=500), WHOLE] = 100


class RequestsAck(Ack):
    """Pending requests, all of them and oldest first; or settled ones, newest first and at most `limit`."""

    requests: list[HumanLayerRequest]


P = TypeVar("P", bound=Payload, covariant=True)
A = TypeVar("A", bound=Ack, covariant=True)


@dataclass(frozen=True, slots=True)
class Command(Generic[P, A]):
    """One row of the table.

    `bare` is the field that a plain string stands for; `changes` says whether an observer is refused; `needs` is the
    scope that a key must have.
    """

    name: str
    payload: type[P]
    ack: type[A]
    method: Literal["GET", "POST", "DELETE"]
    path: str
    bare: str | None = None
    created: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes anything; reads are GET, and only they are."""
        return self.method != "GET" and self.name not in FOLLOWING

    @property
    def needs(self) -> Scope:
        """The scope that a key must have for it."""
        if issubclass(self.payload, ForRequest) and self.changes:
            return Scope.APPROVE
        if self.name in CALLING:
            return Scope.OBSERVE
        return Scope.OPERATE if self.changes else Scope.OBSERVE

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (self.payload.__doc__ or "").strip()


FOLLOWING = frozenset({"joinSession", "leaveSession", "startLiveView", "stopLiveView", "watchHumanLayerRequests"})
"""Commands that move only the client that sends them."""

CALLING = frozenset({"subscribePush", "unsubscribePush"})
"""Commands about who is called: whoever may approve wants to be, and may not operate."""

_ONE = "/api/sessions/{sessionId}"
_REQUEST = "/api/human-layer/requests/{requestId}"

CREATE_SESSION = Command("createSession", CreateSession, CreateSessionAck, "POST", "/api/sessions", created=True)
JOIN_SESSION = Command("joinSession", JoinSession, SessionAck, "POST", f"{_ONE}/join", bare="sessionId")
LEAVE_SESSION = Command("leaveSession", LeaveSession, Ack, "POST", f"{_ONE}/leave", bare="sessionId")
CANCEL_SESSION = Command("cancelSession", CancelSession, SessionAck, "POST", f"{_ONE}/cancel", bare="sessionId")
PAUSE_SESSION = Command("pauseSession", PauseSession, SessionAck, "POST", f"{_ONE}/pause", bare="sessionId")
RESUME_SESSION = Command("resumeSession", ResumeSession, SessionAck, "POST", f"{_ONE}/resume", bare="sessionId")
SEND_MESSAGE = Command("sendMessage", SendMessage, SessionAck, "POST", f"{_ONE}/messages", bare="message")
SEND_FILE_ATTACHMENTS = Command("sendFileAttachments", SendFileAttachments, FilesAck, "POST", f"{_ONE}/files")
TAKE_SCREENSHOT = Command(
    "takeScreenshot", TakeScreenshot, ScreenshotAck, "GET", f"{_ONE}/screenshot", bare="sessionId"
)
GET_SESSION = Command("getSession", GetSession, SessionAck, "GET", _ONE, bare="sessionId")
EXPORT_PLAYBOOK = Command("exportPlaybook", ExportPlaybook, PlaybookAck, "GET", f"{_ONE}/playbook", bare="sessionId")
LIST_PICTURES = Command("listPictures", ListPictures, PicturesAck, "GET", f"{_ONE}/pictures", bare="sessionId")
LIST_SESSIONS = Command("listSessions", ListSessions, ListSessionsAck, "GET", "/api/sessions")
DELETE_SESSION = Command("deleteSession", DeleteSession, Ack, "DELETE", _ONE, bare="sessionId")
GET_REQUESTS = Command("getHumanLayerRequests", GetHumanLayerRequests, RequestsAck, "GET", "/api/human-layer/requests")
GET_REQUEST = Command("getHumanLayerRequest", GetHumanLayerRequest, RequestAck, "GET", _REQUEST, bare="requestId")
APPROVE_REQUEST = Command(
    "approveHumanLayerRequest",
    ApproveHumanLayerRequest,
    RequestAck,
    "POST",
    f"{_REQUEST}/approve",
    bare="requestId",
)
DENY_REQUEST = Command(
    "denyHumanLayerRequest", DenyHumanLayerRequest, RequestAck, "POST", f"{_REQUEST}/deny", bare="requestId"
)
RESPOND_REQUEST = Command(
    "respondHumanLayerRequest", RespondHumanLayerRequest, RequestAck, "POST", f"{_REQUEST}/respond"
)
WATCH_REQUESTS = Command(
    "watchHumanLayerRequests", WatchHumanLayerRequests, PendingAck, "POST", "/api/human-layer/watch"
)
GET_PUSH_KEY = Command("getPushKey", GetPushKey, PushKeyAck, "GET", "/api/human-layer/push/key")
SUBSCRIBE_PUSH = Command("subscribePush", SubscribePush, Ack, "POST", "/api/human-layer/push/subscribe")
UNSUBSCRIBE_PUSH = Command("unsubscribePush", UnsubscribePush, Ack, "POST", "/api/human-layer/push/unsubscribe")
START_LIVE_VIEW = Command("startLiveView", StartLiveView, SessionAck, "POST", f"{_ONE}/live/start", bare="sessionId")
STOP_LIVE_VIEW = Command("stopLiveView", StopLiveView, Ack, "POST", f"{_ONE}/live/stop", bare="sessionId")
TAKE_CONTROL = Command("takeControl", TakeControl, ControlAck, "POST", f"{_ONE}/control/take", bare="sessionId")
SEND_INPUT = Command("sendInput", SendInput, InputAck, "POST", f"{_ONE}/control/input")
RELEASE_CONTROL = Command("releaseControl", ReleaseControl, SessionAck, "POST", f"{_ONE}/control/release")

_ALL: tuple[Command[Any, Any], ...] = (
    CREATE_SESSION,
    JOIN_SESSION,
    LEAVE_SESSION,
    CANCEL_SESSION,
    PAUSE_SESSION,
    RESUME_SESSION,
    SEND_MESSAGE,
    SEND_FILE_ATTACHMENTS,
    TAKE_SCREENSHOT,
    GET_SESSION,
    EXPORT_PLAYBOOK,
    LIST_PICTURES,
    LIST_SESSIONS,
    DELETE_SESSION,
    GET_REQUESTS,
    GET_REQUEST,
    APPROVE_REQUEST,
    DENY_REQUEST,
    RESPOND_REQUEST,
    WATCH_REQUESTS,
    GET_PUSH_KEY,
    SUBSCRIBE_PUSH,
    UNSUBSCRIBE_PUSH,
    START_LIVE_VIEW,
    STOP_LIVE_VIEW,
    TAKE_CONTROL,
    SEND_INPUT,
    RELEASE_CONTROL,
)

COMMANDS: dict[str, Command[Any, Any]] = {command.name: command for command in _ALL}
"""Every command by its wire name."""


def commands() -> Iterator[Command[Any, Any]]:
    """Every command, in the order in which the docs tell them."""
    yield from _ALL
