"""Nobody decides here: a person drives, each message being plain steps that are done at once.

What cannot be read or done is answered, and the session stays; it ends when the person says so.
"""

import asyncio
from typing import ClassVar

from zenobia.agents.base import Denied, Progress, Stop, Turn
from zenobia.agents.performing import PROBLEMS, last_picture, perform
from zenobia.agents.steps import Step, canonical, read
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.errors import BrowserUnavailable, UnreadablePrompt
from zenobia.protocol.human import RequestStatus
from zenobia.protocol.session import EndReason, Result
from zenobia.protocol.wire import Wire

FINISHED = frozenset({"done", "finish", "finished", "i'm done", "that's all", "that is all"})


class Standing(Wire):
    """What a driven session keeps: that its prompt has been read, and what was found."""

    result: Result = Result()


class ManualAgent:
    """Does what each message says, until one says that it is done."""

    name: ClassVar[str] = "manual"
    follows_a_person: ClassVar[bool] = True
    goes_on: ClassVar[bool] = True

    async def run(self, turn: Turn) -> Result:
        """Follow the messages, the prompt being the first.

        Raises:
            Stop: the browser is gone.
        """
        result = Result() if turn.memo is None else Standing.model_validate(turn.memo).result
        first = turn.prompt if turn.memo is None and turn.since == 0 else None
        words = first or await turn.message()
        while not _finished(words):
            await turn.remember(Standing(result=result).wire())  # a message is done once, also across a crash
            result = await _follow(turn, words, result)
            words = await turn.message()
        return await last_picture(turn, result.model_copy(update={"text": result.text or "Done."}))


def _finished(words: str) -> bool:
    return " ".join(words.casefold().split()).strip(" .!") in FINISHED


async def _follow(turn: Turn, words: str, result: Result) -> Result:
    """Do the steps of one message; says what is the matter with one that cannot be read."""
    try:
        steps = await asyncio.to_thread(read, words)
    except UnreadablePrompt as error:
        await turn.say(f'{error.message} To end the session, write "done".')
        return result
    for number, step in enumerate(steps, start=1):
        after = await _attempt(turn, step, result, Progress(step=number, steps=len(steps)), left=len(steps) - number)
        if after is None:
            return result
        if after != result:
            result = after
            await turn.found(result)
            await turn.remember(Standing(result=result).wire())
    return result


async def _attempt(turn: Turn, step: Step, result: Result, progress: Progress, *, left: int) -> Result | None:
    """Do one step, or say why not; None if the rest of the message is not to be done."""
    try:
        return await perform(turn, step, result, progress)
    except (BrowserLost, BrowserUnavailable) as error:
        raise Stop(EndReason.BROWSER_ERROR, error.message) from error
    except PROBLEMS as error:
        problem = error.message
    except Denied as denied:
        expired = denied.request.status is RequestStatus.EXPIRED
        problem = "Nobody answered in time." if expired else "It was refused."
    rest = f" The {left} after it {'was' if left == 1 else 'were'} not tried." if left else ""
    await turn.say(f"Not done: {canonical(step.deed)}. {problem}{rest}")
    return None
