"""The promise between an agent and its session: the agent decides, the turn does, records and asks.

An agent is a class with a `name` and a `run`. Everything it can do to the world goes through `Turn`, which stores
each intent before it acts, stops for people, and refuses to act for a session that is paused or over.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from zenobia.operators.base import Observation, Outcome, Picture
from zenobia.operators.elsewhere import Offer
from zenobia.protocol.actions import Action
from zenobia.protocol.events import ActionData
from zenobia.protocol.files import File
from zenobia.protocol.human import HumanLayerRequest, RequestKind
from zenobia.protocol.session import EndReason, Result, Usage
from zenobia.protocol.wire import Json


class Stop(Exception):
    """The agent ends its session before the job is done, and says why."""

    def __init__(self, reason: EndReason, message: str) -> None:
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where in its steps an action stands, counted from 1; `steps` is how many there are, if that is known.

    An action that `goes_on` with its step, after another of the same step, is not counted once more.
    """

    step: int
    steps: int | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What one request to a model took. `cost` is US dollars; None when the model's price is not known."""

    input_tokens: int
    output_tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the user; or the server's own words for what a person did `by_hand`, with names from the page."""

    text: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What there is of a session: its newest action, and the requests whose outcome nobody has used yet."""

    action: ActionData | None
    asked: list[HumanLayerRequest]


class Turn(Protocol):
    """What an agent may know and do."""

    @property
    def session_id(self) -> str:
        """The session's id."""
        ...

    @property
    def prompt(self) -> str | None:
        """What the session was created with, if anything."""
        ...

    @property
    def config(self) -> dict[str, Json]:
        """What the session was configured with."""
        ...

    @property
    def search_url(self) -> str:
        """The configured search page's address, with `{query}` where the words go."""
        ...

    @property
    def since(self) -> int:
        """Which life of the session this is: 0, and after every end that a message undid another, higher number."""
        ...

    @property
    def memo(self) -> Json:
        """What this agent last remembered of this session; None at first. Survives a crash."""
        ...

    async def remember(self, memo: Json) -> None:
        """Store the agent's own place in its work; what was `heard` counts as read from then on."""
        ...

    async def observe(self) -> Observation:
        """What the browser shows now."""
        ...

    async def tools(self) -> tuple[Offer, ...]:
        """The tools from elsewhere that can be called with `act`, as their servers describe them."""
        ...

    async def act(
        self, action: Action, *, ask_first: bool = False, progress: Progress | None = None, insist: bool = True
    ) -> Outcome:
        """Do one action: stored as an intent before and an outcome after; asks a person first if told to.

        An action that a lost browser cut off is done in a fresh one, after asking a person if it may have been done
        already; unless the agent does not `insist` and rather decides for itself.

        Raises:
            ActionFailed: it could not be done.
            OutcomeUnknown: it was cut off, and the agent does not insist.
            Denied: a person said no, or nobody answered in time.
        """
        ...

    def deciding(self) -> AbstractContextManager[None]:
        """For as long as this lasts, no person decided on what is done: it is done only as far as the policy goes."""
        ...

    async def before(self) -> Left:
        """What this session did last, whoever ran it, and asked; an action that was cut off is `unknown`."""
        ...

    async def ready(self) -> None:
        """Wait for as long as the session is paused."""
        ...

    async def ask(self, kind: RequestKind, title: str, reason: str) -> HumanLayerRequest:
        """Ask a person and wait, for as long as it takes; the settled request comes back."""
        ...

    async def say(self, text: str) -> None:
        """Tell whoever follows something."""
        ...

    async def message(self) -> str:
        """The user's next message not yet read; waits for one."""
        ...

    async def heard(self) -> list[Heard]:
        """The user's messages, and what people did by hand, since the last time; without waiting.

        They come again if nothing is remembered.
        """
        ...

    async def told(self) -> None:
        """Wait until there is a message that was not heard yet."""
        ...

    async def warn(self, code: str, message: str, details: dict[str, Json]) -> None:
        """Tell whoever follows something that they should know though the session goes on."""
        ...

    async def usage(self) -> Usage:
        """What the session has spent so far in this life."""
        ...

    async def misfit(self, data: Json, schema: dict[str, Json]) -> str | None:
        """What is wrong with data by a JSON schema, or with the schema; None if nothing is. Takes seconds at most."""
        ...

    async def charge(self, spent: Spent) -> None:
        """Count what a request to a model took, and tell it."""
        ...

    async def view(self) -> Picture:
        """A picture for the agent to look at; it is not kept."""
        ...

    async def picture(self) -> str:
        """Take and keep a picture; its id."""
        ...

    async def files(self) -> list[File]:
        """The session's files as they stand."""
        ...

    async def read(self, file_id: str) -> str:
        """A session file's text, converted from its format; bounded.

        Raises:
            UnknownFile: the session has no such file.
            FileNotAvailable: its bytes have not arrived.
        """
        ...

    async def write(self, name: str, text: str) -> File:
        """Make a session file that holds this text."""
        ...

    async def found(self, result: Result) -> None:
        """Keep what has been found so far, so that it survives however the session ends."""
        ...


class Denied(Exception):
    """A person refused the action, or nobody answered in time."""

    def __init__(self, request: HumanLayerRequest) -> None:
        self.request = request
        super().__init__(request.decision.reason if request.decision else None)


class Agent(Protocol):
    """Something that decides. One instance runs one session."""

    async def run(self, turn: Turn) -> Result:
        """Do the job; what is returned becomes the session's result.

        Raises:
            Stop: the session must end otherwise; says why.
        """
        ...


def follows_a_person(agent: Agent) -> bool:
    """Whether a person decided on the agent's every step, as its `follows_a_person` says; by default none did.

    What an agent decides by itself is done only as far as the policy goes.
    """
    return getattr(agent, "follows_a_person", False) is True


def goes_on(agent: Agent) -> bool:
    """Whether the agent can take a session up again that has ended, as its `goes_on` says; by default it cannot.

    Such an agent minds `Turn.since`: in a later life the prompt is done or given up, and messages say what to do.
    """
    return getattr(agent, "goes_on", False) is True
