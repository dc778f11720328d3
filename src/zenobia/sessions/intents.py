"""What is recorded of an action before it is done."""

from zenobia.agents.base import Progress
from zenobia.operators.base import Outcome
from zenobia.protocol.actions import REPEATABLE, Action, describe
from zenobia.protocol.events import ActionData
from zenobia.protocol.ids import action_id
from zenobia.sessions.permitting import Permit
from zenobia.sessions.proposals import masked


def intent_of(action: Action, progress: Progress | None, permit: Permit) -> ActionData:
    """The action as it may be shown, where in its steps it stands, and why it may be done."""
    shown = masked(action, secret=permit.secret)
    judged = permit.judgement
    return ActionData(
        action_id=action_id(),
        phase="started",
        action=shown.wire(),
        description=describe(shown),
        step=progress.step if progress else None,
        steps=progress.steps if progress else None,
        kind=judged.kind if judged else None,
        origin=permit.origin,
        because=judged.because if judged else None,
        box=permit.box,
    )


def same(before: ActionData, action: Action, progress: Progress | None) -> bool:
    """Whether an earlier runner's action is this one: the same step, told to do the same."""
    told = (masked(action).wire(), masked(action, secret=True).wire())
    place = (before.step, before.steps)
    return before.action in told and progress is not None and place == (progress.step, progress.steps)


def known_of(before: ActionData, action: Action) -> Outcome | None:
    """What is known of an action that was begun before; None if it is simply done again."""
    if before.phase not in {"done", "unknown"} or isinstance(action, REPEATABLE):
        return None
    return Outcome(f"Did this before: {before.description}.", before.url, before.title, before.value)
