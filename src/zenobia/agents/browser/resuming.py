"""What came of the calls that were under way when the last runner of a session ended: what is on record, and no guess.

The calls of an answer are carried out in order, so whatever is known of one says that those before it were done.
"""

from zenobia.agents.base import Left, Turn
from zenobia.agents.browser.conversation import Conversation
from zenobia.agents.browser.deeds import STUCK, ask, helped, refusal, shown, told_of
from zenobia.agents.browser.tools import TOOLS, Acting, Ask, Malformed, Wanted, read
from zenobia.protocol.events import ActionData
from zenobia.protocol.human import OPEN, HumanLayerRequest, RequestKind


async def left_over(turn: Turn, said: Conversation) -> list[tuple[Wanted, str]]:
    """What came of each call that nothing was returned for; a question that was asked is waited for again."""
    again = said.since != turn.since
    what = "session ended" if again else "server was interrupted"
    await turn.ready()  # somebody may be about to decide
    left, calls = await turn.before(), said.pending
    if calls and (stuck := next((one for one in left.asked if one.title.startswith(STUCK)), None)) is not None:
        told = await helped(turn, stuck.title, stuck.reason)
        return [(call, told) for call in calls]
    if left.action is not None and left.action.steps is not None:  # it was not the model's, but of a playbook
        left = Left(None, left.asked)
    newest = left.action
    reached, approval = _reached(calls, said.steps, left)
    results: list[tuple[Wanted, str]] = []
    for number, call in enumerate(calls, start=1):
        if call.tool == "done" and again:
            text = "Ended."
        elif number > reached or (again and number == reached and not _acts(call)):  # a question waits no longer
            text = f"Not done: the {what}. Look at the page and decide again."
        elif number == reached and approval is not None:
            text = _undecided(approval, what)
        elif _acts(call):
            said.steps += 1
            text = _outcome(newest, what) if newest is not None and said.steps == newest.step else "Done."
        elif number == reached and (question := _question(call)) is not None:
            text = told_of(await ask(turn, question))
        else:
            text = "Done."
        results.append((call, text))
    return results


def _reached(calls: list[Wanted], steps: int, left: Left) -> tuple[int, HumanLayerRequest | None]:
    """How many of the calls were begun, as far as that is on record, and the approval that the last of them needs."""
    last, reached = (left.action.step or 0) if left.action else 0, 0
    approval = next((one for one in left.asked if one.kind is RequestKind.APPROVAL), None)
    for number, call in enumerate(calls, start=1):
        if not _acts(call):
            asked = _question(call)
            if asked is not None and any(one.title == asked.what for one in left.asked):
                return number, None
        elif steps < last:
            steps, reached = steps + 1, number
        else:
            return (number, approval) if approval is not None else (reached, None)
    return reached, None


def _acts(call: Wanted) -> bool:
    return issubclass(TOOLS.get(call.tool, Acting), Acting)  # what is not ours is from elsewhere


def _question(call: Wanted) -> Ask | None:
    try:
        found = read(call)
    except Malformed:
        return None
    return found if isinstance(found, Ask) else None


def _undecided(approval: HumanLayerRequest, what: str) -> str:
    """What is said of an action that a person was asked about, and has decided on."""
    if approval.status not in OPEN:
        return refusal(approval)
    return (
        f"Not done yet: the {what} when a person had allowed it: {approval.title} "
        "Look at the page. If it is still right, do it again just so: what they said counts for it."
    )


def _outcome(before: ActionData, what: str) -> str:
    """What is known of the action that was the last before an interruption, or an end."""
    match before.phase:
        case "done":
            value = f" It says: {shown(before.value)}" if before.value is not None else ""
            return f"Done, before the {what}.{value}"
        case "failed":
            return f"Failed: {before.error.error if before.error else 'it could not be done.'}"
        case _:
            return f"Nobody knows whether this was done: the {what}. Look at the page first."
