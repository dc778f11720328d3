"""The verbs of human-layer requests: open, decide once, expire, cancel.

None expires while a person drives the session's browser: they may be about to answer it.
"""

from typing import Any

from sqlalchemy import Row, bindparam, func, insert, not_, select, update

from zenobia.protocol.errors import AlreadyDecided, AtCapacity, UnknownRequest
from zenobia.protocol.events import DecisionData, RequestData, StatusData
from zenobia.protocol.human import Decision, HumanLayerRequest, RequestStatus
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Millis
from zenobia.store.bell import ASKED, REQUESTS
from zenobia.store.direct import kept
from zenobia.store.schema import requests, sessions
from zenobia.store.session_rows import SessionRows

SENTENCES: dict[RequestStatus, str] = {
    RequestStatus.APPROVED: "Approved",
    RequestStatus.DENIED: "Denied",
    RequestStatus.ANSWERED: "Answered",
    RequestStatus.EXPIRED: "Nobody answered in time",
    RequestStatus.CANCELLED: "Not needed any more",
    RequestStatus.SUPERSEDED: "Asked again, because the page changed",
}

AFTER_DRIVING = 60.0
"""Seconds that are left at least to answer a request, once nobody drives the session's browser any more."""

_WAITS = requests.c.status == RequestStatus.PENDING.value
_BY_ID = requests.c.id == bindparam("request")
_ONE = kept(select(requests.c.session, requests.c.json).where(_BY_ID))
_MINE = kept(select(requests.c.session, requests.c.json).where(_BY_ID, requests.c.workspace == bindparam("of")))
_CHANGE = kept(update(requests).where(_BY_ID))
_SPEND = kept(update(requests).where(_BY_ID, requests.c.spent.is_(False)).values(spent=True))
_SPEND_SETTLED = kept(
    update(requests)
    .where(requests.c.session == bindparam("of"), not_(_WAITS), requests.c.spent.is_(False))
    .values(spent=True)
)
_PENDING = kept(
    select(requests.c.json).where(requests.c.session == bindparam("asked_by"), _WAITS).order_by(requests.c.number)
)
_DRIVEN = select(sessions.c.id).where(sessions.c.id == requests.c.session, sessions.c.control.is_not(None)).exists()
_DUE = kept(
    select(requests.c.id)
    .where(_WAITS, requests.c.expires_at <= bindparam("by"), not_(_DRIVEN))
    .order_by(requests.c.expires_at)
)
_SOONEST = kept(select(requests.c.expires_at).where(_WAITS, not_(_DRIVEN)).order_by(requests.c.expires_at).limit(1))


