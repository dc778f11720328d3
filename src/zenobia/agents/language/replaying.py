"""A log as a playbook that does the same again, without a model: what was done, in order, and what was checked.

What a person had to agree to is asked about again, and what only a person knew or could do is left to one.
"""

from collections.abc import Iterable, Iterator

from zenobia.agents.language import sentences
from zenobia.agents.language.deeds import Ask, Step
from zenobia.agents.language.tokens import Unclear
from zenobia.protocol import actions as a
from zenobia.protocol.events import (
    ActionData,
    ActionEvent,
    ControlData,
    ControlEvent,
    DecisionEvent,
    Event,
    ResultEvent,
)
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import Result

HOW_TO_HELP = "The page is not as it was. Approve when you have done it yourself, or answer with steps to do instead."
"""Why a playbook asks a person where the page differs; steps they answer with are done, and so on record."""

LONGEST = 1_000
"""Characters of what a person is told that another did by hand."""

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
                approved = approved or event.data.request.approved
                steps += _by_hand(event.data.request)
            case ControlEvent():
                steps += _driven(event.data)
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


def _by_hand(request: HumanLayerRequest) -> Iterator[Step]:
    """What a person did at the page when they were asked to, with a note or without."""
    settled = (RequestStatus.APPROVED, RequestStatus.ANSWERED)
    if request.kind is not RequestKind.HELP or request.status not in settled:
        return
    if request.status is RequestStatus.APPROVED or request.reason != HOW_TO_HELP:
        yield Step(Ask(_line(request.title)))


def _driven(driven: ControlData) -> Iterator[Step]:
    """What a person did when they drove the browser unasked; of what was done in private nothing is known."""
    if driven.phase != "released" or driven.control.request_id is not None:
        return
    if driven.did:
        told = _line("; ".join(driven.did))
        yield Step(Ask(f"Please do by hand what was done here: {told[:LONGEST]}"))
    elif driven.control.private:
        yield Step(Ask("Please do by hand what was done here in private."))


def _step(done: ActionData, *, ask_first: bool) -> Step:
    action = a.action_of(done.action)
    if isinstance(action, a.CallTool):
        return Step(Ask(_line(f"Please do this, as playbooks have no such tool: {done.description}")))
    if isinstance(action, a.Type) and action.text and not action.text.strip(MASKED):
        return Step(Ask(_line(f"Please type what is secret into {action.target}")))
    step = Step(action, ask_first)
    if _reads_the_same(step):
        return step
    return Step(Ask(_line(f"Please do this, as it cannot be written down: {done.description}")))


def _reads_the_same(step: Step) -> bool:
    """Whether the step's words are read as the step; not if it is about something without a name."""
    try:
        return [str(read) for read in sentences.steps(str(step))] == [str(step)]
    except Unclear:
        return False


def _checks(result: Result) -> Iterator[Step]:
    """What was verified at the end must be so again."""
    for claim in result.claims:
        if claim.verified and claim.kind == "shows":
            yield Step(a.WaitFor(target=a.Target(text=_line(claim.value))))


def _line(text: str) -> str:
    return " ".join(text.split())
