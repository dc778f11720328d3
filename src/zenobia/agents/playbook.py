"""Follows plain steps, with no model: the same prompt does the same, or says which step could not be done.

After every step its place is remembered, so that another process can go on at the next one.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import ClassVar, Literal

from zenobia.agents.base import Denied, Progress, Stop, Turn
from zenobia.agents.browser.agent import StandIn
from zenobia.agents.browser.job import Job
from zenobia.agents.language.replaying import HOW_TO_HELP
from zenobia.agents.performing import PROBLEMS, agreed, last_picture, perform
from zenobia.agents.steps import Step, canonical, read
from zenobia.protocol.action_errors import BrowserLost, PageCrashed
from zenobia.protocol.actions import Screenshot
from zenobia.protocol.errors import BrowserUnavailable, UnreadablePrompt, ZenobiaError
from zenobia.protocol.human import RequestKind, RequestStatus
from zenobia.protocol.session import EndReason, Result
from zenobia.protocol.wire import Json, Text, Wire

INSTEAD = """A recorded job is done again without a model, step by step. This step cannot be done as it was recorded:
    {step}
{problem}
Do what the step was meant to do, on the page as it is now, and nothing else: the steps after it are done without you.
If it reads something with extract, use extract, with the same name. Then call done. Call done too if nothing is left to
do for it, and done with success false if it cannot be done."""
"""What a model is told that does one step."""

DIFFERENTLY = frozenset({"ask", "model"})
"""What a session may want where the page differs: a person is asked, also where there is no model or it gives up."""

GIVES_UP = frozenset({EndReason.GAVE_UP, EndReason.MODEL_ERROR})
LONGEST_WORDS = 200
"""Characters of a step that an error repeats."""


class Handed(Wire):
    """A step that is done otherwise: why it could not be done as it is written, by whom it is, and how far that is.

    `memo` is a model's place in it; `instead` are the steps that a person named, `done` of which are done.
    """

    problem: str
    to: Literal["model", "person"] = "model"
    memo: Json = None
    instead: Text | None = None
    done: int = 0


class Place(Wire):
    """Where a playbook stands: the prompt it follows, the steps done, what was found, and in which of its lives.

    `handed` is there while the next step is done otherwise.
    """

    prompt: Text
    done: int = 0
    result: Result = Result()
    since: int = 0
    handed: Handed | None = None

    def handing(self, handed: Handed) -> "Place":
        """The same place, with its next step done otherwise."""
        return self.model_copy(update={"handed": handed})


class PlaybookAgent:
    """Reads the prompt as steps and does them in order."""

    name: ClassVar[str] = "playbook"
    follows_a_person: ClassVar[bool] = True
    goes_on: ClassVar[bool] = True

    def __init__(self, stand_in: StandIn | None = None) -> None:
        self._stand_in = stand_in

    async def run(self, turn: Turn) -> Result:
        """Do every step that is not done yet, those of messages after those of the prompt.

        Raises:
            Stop: the prompt cannot be read, a step failed, or a person did not agree.
        """
        place = await _place(turn)
        while True:
            try:
                steps = await asyncio.to_thread(read, place.prompt)  # a long prompt takes a moment
            except UnreadablePrompt as error:
                raise Stop(EndReason.UNREADABLE_PROMPT, error.message) from error
            for number, step in enumerate(steps[place.done :], start=place.done + 1):
                place = await self._advance(turn, place, step, Progress(step=number, steps=len(steps)))
            if (more := await _more(turn, place)) is None:
                break
            place = more
        result = _summed_up(place.result, len(steps))
        return result if isinstance(steps[-1].deed, Screenshot) else await last_picture(turn, result)

    async def _advance(self, turn: Turn, place: Place, step: Step, progress: Progress) -> Place:
        result, handed = place.result, place.handed
        with _ending(_named(step, progress)):
            try:
                if handed is None:
                    result = await perform(turn, step, result, progress)
            except PROBLEMS as error:
                if turn.config.get("onDifference") not in DIFFERENTLY:
                    raise
                handed = Handed(problem=_failed(_named(step, progress), error))
            if handed is not None:
                result = await self._otherwise(turn, place, handed, step, progress)
        found = result != place.result
        place = place.model_copy(update={"done": progress.step, "result": result, "handed": None})
        await turn.remember(place.wire())
        if found:
            await turn.found(result)
        return place

    async def _otherwise(self, turn: Turn, place: Place, handed: Handed, step: Step, progress: Progress) -> Result:
        """Have a step done that cannot be done as it is written: by a model if that is wanted, else by a person.

        Raises:
            Denied: nobody does it.
            Stop: the budget is used up.
            UnreadablePrompt: what a person said cannot be read as steps.
        """
        if handed.to == "model":
            try:
                if (stand_in := self._model(turn)) is not None:
                    return await _stood_in(stand_in, turn, place, handed, step)
            except Stop as stop:
                if stop.reason not in GIVES_UP:
                    raise
                problem = f"{handed.problem} A model could not do it either: {stop}"
                handed = handed.model_copy(update={"problem": problem})
            handed = handed.model_copy(update={"to": "person"})
            await turn.remember(place.handing(handed).wire())  # another process asks the same, and no model again
        if handed.instead is None:
            request = agreed(await turn.ask(RequestKind.HELP, handed.problem, HOW_TO_HELP))
            if request.status is RequestStatus.APPROVED or request.decision is None:
                return place.result  # they have done it
            handed = handed.model_copy(update={"instead": str(request.decision.response)})
        return await _did_instead(turn, place, handed, progress)

    def _model(self, turn: Turn) -> StandIn | None:
        wanted = self._stand_in if turn.config.get("onDifference") == "model" else None
        return wanted if wanted is not None and wanted.there(turn.config) else None


async def _did_instead(turn: Turn, place: Place, handed: Handed, progress: Progress) -> Result:
    """Do the steps that a person named in place of one, those that are not done yet.

    They are remembered before the first begins, as that uses the answer up, of which they are all a part.
    """
    steps = read(handed.instead or "")
    for number, step in enumerate(steps[handed.done :], start=handed.done + 1):
        await turn.remember(place.handing(handed).wire())
        result = await perform(turn, step, place.result, progress)
        place, handed = place.model_copy(update={"result": result}), handed.model_copy(update={"done": number})
    return place.result


async def _stood_in(stand_in: StandIn, turn: Turn, place: Place, handed: Handed, step: Step) -> Result:
    """Have a model do the step, from where it stands in it; what it read is found, and what it says is not."""

    async def remember(memo: Json) -> None:
        await turn.remember(place.handing(handed.model_copy(update={"memo": memo})).wire())

    task = INSTEAD.format(step=canonical(step.deed), problem=handed.problem)
    job = Job(task, handed.memo, remember, found=place.result, whole=False)
    done = await stand_in.do(turn, job)
    return place.result.model_copy(update={"extracted": done.extracted})


async def _place(turn: Turn) -> Place:
    """Where it stands; in a later life of the session, at the beginning of what the next message says."""
    place = None if turn.memo is None else Place.model_validate(turn.memo)
    if place is not None and place.since == turn.since:
        return place
    if turn.prompt is not None and turn.since == 0:
        return Place(prompt=turn.prompt)
    place = Place(prompt=await turn.message(), result=place.result if place else Result(), since=turn.since)
    await turn.remember(place.wire())  # the message will not come a second time
    return place


async def _more(turn: Turn, place: Place) -> Place | None:
    """The steps that came as messages meanwhile; what cannot be read as steps is answered."""
    readable: list[str] = []
    told = [heard.text for heard in await turn.heard() if not heard.by_hand]
    for words in told:
        try:
            steps = await asyncio.to_thread(read, words)
            readable.append(words if len(told) == 1 else "\n".join(map(str, steps)))  # each is read by itself
        except UnreadablePrompt as error:
            await turn.say(error.message)
    if not readable:
        if told:
            await turn.remember(place.wire())  # answered is read: it must not be the next life's first message
        return None
    place = place.model_copy(update={"prompt": "\n".join(readable), "done": 0})
    await turn.remember(place.wire())
    return place


def _named(step: Step, progress: Progress) -> str:
    words = step.words if len(step.words) <= LONGEST_WORDS else step.words[:LONGEST_WORDS] + "…"
    return f"Step {progress.step} of {progress.steps} ({words})"


@contextmanager
def _ending(what: str) -> Generator[None]:
    """Turn whatever stops a step into the session's end, and say which step it was."""
    try:
        yield
    except Denied as denied:
        raise Stop(*_refusal(denied, what)) from denied
    except (BrowserLost, PageCrashed, BrowserUnavailable) as error:
        raise Stop(EndReason.BROWSER_ERROR, _failed(what, error)) from error
    except UnreadablePrompt as error:
        raise Stop(EndReason.UNREADABLE_PROMPT, _failed(what, error)) from error
    except PROBLEMS as error:
        raise Stop(EndReason.STEP_FAILED, _failed(what, error)) from error


def _failed(what: str, error: ZenobiaError) -> str:
    return f"{what} failed: {error.message}"


def _refusal(denied: Denied, what: str) -> tuple[EndReason, str]:
    decision = denied.request.decision
    if denied.request.status is RequestStatus.EXPIRED:
        return EndReason.GAVE_UP, f"{what} was not done: nobody answered in time."
    reason = f": {decision.reason}" if decision and decision.reason else "."
    return EndReason.DENIED, f"{what} was refused{reason}"


def _summed_up(result: Result, steps: int) -> Result:
    done = "Did the one step." if steps == 1 else f"Did all {steps} steps."
    return result.model_copy(update={"text": f"{result.text}\n{done}".strip()})