class RequestRows(SessionRows):
    """Human-layer requests in one transaction."""

    def open_request(self, request: HumanLayerRequest, workspace: str) -> None:
        """Ask a person: the session waits from here on.

        Raises:
            AtCapacity: the session has as many pending requests as it may.
            SessionEnded, NotAllowedNow: the session cannot wait now.
        """
        status = self.status(request.session_id)
        pending = (requests.c.session == request.session_id, requests.c.status == RequestStatus.PENDING)
        if len(self.rows(select(requests.c.id).where(*pending))) >= self.limits.pending_requests:
            raise AtCapacity(what="pending requests of one session", limit=self.limits.pending_requests)
        if status is not Status.WAITING:
            self.move(request.session_id, Status.WAITING, "The session waits for a person.")
        self.run(
            insert(requests).values(
                id=request.id,
                session=request.session_id,
                workspace=workspace,
                status=request.status,
                expires_at=request.expires_at,
                json=request.model_dump_json(by_alias=True),
                spent=False,
            )
        )
        self.append(request.session_id, RequestData(request=request), request.title)
        self.touch({REQUESTS, ASKED})

    def decide(self, request_id: str, decision: Decision, workspace: str | None = None) -> HumanLayerRequest:
        """Settle a pending request; the session goes on if it was the last.

        Raises:
            UnknownRequest: there is none with that id.
            AlreadyDecided: somebody was first; the facts hold the recorded decision.
        """
        request = self.request(request_id, workspace)
        if request.status is not RequestStatus.PENDING:
            raise AlreadyDecided(request=request.wire())
        return self.settle(request, decision)

    def settle(self, request: HumanLayerRequest, decision: Decision) -> HumanLayerRequest:
        """Settle a request that was found pending in this very transaction; the session goes on if it was the last."""
        settled = self._settle(request, decision)
        session = request.session_id
        if self.status(session) is not Status.WAITING or self.pending(session):
            self._tell(settled)
            return settled
        old = self._shift(session, Status.RUNNING)
        self._tell(settled)
        self.append(session, StatusData(previous=old), "The session goes on.")
        return settled

    def expire(self) -> Millis | None:
        """Expire what is due; when the next one will be, if there is one. Expiry never approves."""
        for row in self.rows(_DUE, {"by": self.now}):
            request = self.request(row.id)
            if self.overdue(request):  # else somebody was quicker than time
                self.settle(request, Decision(status=RequestStatus.EXPIRED, decided_at=self.now, decided_by="time"))
        return self.soonest_expiry()

    def overdue(self, request: HumanLayerRequest) -> bool:
        """Whether nobody answered in time."""
        late = request.status is RequestStatus.PENDING and request.expires_at <= self.now
        return late and self.control(request.session_id) is None

    def put_off(self, session: str) -> None:
        """Nobody drives any more: leave some time to answer what is pending."""
        soonest = self.now + int(min(AFTER_DRIVING, self.limits.human) * 1_000)
        for request in self.pending(session):
            until = max(request.expires_at, soonest)
            text = request.model_copy(update={"expires_at": until}).model_dump_json(by_alias=True)
            self.run(_CHANGE, {"request": request.id, "expires_at": until, "json": text})
        self.touch({ASKED})

    def soonest_expiry(self) -> Millis | None:
        """When the next request expires, if there is one; while a person drives, its requests do not."""
        soonest = self.row(_SOONEST)
        return None if soonest is None else soonest.expires_at

    def cancel_requests(self, session: str, by: str) -> None:
        """Nobody needs to answer any more: the session is ending."""
        for request in self.pending(session):
            decision = Decision(status=RequestStatus.CANCELLED, decided_at=self.now, decided_by=by)
            self._tell(self._settle(request, decision))

    def spend(self, request_id: str) -> bool:
        """Use an approval: true the first time only."""
        return self.run(_SPEND, {"request": request_id}) == 1

    def spend_settled(self, session: str) -> None:
        """Use up whatever was decided in the session by now: it goes on with something else."""
        self.run(_SPEND_SETTLED, {"of": session})

    def supersede(self, request_id: str) -> None:
        """An approval no longer fits the page: it is void, and will be asked again."""
        request = self.request(request_id)
        decision = Decision(status=RequestStatus.SUPERSEDED, decided_at=self.now, decided_by="server")
        self._tell(self._settle(request, decision))
        self.spend(request_id)

    def granted(self, session: str) -> frozenset[tuple[str, str]]:
        """What people allowed for the whole session: kinds of action, each at an origin."""
        approved = (requests.c.session == session, requests.c.status == RequestStatus.APPROVED)
        found = [self._request(row) for row in self.rows(select(requests.c.json).where(*approved))]
        return frozenset(
            (one.action.kind, one.action.origin)
            for one in found
            if one.decision and one.decision.for_session and one.action and one.action.kind and one.action.origin
        )

    def unspent(self, session: str) -> list[HumanLayerRequest]:
        """The session's requests whose outcome no agent has taken yet, oldest first."""
        query = select(requests.c.json).where(requests.c.session == session, requests.c.spent.is_(False))
        return [self._request(row) for row in self.rows(query.order_by(requests.c.number))]

    def request(self, request_id: str, workspace: str | None = None) -> HumanLayerRequest:
        """One request.

        Raises:
            UnknownRequest: there is none with that id (in that workspace).
        """
        query, values = (_ONE, {}) if workspace is None else (_MINE, {"of": workspace})
        row = self.row(query, {"request": request_id, **values})
        if row is not None and self.writing:
            self.status(row.session)  # holds the session, and so its requests; they may have been settled meanwhile
            row = self.row(query, {"request": request_id, **values})
        if row is None:
            raise UnknownRequest
        return self._request(row)

    def pending(self, session: str) -> list[HumanLayerRequest]:
        """The session's pending requests, oldest first."""
        return [self._request(row) for row in self.rows(_PENDING, {"asked_by": session})]

    def inbox(self, workspace: str) -> list[HumanLayerRequest]:
        """All pending requests of the workspace, oldest first."""
        pending = (requests.c.workspace == workspace, requests.c.status == RequestStatus.PENDING)
        return [
            self._request(row) for row in self.rows(select(requests.c.json).where(*pending).order_by(requests.c.number))
        ]

    def inbox_now(self, workspace: str) -> tuple[int, int]:
        """How many requests of the workspace are pending, and the number of the newest: others as soon as any is other.

        Numbers only grow, so one that was opened has a greater one, and one that was settled leaves fewer.
        """
        pending = (requests.c.workspace == workspace, requests.c.status == RequestStatus.PENDING)
        row = self.row(select(func.count().label("many"), func.max(requests.c.number).label("newest")).where(*pending))
        return (0, 0) if row is None or row.newest is None else (row.many, row.newest)

    def settled(self, workspace: str, *, most: int) -> list[HumanLayerRequest]:
        """The newest requests of the workspace that are not pending any more, newest first."""
        over = (requests.c.workspace == workspace, requests.c.status != RequestStatus.PENDING)
        newest = select(requests.c.json).where(*over).order_by(requests.c.number.desc()).limit(most)
        return [self._request(row) for row in self.rows(newest)]

    def waiting_for_people(self) -> tuple[int, Millis | None]:
        """How many requests are pending in all workspaces, and when the oldest was made."""
        pending = requests.c.status == RequestStatus.PENDING
        many = self.row(select(func.count().label("many")).select_from(requests).where(pending))
        oldest = self.row(select(requests.c.json).where(pending).order_by(requests.c.number).limit(1))
        return (0 if many is None else many.many), (None if oldest is None else self._request(oldest).created_at)

    def _settle(self, request: HumanLayerRequest, decision: Decision) -> HumanLayerRequest:
        settled = request.model_copy(update={"status": decision.status, "decision": decision})
        text = settled.model_dump_json(by_alias=True)
        self.run(_CHANGE, {"request": request.id, "status": decision.status, "json": text})
        self.touch({REQUESTS})
        return settled

    def _tell(self, request: HumanLayerRequest) -> None:
        message = f"{SENTENCES[request.status]}: {request.title}"
        self.append(request.session_id, DecisionData(request=request), message)

    @staticmethod
    def _request(row: Row[Any]) -> HumanLayerRequest:
        return HumanLayerRequest.model_validate_json(row.json)
