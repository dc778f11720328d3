"""What a model is given to do: a session's whole job, or one step of somebody else's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from zenobia.protocol.session import Result
from zenobia.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class Job:
    """A task, what was `found` before it, and where the model's place in its work is kept.

    Without a `task` the user's next message is it. A `whole` job is the session's own: what the user says meanwhile is
    part of it, and its result has the form that the session asks for.
    """

    task: str | None
    memo: Json
    remember: Callable[[Json], Awaitable[None]]
    found: Result = field(default_factory=Result)
    whole: bool = True
