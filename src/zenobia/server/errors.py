"""The one map from our errors to HTTP, total over the tree; and which errors a command may be refused with."""

import inspect
from typing import Any

from zenobia.protocol import access
from zenobia.protocol import action_errors as on_acting
from zenobia.protocol import control as k
from zenobia.protocol import errors as e
from zenobia.protocol.calling import EndpointRefused
from zenobia.protocol.commands import Command, ErrorAck, ForRequest, ForSession
from zenobia.protocol.relayed import Relayed
from zenobia.sessions.vault import SecretsKeyUnusable

ErrorKind = type[e.ZenobiaError]


class MethodNotAllowed(e.Invalid):
    """This route takes other methods: {allowed}."""

    code = "method_not_allowed"


_ALL = (*vars(e).values(), *vars(on_acting).values(), *vars(k).values(), *vars(access).values())
_BY_CODE = {kind.code: kind for kind in _ALL if isinstance(kind, type) and issubclass(kind, e.ZenobiaError)}

_STATUS: tuple[tuple[ErrorKind, int], ...] = (
    (e.Unauthorized, 401),
    (e.Refused, 403),
    (e.NotFound, 404),
    (MethodNotAllowed, 405),
    (e.UnsupportedMediaType, 415),
    (e.RangeNotSatisfiable, 416),
    (access.TooSlow, 408),
    (e.TooLarge, 413),
    (e.Invalid, 400),
    (e.RateLimited, 429),
    (e.AtCapacity, 429),
    (e.TimedOut, 504),
    (e.TryLater, 503),
    (e.Internal, 500),
    (e.ZenobiaError, 409),
)

NOT_LET_IN: tuple[ErrorKind, ...] = (
    e.Unauthorized,
    access.KeyExpired,
    access.KeyRevoked,
    access.MissingScope,
    access.TooManyWrongKeys,
)
"""What whoever shows no key that is good for it is told, where keys are needed."""

BY_LOOKS: tuple[ErrorKind, ...] = (
    access.HostNotAllowed,
    access.OriginNotAllowed,
    access.KeyInAddress,
    access.PackedBody,
)
"""What is refused before anybody looks what it is."""

ALWAYS: tuple[ErrorKind, ...] = (
    e.InvalidPayload,
    e.PayloadTooLarge,
    *BY_LOOKS,
    access.TooSlow,
    *NOT_LET_IN,
    e.RateLimited,
    e.TimedOut,
    e.StorageUnavailable,
    e.Internal,
)
"""What any command may be refused with."""

ANY_ROUTE: tuple[ErrorKind, ...] = (e.InvalidPayload, *BY_LOOKS, *NOT_LET_IN, e.StorageUnavailable, e.Internal)
"""What any route besides the commands' may refuse with."""

_OWN: dict[str, tuple[ErrorKind, ...]] = {
    "createSession": (e.UnknownSessionType, e.PromptTooLong, e.TooManyFiles, e.AtCapacity, e.UnknownSession),
    "cancelSession": (e.SessionEnded,),
    "pauseSession": (e.SessionEnded, e.NotAllowedNow, e.LogFull),
    "resumeSession": (e.SessionEnded, e.NotAllowedNow),
    "sendMessage": (e.SessionEnded, e.AtCapacity, e.PromptTooLong, e.TooManyFiles, e.LogFull),
    "sendFileAttachments": (e.SessionEnded, e.TooManyFiles, e.LogFull),
    "exportPlaybook": (e.NothingToExport,),
    "takeScreenshot": (
        e.UnknownPicture,
        e.NoPictureYet,
        k.PrivateNow,
        e.BrowserUnavailable,
        on_acting.ActionTimedOut,
        on_acting.PageCrashed,
        on_acting.ResourceLimit,
        on_acting.BrowserLost,
    ),
    "deleteSession": (e.SessionActive,),
    "approveHumanLayerRequest": (e.AlreadyDecided, e.VerdictNotAllowed),
    "denyHumanLayerRequest": (e.AlreadyDecided, e.VerdictNotAllowed),
    "respondHumanLayerRequest": (e.AlreadyDecided, e.VerdictNotAllowed),
    "getPushKey": (SecretsKeyUnusable,),
    "subscribePush": (EndpointRefused, e.AtCapacity),
    "startLiveView": (e.SessionEnded, e.AtCapacity, k.RunsElsewhere),
    "takeControl": (
        e.SessionEnded,
        k.AlreadyDriven,
        k.NotDriving,
        k.NoBrowserNow,
        k.RunsElsewhere,
        e.UnknownRequest,
        e.AlreadyDecided,
        e.VerdictNotAllowed,
        e.LogFull,
    ),
    "sendInput": (
        e.SessionEnded,
        k.NotDriving,
        k.NoBrowserNow,
        k.RunsElsewhere,
        k.AgentActs,
        on_acting.Impossible,
        on_acting.ActionTimedOut,
        on_acting.TargetNotFound,
        on_acting.NavigationFailed,
        on_acting.BlockedUrl,
        on_acting.PageCrashed,
        on_acting.ResourceLimit,
        on_acting.BrowserLost,
        e.UnknownFile,
        e.FileNotAvailable,
        e.FileLost,
    ),
    "releaseControl": (e.SessionEnded, k.NotDriving, k.RunsElsewhere),
}
"""What only some commands may be refused with; a property test holds every refusal it meets to this."""


def http_status(error: e.ZenobiaError) -> int:
    """The HTTP status that says what the error says."""
    return status_of(_BY_CODE.get(error.code, type(error)) if isinstance(error, Relayed) else type(error))


def status_of(kind: ErrorKind) -> int:
    """The HTTP status of a kind of error."""
    return next(status for of, status in _STATUS if issubclass(kind, of))


def sentence(kind: ErrorKind) -> str:
    """What a kind of error says, with its facts as `{names}`."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split())


def error_ack(error: e.ZenobiaError) -> ErrorAck:
    """The error as every wire answers it."""
    return ErrorAck(error=error.message, code=error.code, retryable=error.retryable, details=error.details)


def refusals(command: Command[Any, Any]) -> tuple[ErrorKind, ...]:
    """Every error that a command may be refused with, its own first."""
    kinds = list(_OWN.get(command.name, ()))
    if issubclass(command.payload, ForRequest):
        kinds.append(e.UnknownRequest)
    elif "session_id" in command.payload.model_fields and command.name != "leaveSession":  # that always succeeds
        kinds.append(e.UnknownSession)
        if issubclass(command.payload, ForSession):
            kinds.append(e.NoCurrentSession)
    if command.changes:
        kinds += [e.CommandIdReused, e.ObserverOnly]
    return (*kinds, *ALWAYS)
