"""The one map from our errors to HTTP: total over the tree, most particular class first."""

from zenobia.protocol import errors as e
from zenobia.protocol.commands import ErrorAck
from zenobia.sessions.answers import RefusedBefore

_BY_CODE = {kind.code: kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, e.ZenobiaError)}

_STATUS: tuple[tuple[type[e.ZenobiaError], int], ...] = (
    (e.Unauthorized, 401),
    (e.Refused, 403),
    (e.NotFound, 404),
    (e.UnsupportedMediaType, 415),
    (e.TooLarge, 413),
    (e.Invalid, 400),
    (e.RateLimited, 429),
    (e.AtCapacity, 429),
    (e.TimedOut, 504),
    (e.TryLater, 503),
    (e.Internal, 500),
    (e.ZenobiaError, 409),
)


def http_status(error: e.ZenobiaError) -> int:
    """The HTTP status that says what the error says."""
    kind = _BY_CODE.get(error.code, type(error)) if isinstance(error, RefusedBefore) else type(error)
    return next(status for of, status in _STATUS if issubclass(kind, of))


def error_ack(error: e.ZenobiaError) -> ErrorAck:
    """The error as every wire answers it."""
    return ErrorAck(error=error.message, code=error.code, retryable=error.retryable, details=error.facts or None)
