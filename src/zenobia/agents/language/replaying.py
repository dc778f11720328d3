"""A log as a playbook that does the same again, without a model: what was done, in order, and what was checked.

What a person had to agree to is asked about again, and what only a person knew or could do is left to one.
"""

from collections.abc import Iterable, Iterator

from zenobia.agents.language.deeds import Ask, Step
from zenobia.protocol import actions as a
from zenobia.protocol.events import ActionData, ActionEvent, DecisionEvent, Event, ResultEvent
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import Result

MASKED = "•"
"""What a text consists of that was typed and is not told."""


def playbook(events: Iterable[Event]) -> list[Step]:
    """The steps; none if nothing was done."""
    steps: list[Step] = []
    approved, agreed = False, set[str]()
    result = Result()
    for event in events:
        match event:
            case DecisionEvent():
                approved = approved or _approves(event.data.request)
                steps += _by_hand(event.data.request)
            case ActionEvent() if event.data.phase == "started":
                if approved:
                    agreed.add(event.data.action_id)
                approved = False
            case ActionEvent() if event.data.phase == "done":
                steps.append(_step(event.data, ask_first=event.data.action_id in agreed))
            case ResultEvent():
                result = event.data.result
            case _:
                pass
    return [*steps, *_checks(result)] if steps else []


def written(steps: Iterable[Step], session: str) -> str:
    """The steps as a playbook is written."""
    return "\n".join([f"# What the session {session} did.", *map(str, steps)]) + "\n"


def _approves(request: HumanLayerRequest) -> bool:
    return request.kind is RequestKind.APPROVAL and request.status is RequestStatus.APPROVED


def _by_hand(request: HumanLayerRequest) -> Iterator[Step]:
    """What a person did at the page."""
    if request.kind is RequestKind.HELP and request.status is RequestStatus.APPROVED:
        yield Step(Ask(_line(request.title)))


def _step(done: ActionData, *, ask_first: bool) -> Step:
    action = a.ACTIONS.validate_python(done.action, by_alias=True, by_name=True)
    if isinstance(action, a.CallTool):
        return Step(Ask(_line(f"Please do this, as playbooks have no such tool: {done.description}")))
    target = getattr(action, "target", None)
    if isinstance(action, a.Type) and action.text and not action.text.strip(MASKED):
        return Step(Ask(_line(f"Please type what is secret into {action.target}")))
    if any(isinstance(one, a.Target) and not one.text for one in (target, getattr(action, "onto", None))):
        return Step(Ask(_line(f"Please do this, as it has no name: {done.description}")))
    return Step(action, ask_first)


def _checks(result: Result) -> Iterator[Step]:
    """What was verified at the end must be so again."""
    for claim in result.claims:
        if claim.verified and claim.kind == "shows":
            yield Step(a.WaitFor(target=a.Target(text=_line(claim.value))))


def _line(text: str) -> str:
    return " ".join(text.split())
