"""How an answer to a human-layer request becomes its decision."""

from zenobia.protocol.commands import (
    ApproveHumanLayerRequest,
    DenyHumanLayerRequest,
    ForRequest,
    RespondHumanLayerRequest,
)
from zenobia.protocol.errors import AlreadyDecided, NotEditable, VerdictNotAllowed
from zenobia.protocol.human import OUTCOMES, Decision, HumanLayerRequest, RequestStatus
from zenobia.protocol.wire import Json, Millis
from zenobia.sessions.callers import Caller


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


def decision(payload: ForRequest, status: RequestStatus, *, by: Caller, now: Millis) -> Decision:
    """The decision that a payload makes."""
    reason = payload.reason if isinstance(payload, DenyHumanLayerRequest) else None
    response = payload.response if isinstance(payload, RespondHumanLayerRequest) else None
    approval = payload if isinstance(payload, ApproveHumanLayerRequest) else None
    return decided(
        status,
        by=by,
        now=now,
        reason=reason,
        response=response,
        values=approval.values if approval else {},
        for_session=approval is not None and approval.for_session,
    )


def decided(status: RequestStatus, *, by: Caller, now: Millis, **facts: Json) -> Decision:
    """A decision that says whose it is, with which key and from where; `facts` are its other fields."""
    return Decision(
        status=status, decided_at=now, decided_by=by.name, decided_with=by.key, decided_from=by.address, **facts
    )


def require_editable(request: HumanLayerRequest, payload: ForRequest) -> None:
    """Make sure that an approval changes only what may be changed, to something of its kind.

    Raises:
        NotEditable: it changes something else.
    """
    if not isinstance(payload, ApproveHumanLayerRequest):
        return
    editable = request.action.editable if request.action else ()
    for name, value in payload.values.items():
        if name not in editable or not isinstance(value, str) or not value:
            raise NotEditable(name=name, editable=", ".join(editable) or "nothing")
