"""A turn's calls, carried out in order: each is checked against the page as it is, the rest dropped once it changed."""

from collections.abc import Awaitable, Callable

import orjson

from zenobia.agents.base import Denied, Progress, Stop, Turn
from zenobia.agents.browser.conversation import Conversation
from zenobia.agents.browser.ending import SENDING
from zenobia.agents.browser.foreign import CallElsewhere, framed
from zenobia.agents.browser.sight import Look
from zenobia.agents.browser.stuck import Rut
from zenobia.agents.browser.tools import Acting, Ask, Done, Extract, ReadFile, Say, Tool, Wanted, WriteFile
from zenobia.agents.policy.kinds import Kind
from zenobia.operators.base import Outcome
from zenobia.protocol.action_errors import ActionFailed, BrowserLost
from zenobia.protocol.errors import BrowserUnavailable, FileNotAvailable, FileUnreadable, TooManyFiles, UnknownFile
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import EndReason
from zenobia.protocol.wire import Json

LONGEST = 12_000
"""Characters of a value, or of a file's part, that are shown to a model at once."""

PROBLEMS = (ActionFailed, UnknownFile, FileNotAvailable, FileUnreadable, TooManyFiles)
"""What can be wrong with one call while the session goes on."""


class Deeds:
    """Carries out what a model calls for."""

    def __init__(
        self, turn: Turn, conversation: Conversation, rut: Rut, interrupted: Callable[[], Awaitable[bool]]
    ) -> None:
        self._turn = turn
        self._conversation = conversation
        self._rut = rut
        self._interrupted = interrupted
        self.unrecorded = False
        """Whether something came of the last calls that no action on record tells: it is to be remembered at once."""

    async def carry_out(self, calls: list[tuple[Wanted, Tool]], look: Look) -> list[tuple[Wanted, str]]:
        """Do the calls in order; what came of each, in words for the model.

        Raises:
            Stop: there is no browser any more.
        """
        results: list[tuple[Wanted, str]] = []
        dropped, self.unrecorded = "", False
        for wanted, tool in calls:
            if isinstance(tool, Done):
                results.append((wanted, "Not ended: call done alone, when you have seen what came of the rest."))
                continue
            if results and not dropped and await self._interrupted():
                dropped = "the user said something"
            if dropped:
                results.append((wanted, f"Not done: {dropped}."))
                continue
            text, dropped = await self._one(tool, look)
            results.append((wanted, text))
        return results

    async def _one(self, tool: Tool, look: Look) -> tuple[str, str]:
        """What came of one call, and why what follows it must be dropped; empty if it need not."""
        try:
            return await self._done(tool, look)
        except (BrowserLost, BrowserUnavailable) as error:
            raise Stop(EndReason.BROWSER_ERROR, error.message) from error
        except PROBLEMS as error:
            self._rut.went(well=False)
            return f"Failed: {error.message}", "what came before it failed"
        except Denied as denied:
            self.unrecorded = True
            return refusal(denied.request), "what came before it was not allowed"

    async def _done(self, tool: Tool, look: Look) -> tuple[str, str]:
        match tool:
            case Acting():
                return await self._act(tool, look)
            case ReadFile():
                self.unrecorded = True
                return await self._read(tool), ""
            case WriteFile():
                self.unrecorded = True
                file = await self._turn.write(tool.name, tool.text)
                return f"Wrote {file.file_name}.", ""
            case Ask():
                self.unrecorded = True
                return told_of(await ask(self._turn, tool)), "the answer came first"
            case Say():
                self.unrecorded = True
                await self._turn.say(tool.text)
                return "Said.", ""
            case _:
                raise NotImplementedError(type(tool).__name__)

    async def _act(self, tool: Acting, look: Look) -> tuple[str, str]:
        action = tool.action(look.name)
        self._conversation.steps += 1
        outcome = await self._turn.act(action, progress=Progress(self._conversation.steps), insist=False)
        if outcome.kind in SENDING:
            self._conversation.sent_from = look.page
        elif outcome.kind != Kind.READ:
            self._conversation.sent_from = None
        self._rut.went(well=True, read=isinstance(tool, Extract | CallElsewhere))
        text = outcome.message
        self.unrecorded |= isinstance(tool, Extract | CallElsewhere)
        if isinstance(tool, Extract):
            await self._keep(tool.name, outcome.value)
            text = f"{text} It says: {shown(outcome.value)}"
        elif isinstance(tool, CallElsewhere):
            text = f"{text}\n{framed(tool.server, outcome.value)}"
        return text, "the page changed" if _moved(outcome, look) else ""

    async def _keep(self, name: str, value: Json) -> None:
        result = self._conversation.result
        self._conversation.result = result.model_copy(update={"extracted": result.extracted | {name: value}})
        await self._turn.found(self._conversation.result)

    async def _read(self, tool: ReadFile) -> str:
        wanted = next((one for one in await self._turn.files() if one.file_name == tool.file), None)
        text = await self._turn.read(wanted.file_id if wanted else tool.file)
        part, left = text[tool.start : tool.start + LONGEST], len(text) - tool.start - LONGEST
        self._rut.went(well=True, read=True)
        return part + (f"\n… {left} characters more; read on from {tool.start + LONGEST}" if left > 0 else "")


STUCK, WHAT_NOW = "The agent does not get on: ", ". What should it do?"
"""How a person is asked who is to help it out; its reason stands in between."""


async def helped(turn: Turn, title: str, reason: str) -> str:
    """Ask a person instead of going on in the same rut; what the model is told of each of its calls.

    Raises:
        Stop: nobody helps.
    """
    request = await turn.ask(RequestKind.QUESTION, title, reason)
    why = title.removeprefix(STUCK).removesuffix(WHAT_NOW)
    if request.status is not RequestStatus.ANSWERED or request.decision is None:
        raise Stop(EndReason.GAVE_UP, f"The agent did not get on: {why}. {refusal(request)}")
    return f"Not done: {why}. A person says: {request.decision.response}"


async def ask(turn: Turn, question: Ask) -> HumanLayerRequest:
    """Ask a person and wait; what an earlier runner of the session asked in the same words is waited for again."""
    kind = RequestKind.HELP if question.kind == "help" else RequestKind.QUESTION
    return await turn.ask(kind, question.what, "The agent asks.")


def _moved(outcome: Outcome, look: Look) -> bool:
    return outcome.url is not None and outcome.url.partition("#")[0] != look.url.partition("#")[0]


def shown(value: Json) -> str:
    """A value as a model is shown it, cut if it is long."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters; all of it is kept)"


def refusal(request: HumanLayerRequest) -> str:
    """What a model is told of an action that a person did not allow."""
    if request.status is RequestStatus.EXPIRED:
        return "Not done: nobody answered in time."
    decision = request.decision
    if request.status is RequestStatus.ANSWERED and decision:
        return f"Not done: a person answered instead: {decision.response}"
    return f"Not done: a person refused it. {_because(request)}"


def told_of(request: HumanLayerRequest) -> str:
    """What a model is told of a question that is settled."""
    decision = request.decision
    match request.status:
        case RequestStatus.ANSWERED if decision:
            return f"A person answered: {decision.response}"
        case RequestStatus.APPROVED:
            return "A person has done it."
        case RequestStatus.EXPIRED:
            return "Nobody answered in time. Go on without, or end with what you have."
        case _:
            return f"A person declined. {_because(request)}"


def _because(request: HumanLayerRequest) -> str:
    reason = request.decision.reason if request.decision else None
    return f"Reason: {reason}" if reason else "They gave no reason."
