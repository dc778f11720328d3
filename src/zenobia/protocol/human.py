"""What a person is asked, and what a person decides: once, by the first who does."""

from enum import StrEnum
from typing import Literal

from zenobia.protocol.box import Box
from zenobia.protocol.wire import Json, Millis, Wire


class RequestKind(StrEnum):
    """What sort of answer is wanted."""

    APPROVAL = "approval"
    HELP = "help"
    QUESTION = "question"


class RequestStatus(StrEnum):
    """Where a request stands. Everything but `pending` is final."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    ANSWERED = "answered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


OPEN = frozenset({RequestStatus.PENDING, RequestStatus.APPROVED})
"""How a request stands that may still let something happen."""


class Verdict(StrEnum):
    """What a person may do with a request; `allowed` lists those that fit its kind."""

    APPROVE = "approve"
    DENY = "deny"
    RESPOND = "respond"


ALLOWED: dict[RequestKind, tuple[Verdict, ...]] = {
    RequestKind.APPROVAL: (Verdict.APPROVE, Verdict.DENY),
    RequestKind.HELP: (Verdict.APPROVE, Verdict.DENY, Verdict.RESPOND),
    RequestKind.QUESTION: (Verdict.RESPOND, Verdict.DENY),
}

OUTCOMES: dict[Verdict, RequestStatus] = {
    Verdict.APPROVE: RequestStatus.APPROVED,
    Verdict.DENY: RequestStatus.DENIED,
    Verdict.RESPOND: RequestStatus.ANSWERED,
}


class ProposedAction(Wire):
    """The exact action a person is asked about, described by the server and never by the agent.

    `kind` is what is at stake, such as `pay` or `delete`; `values` are what would be typed, chosen or sent, and those
    named in `editable` may be changed by whoever approves. `digest` covers everything else here, and is checked again
    at the moment of acting.
    """

    verb: str
    kind: str | None = None
    description: str
    target: str | None = None
    page_url: str | None = None
    origin: str | None = None
    values: dict[str, Json] = {}
    editable: tuple[str, ...] = ()
    digest: str


class Decision(Wire):
    """How a request was settled, by whom and when (Unix milliseconds).

    `decidedBy` is the name of an API key or, where there are none, of a wire; `decidedWith` is the key's id, and
    `decidedFrom` the address that the answer came from. What time or the server settles has neither.

    `values` took the place of those that were proposed. `forSession` also allows what is of the same kind at the same
    origin for the rest of the session.
    """

    status: RequestStatus
    decided_at: Millis
    decided_by: str
    decided_with: str | None = None
    decided_from: str | None = None
    reason: str | None = None
    response: Json | None = None
    values: dict[str, Json] = {}
    for_session: bool = False


class HumanLayerRequest(Wire):
    """A question to a person that outlives clients and restarts. Times are Unix milliseconds.

    It does not expire while a person drives the session's browser, nor at once when they are done.
    `author` says who wrote `title` and `reason`: what an agent writes may have been put into its mouth by a web page.
    `box` is where the action's target was in the window when the picture was taken.
    """

    id: str
    session_id: str
    kind: RequestKind
    title: str
    reason: str
    author: Literal["server", "agent"] = "agent"
    action: ProposedAction | None = None
    screenshot_id: str | None = None
    box: Box | None = None
    status: RequestStatus = RequestStatus.PENDING
    created_at: Millis
    expires_at: Millis
    allowed: tuple[Verdict, ...]
    decision: Decision | None = None

    @property
    def approved(self) -> bool:
        """Whether it asked for an approval, and a person gave it."""
        return self.kind is RequestKind.APPROVAL and self.status is RequestStatus.APPROVED
