"""One step done: what every agent that follows plain steps makes of it, and what is kept of what it found."""

from dataclasses import replace
from urllib.parse import quote

from pydantic import TypeAdapter

from zenobia.agents.base import Denied, Progress, Turn
from zenobia.agents.language.deeds import Ask, Deed, Say, Search, Step, canonical
from zenobia.protocol.action_errors import ActionFailed
from zenobia.protocol.actions import Extract, Open, ReadResults, Screenshot
from zenobia.protocol.errors import FileNotAvailable, StorageUnavailable, UnknownFile
from zenobia.protocol.human import HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import Result, SearchResult
from zenobia.protocol.wire import Json

PROBLEMS = (ActionFailed, UnknownFile, FileNotAvailable)
"""What can be wrong with one step while nothing is wrong with the server."""

AGREED = frozenset({RequestStatus.APPROVED, RequestStatus.ANSWERED})
TITLES = 3
"""Search results that a result's text names; all of them are in its `results`."""
LONGEST_VALUE = 200
"""Characters of a value that a result's text repeats; all of it is in its `extracted`."""

RESULTS: TypeAdapter[list[SearchResult]] = TypeAdapter(list[SearchResult])


async def perform(turn: Turn, step: Step, result: Result, progress: Progress) -> Result:
    """Do `step`, and return `result` with what it found.

    Raises:
        ActionFailed: it could not be done.
        UnknownFile: the session has no file of that name.
        FileNotAvailable: the file's bytes have not arrived.
        Denied: a person said no, or nobody answered.
    """
    match step.deed:
        case Search(words):
            await turn.act(_search_page(turn, words), ask_first=step.ask_first, progress=progress)
            outcome = await turn.act(ReadResults(), progress=replace(progress, goes_on=True))
            return _with_results(result, outcome.value, f' for "{words}"')
        case Ask(what, name):
            return await _ask(turn, what, name, result=result, progress=progress)
        case Say(text):
            await _permission(turn, step)
            await turn.say(text)
            return result
        case action:
            outcome = await turn.act(action, ask_first=step.ask_first, progress=progress)
            return _with(result, action, outcome.value)


def _search_page(turn: Turn, words: str) -> Open:
    return Open(url=turn.search_url.replace("{query}", quote(words, safe="")))


async def _permission(turn: Turn, step: Step) -> None:
    """Ask before a step that does nothing in the browser; the turn itself asks before the others."""
    if step.ask_first:
        what = canonical(step.deed)
        agreed(await turn.ask(RequestKind.APPROVAL, f"May this be done: {what}", "The playbook says to ask first."))


async def _ask(turn: Turn, what: str, name: str, *, result: Result, progress: Progress) -> Result:
    reason = f"The playbook asks for a person in step {progress.step} of {progress.steps}."
    request = agreed(await turn.ask(RequestKind.HELP, what, reason))
    if request.status is not RequestStatus.ANSWERED or request.decision is None:
        return result
    return result.model_copy(update={"extracted": result.extracted | {name: request.decision.response}})


def agreed(request: HumanLayerRequest) -> HumanLayerRequest:
    """The request, if whoever settled it agreed.

    Raises:
        Denied: a person said no, or nobody answered.
    """
    if request.status not in AGREED:
        raise Denied(request)
    return request


def _with(result: Result, deed: Deed, value: Json) -> Result:
    """`result` and what an action brought home, if it was one that does."""
    if isinstance(deed, ReadResults):
        return _with_results(result, value, "")
    if isinstance(deed, Screenshot):
        return result.model_copy(update={"screenshot_id": value})
    if not isinstance(deed, Extract):
        return result
    text = _line(result.text, f"{deed.name}: {_shown(value)}")
    return result.model_copy(update={"text": text, "extracted": result.extracted | {deed.name: value}})


def _with_results(result: Result, value: Json, sought: str) -> Result:
    found = RESULTS.validate_python(value or [])
    titles = "; ".join(hit.title for hit in found[:TITLES])
    more = f"; and {len(found) - TITLES} more" if len(found) > TITLES else ""
    counted = "1 result" if len(found) == 1 else f"{len(found)} results"
    sentence = f"Found {counted}{sought}: {titles}{more}." if found else f"Found nothing{sought}."
    return result.model_copy(update={"text": _line(result.text, sentence), "results": [*result.results, *found]})


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return "1 row" if len(value) == 1 else f"{len(value)} rows"  # pyright: ignore[reportUnknownArgumentType]
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _line(text: str, more: str) -> str:
    return f"{text}\n{more}".strip()


async def last_picture(turn: Turn, result: Result) -> Result:
    """`result` with a picture of how the page stands at the end; that there can be none now spoils nothing."""
    try:
        return result.model_copy(update={"screenshot_id": await turn.picture()})
    except (ActionFailed, StorageUnavailable):
        return result
