"""A session and the only moves its status can make.

`MOVES` is the whole machine: what is absent is forbidden, and nothing else in the project changes a status.
"""

from enum import StrEnum

from zenobia.protocol.control import Control
from zenobia.protocol.errors import NotAllowedNow, SessionEnded
from zenobia.protocol.files import File
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.wire import Json, Millis, Wire


class Status(StrEnum):
    """Where a session stands; the wire's words."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether this is an end: nothing happens any more, unless a person's message takes the session up again."""
        return self in ENDS


ENDS = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})


MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.RUNNING: frozenset(
        {
            Status.QUEUED,  # its owner died: somebody else takes it up
            Status.WAITING,
            Status.PAUSED,
            Status.COMPLETED,
            Status.FAILED,
            Status.CANCELLED,
        }
    ),
    Status.WAITING: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.PAUSED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.COMPLETED: frozenset({Status.QUEUED}),  # a person's message takes it up again; nothing else leaves an end
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELLED: frozenset({Status.QUEUED}),
}


def advance(old: Status, new: Status) -> Status:
    """Return `new` if the machine allows it from `old`.

    Raises:
        SessionEnded: `old` is an end.
        NotAllowedNow: the move is not in the table.
    """
    if new in MOVES[old]:
        return new
    raise SessionEnded(status=old) if old.ended else NotAllowedNow(status=old, wanted=new)


class EndReason(StrEnum):
    """Why a session ended, as a word for programs."""

    DONE = "done"
    GAVE_UP = "gave_up"
    DENIED = "denied"
    STEP_FAILED = "step_failed"
    UNREADABLE_PROMPT = "unreadable_prompt"
    STEP_LIMIT = "step_limit"
    TIME_LIMIT = "time_limit"
    EVENT_LIMIT = "event_limit"
    BUDGET = "budget"
    USER = "user"
    AGENT_ERROR = "agent_error"
    MODEL_ERROR = "model_error"
    BROWSER_ERROR = "browser_error"
    INTERRUPTED = "interrupted"


class Usage(Wire):
    """What a session has spent so far. `cost` is US dollars; null when the price of a model it asked is not known."""

    steps: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0

    def since(self, before: "Usage") -> "Usage":
        """What of it was spent since it was `before`."""
        return Usage(
            steps=self.steps - before.steps,
            input_tokens=self.input_tokens - before.input_tokens,
            output_tokens=self.output_tokens - before.output_tokens,
            cost=None if self.cost is None or before.cost is None else self.cost - before.cost,
        )


class Problem(Wire):
    """An error as every wire tells it: a sentence for a person, a stable word for a program."""

    error: str
    code: str
    retryable: bool = False
    details: dict[str, Json] | None = None


class SearchResult(Wire):
    """One hit on a search page, as the page shows it."""

    title: str
    link: str
    snippet: str = ""


class Claim(Wire):
    """Something that an agent says of its result, and whether the server found it to be so.

    `shows`: the page showed this text at the end, other than as the value of a field, which may be what was typed
    there. `confirmed`: and not before the last action, which sent a form, paid or deleted something. `file`: the
    session has this file, `downloaded`: from the browser. `read`: it was extracted. `evidence` is where it was found;
    a claim that is not `verified` has none.
    """

    kind: str
    value: str
    verified: bool
    evidence: str | None = None


class Result(Wire):
    """What a session brought home; kept also when it failed or was cancelled midway.

    `data` is the answer in the form that `config.outputSchema` asked for.
    """

    text: str = ""
    results: list[SearchResult] = []
    extracted: dict[str, Json] = {}
    data: Json = None
    claims: list[Claim] = []
    screenshot_id: str | None = None


class Session(Wire):
    """Everything a page needs to draw a session; `control` while a person drives. Times are Unix milliseconds."""

    id: str
    type: str
    prompt: str | None = None
    status: Status
    reason: EndReason | None = None
    error: Problem | None = None
    result: Result | None = None
    created_at: Millis
    started_at: Millis | None = None
    ended_at: Millis | None = None
    files: list[File] = []
    pending_requests: list[HumanLayerRequest] = []
    url: str | None = None
    title: str | None = None
    usage: Usage = Usage()
    queue_position: int | None = None
    control: Control | None = None
    last_seq: int
