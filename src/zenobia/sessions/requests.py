"""How an answer to a human-layer request becomes its decision."""

from zenobia.protocol.commands import DenyHumanLayerRequest, ForRequest, RespondHumanLayerRequest
from zenobia.protocol.errors import AlreadyDecided, VerdictNotAllowed
from zenobia.protocol.human import OUTCOMES, Decision, HumanLayerRequest, RequestStatus
from zenobia.protocol.wire import Millis


def require_allowed(request: HumanLayerRequest, status: RequestStatus) -> None:
    """Make sure that the request is open and can be settled like that.

    Raises:
        AlreadyDecided: somebody was first.
        VerdictNotAllowed: its kind takes other answers.
    """
    if request.status is not RequestStatus.PENDING:
        raise AlreadyDecided(request=request.wire())
    if status not in {OUTCOMES[verdict] for verdict in request.allowed}:
        raise VerdictNotAllowed(allowed=", ".join(request.allowed))


def decision(payload: ForRequest, status: RequestStatus, *, by: str, now: Millis) -> Decision:
    """The decision that a payload makes."""
    reason = payload.reason if isinstance(payload, DenyHumanLayerRequest) else None
    response = payload.response if isinstance(payload, RespondHumanLayerRequest) else None
    return Decision(status=status, decided_at=now, decided_by=by, reason=reason, response=response)
