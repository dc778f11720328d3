"""What the playbook and the manual agent do with their turn, told by a turn that is scripted and keeps a record."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest

from zenobia.agents.base import Agent, Denied, Heard, Left, Progress, Spent, Stop, Turn
from zenobia.agents.browser.agent import StandIn
from zenobia.agents.browser.budget import Budget
from zenobia.agents.browser.choice import ModelChoice
from zenobia.agents.browser.job import Job
from zenobia.agents.manual import ManualAgent
from zenobia.agents.playbook import PlaybookAgent
from zenobia.operators.base import Observation, Outcome, Picture
from zenobia.operators.elsewhere import Offer
from zenobia.protocol.action_errors import ActionFailed, BrowserLost, PageCrashed, PageUnresponsive, TargetNotFound
from zenobia.protocol.actions import Action, Screenshot, describe
from zenobia.protocol.errors import BrowserUnavailable, FileNotAvailable, UnknownFile, ZenobiaError
from zenobia.protocol.files import File
from zenobia.protocol.human import ALLOWED, Decision, HumanLayerRequest, RequestKind, RequestStatus
from zenobia.protocol.session import EndReason, Result, SearchResult, Usage
from zenobia.protocol.wire import Json

HITS = [{"title": f"News {number}", "link": f"https://news.example/{number}"} for number in range(1, 6)]
MISSING = TargetNotFound(wanted='"Search"', present='link "Home"')


class Crash(Exception):
    """The process dies here."""


class NoMoreMessages(Exception):
    """The agent waits for a message that never comes."""


def settled(
    kind: RequestKind, title: str, status: RequestStatus, *, reason: str | None, response: Json
) -> HumanLayerRequest:
    return HumanLayerRequest(
        id="r1",
        session_id="s1",
        kind=kind,
        title=title,
        reason="",
        status=status,
        created_at=0,
        expires_at=1,
        allowed=ALLOWED[kind],
        decision=Decision(status=status, decided_at=0, decided_by="Ada", reason=reason, response=response),
    )


class NeverUsed:
    """What a turn offers that these agents have no use for."""

    @property
    def config(self) -> dict[str, Json]:
        raise NotImplementedError

    async def observe(self) -> Observation:
        raise NotImplementedError

    def deciding(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    async def before(self) -> Left:
        raise NotImplementedError

    async def tools(self) -> tuple[Offer, ...]:
        raise NotImplementedError

    async def ready(self) -> None:
        raise NotImplementedError

    async def heard(self) -> list[Heard]:
        raise NotImplementedError

    async def told(self) -> None:
        raise NotImplementedError

    async def warn(self, code: str, message: str, details: dict[str, Json]) -> None:
        raise NotImplementedError(code)

    async def usage(self) -> Usage:
        raise NotImplementedError

    async def charge(self, spent: Spent) -> None:
        raise NotImplementedError

    async def view(self) -> Picture:
        raise NotImplementedError

    async def files(self) -> list[File]:
        raise NotImplementedError

    async def read(self, file_id: str) -> str:
        raise NotImplementedError(file_id)

    async def write(self, name: str, text: str) -> File:
        raise NotImplementedError(name)

    async def misfit(self, data: Json, schema: dict[str, Json]) -> str | None:
        raise NotImplementedError(data, schema)


@dataclass
class ScriptedTurn(NeverUsed):
    """Does nothing, remembers everything; answers as it was told to."""

    prompt: str | None = None
    memo: Json = None
    messages: list[str] = field(default_factory=list[str])
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    problems: dict[str, Exception] = field(default_factory=dict[str, Exception])
    person: RequestStatus = RequestStatus.APPROVED
    reason: str | None = None
    response: Json = None
    pictures: int = 0
    picture_problem: ZenobiaError | None = None
    done: list[str] = field(default_factory=list[str])
    asked: list[HumanLayerRequest] = field(default_factory=list[HumanLayerRequest])
    progress: list[Progress | None] = field(default_factory=list[Progress | None])
    said: list[str] = field(default_factory=list[str])
    kept: Result | None = None
    meanwhile: list[str] = field(default_factory=list[str])
    since: int = 0
    session_id: str = "s1"
    search_url: str = "https://search.example/?q={query}"

    @property
    def config(self) -> dict[str, Json]:
        return {}

    async def remember(self, memo: Json) -> None:
        self.memo = memo

    async def heard(self) -> list[Heard]:
        said, self.meanwhile = self.meanwhile, []
        return [Heard(text) for text in said]

    async def act(
        self, action: Action, *, ask_first: bool = False, progress: Progress | None = None, insist: bool = True
    ) -> Outcome:
        if ask_first:
            request = await self.ask(RequestKind.APPROVAL, describe(action), "")
            if request.status is not RequestStatus.APPROVED:
                raise Denied(request)
        self.done.append(describe(action))
        self.progress.append(progress)
        if problem := self.problems.pop(describe(action), None):
            raise problem
        if isinstance(action, Screenshot):
            return Outcome("Took a picture.", value=await self.picture())
        return Outcome("Done.", value=self.values.get(describe(action)))

    async def ask(self, kind: RequestKind, title: str, reason: str) -> HumanLayerRequest:
        request = settled(kind, title, self.person, reason=self.reason, response=self.response)
        self.asked.append(request)
        return request

    async def say(self, text: str) -> None:
        self.said.append(text)

    async def message(self) -> str:
        if not self.messages:
            raise NoMoreMessages
        return self.messages.pop(0)

    async def picture(self) -> str:
        if self.picture_problem:
            raise self.picture_problem
        self.pictures += 1
        return f"picture {self.pictures}"

    async def found(self, result: Result) -> None:
        self.kept = result


async def stopped(turn: ScriptedTurn, agent: Callable[[], Agent] = PlaybookAgent) -> Stop:
    with pytest.raises(Stop) as caught:
        await agent().run(turn)
    return caught.value


async def test_a_playbook_does_its_steps_in_order_and_says_how_far_it_is() -> None:
    turn = ScriptedTurn('open example.com, then click "Search", then press Enter')

    result = await PlaybookAgent().run(turn)

    assert turn.done == ["Open example.com", 'Click "Search"', "Press Enter"]
    assert turn.progress == [Progress(1, 3), Progress(2, 3), Progress(3, 3)]
    assert result == Result(text="Did all 3 steps.", screenshot_id="picture 1")


async def test_messages_that_are_written_in_different_ways_are_each_read_by_itself() -> None:
    turn = ScriptedTurn("go back", meanwhile=["press Enter", "- type: {text: 'Ada: 1', into: Name}"])

    await PlaybookAgent().run(turn)

    assert turn.done == ["Go back", "Press Enter", 'Type "Ada: 1" into "Name"']


async def test_the_documented_prompt_searches_and_brings_the_results_home() -> None:
    turn = ScriptedTurn("Perform a search for recent news", values={"Read the search results": HITS})

    result = await PlaybookAgent().run(turn)

    assert turn.done == ["Open https://search.example/?q=recent%20news", "Read the search results"]
    assert result.results == [SearchResult(title=hit["title"], link=hit["link"]) for hit in HITS]
    assert result.text.startswith('Found 5 results for "recent news": News 1; News 2; News 3; and 2 more.')
    assert result.screenshot_id == "picture 1"


async def test_searched_words_cannot_break_out_of_the_address() -> None:
    turn = ScriptedTurn('search for "a&b=c/d #é"')

    result = await PlaybookAgent().run(turn)

    assert turn.done[0] == "Open https://search.example/?q=a%26b%3Dc%2Fd%20%23%C3%A9"
    assert "Found nothing" in result.text


async def test_results_can_be_read_from_any_page_and_add_up() -> None:
    turn = ScriptedTurn("search for a\nread results", values={"Read the search results": HITS[:1]})

    result = await PlaybookAgent().run(turn)

    assert len(result.results) == 2
    assert 'Found 1 result for "a": News 1.' in result.text


async def test_what_is_extracted_comes_back_under_its_name_and_survives_a_failure() -> None:
    rows = [["Salt", "2"], ["Pepper", "3"]]
    turn = ScriptedTurn(
        'extract "Price" as price\nextract "Prices" as prices\nclick "Search"',
        values={'Extract "Price" as price': "12 €", 'Extract "Prices" as prices': rows},
        problems={'Click "Search"': MISSING},
    )

    await stopped(turn)

    assert turn.kept is not None
    assert turn.kept.extracted == {"price": "12 €", "prices": rows}
    assert turn.kept.text == "price: 12 €\nprices: 2 rows"


async def test_a_long_value_is_cut_in_the_text_and_whole_in_the_result() -> None:
    turn = ScriptedTurn('extract "Story" as story', values={'Extract "Story" as story': "word " * 1_000})

    result = await PlaybookAgent().run(turn)

    assert (len(result.text) < 300, len(result.extracted["story"])) == (True, 5_000)


async def test_a_playbook_can_speak_and_take_pictures() -> None:
    turn = ScriptedTurn('say "Here we go"\nscreenshot\ngo back')

    result = await PlaybookAgent().run(turn)

    assert turn.said == ["Here we go"]
    assert result.screenshot_id == "picture 2"


async def test_a_playbook_that_ends_with_a_picture_takes_no_second_one() -> None:
    result = await PlaybookAgent().run(ScriptedTurn("go back\nscreenshot"))

    assert result.screenshot_id == "picture 1"


async def test_a_page_that_gives_no_last_picture_spoils_nothing() -> None:
    result = await PlaybookAgent().run(ScriptedTurn("go back", picture_problem=PageUnresponsive()))

    assert result.screenshot_id is None


async def test_a_prompt_that_cannot_be_read_ends_before_anything_is_opened() -> None:
    turn = ScriptedTurn("open example.com\nMy session prompt")

    stop = await stopped(turn)

    assert stop.reason is EndReason.UNREADABLE_PROMPT
    assert 'cannot read "My session prompt"' in str(stop)
    assert turn.done == []


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (MISSING, EndReason.STEP_FAILED),
        (ActionFailed(), EndReason.STEP_FAILED),
        (UnknownFile(), EndReason.STEP_FAILED),
        (FileNotAvailable(), EndReason.STEP_FAILED),
        (BrowserLost(), EndReason.BROWSER_ERROR),
        (PageCrashed(), EndReason.BROWSER_ERROR),
        (BrowserUnavailable(problem="no Chromium"), EndReason.BROWSER_ERROR),
    ],
)
async def test_a_step_that_fails_ends_the_session_and_names_itself(problem: ZenobiaError, reason: EndReason) -> None:
    turn = ScriptedTurn('open example.com\nclick on "Search"\ngo back', problems={'Click "Search"': problem})

    stop = await stopped(turn)

    assert stop.reason is reason
    assert str(stop) == f'Step 2 of 3 (click on "Search") failed: {problem.message}'
    assert turn.done == ["Open example.com", 'Click "Search"']


async def test_ask_first_asks_before_the_step() -> None:
    turn = ScriptedTurn('click "Buy" (ask first)')
    await PlaybookAgent().run(turn)
    assert ([request.kind for request in turn.asked], turn.done) == ([RequestKind.APPROVAL], ['Click "Buy"'])


ASKING = ['click "Buy" (ask first)', 'say "Bought" (ask first)', "screenshot (ask first)", 'ask a person "May I?"']


@pytest.mark.parametrize("step", [*ASKING, "search for salt (ask first)"])
async def test_a_refusal_ends_the_session_with_nothing_done(step: str) -> None:
    turn = ScriptedTurn(f"{step}\ngo back", person=RequestStatus.DENIED, reason="Too dear")

    stop = await stopped(turn)

    assert stop.reason is EndReason.DENIED
    assert str(stop).startswith("Step 1 of 2")
    assert "Too dear" in str(stop)
    assert (turn.done, turn.said, turn.pictures) == ([], [], 0)


@pytest.mark.parametrize("step", ASKING)
async def test_an_answer_that_never_comes_is_not_an_approval(step: str) -> None:
    turn = ScriptedTurn(step, person=RequestStatus.EXPIRED)

    stop = await stopped(turn)

    assert (stop.reason, turn.done) == (EndReason.GAVE_UP, [])
    assert "nobody answered" in str(stop)


async def test_a_person_who_has_helped_lets_the_playbook_go_on() -> None:
    turn = ScriptedTurn('ask a person "Please log in"\ngo back')

    result = await PlaybookAgent().run(turn)

    assert [(request.kind, request.title) for request in turn.asked] == [(RequestKind.HELP, "Please log in")]
    assert turn.done == ["Go back"]
    assert result.extracted == {}


@pytest.mark.parametrize(
    ("step", "name"), [('ask a person "Code?"', "answer"), ('ask a person "Code?" as code', "code")]
)
async def test_what_a_person_answers_is_kept(step: str, name: str) -> None:
    turn = ScriptedTurn(step, person=RequestStatus.ANSWERED, response={"code": 1234})

    result = await PlaybookAgent().run(turn)

    assert result.extracted == {name: {"code": 1234}}
    assert turn.kept == Result(extracted=result.extracted)


async def test_another_process_goes_on_at_the_next_step_with_what_was_found() -> None:
    first = ScriptedTurn(
        'extract "Price" as price\nopen example.com\nclick "Search"',
        values={'Extract "Price" as price': "12 €"},
        problems={'Click "Search"': Crash()},
    )
    with pytest.raises(Crash):
        await PlaybookAgent().run(first)

    second = ScriptedTurn(first.prompt, memo=first.memo)
    result = await PlaybookAgent().run(second)

    assert second.done == ['Click "Search"']
    assert second.progress == [Progress(3, 3)]
    assert result.extracted == {"price": "12 €"}


async def test_a_playbook_with_every_step_done_only_finishes() -> None:
    first = ScriptedTurn("go back")
    await PlaybookAgent().run(first)

    second = ScriptedTurn("go back", memo=first.memo)
    result = await PlaybookAgent().run(second)

    assert second.done == []
    assert result.text == "Did the one step."


async def test_without_a_prompt_the_first_message_is_the_playbook_also_after_a_crash() -> None:
    first = ScriptedTurn(messages=["go back\nclick Search"], problems={"Go back": Crash()})
    with pytest.raises(Crash):
        await PlaybookAgent().run(first)

    second = ScriptedTurn(memo=first.memo)
    await PlaybookAgent().run(second)

    assert second.done == ["Go back", 'Click "Search"']


async def drive(*messages: str, **script: object) -> tuple[ScriptedTurn, Result]:
    turn = ScriptedTurn(messages=[*messages, "done"])
    for name, value in script.items():
        setattr(turn, name, value)
    return turn, await ManualAgent().run(turn)


async def test_a_driven_session_does_what_each_message_says_until_it_is_done() -> None:
    turn, result = await drive("open example.com", 'click "Search" then extract "Price" as price')

    assert turn.done == ["Open example.com", 'Click "Search"', 'Extract "Price" as price']
    assert result.extracted == {"price": None}
    assert result.screenshot_id == "picture 1"
    assert turn.said == []


@pytest.mark.parametrize("word", ["done", "Done.", "  FINISH!", "finished"])
async def test_the_word_that_ends_a_driven_session(word: str) -> None:
    assert (await ManualAgent().run(ScriptedTurn(messages=[word]))).text == "Done."


async def test_an_unreadable_message_is_answered_and_the_session_stays() -> None:
    turn, _ = await drive("make me a sandwich", "go back")

    assert len(turn.said) == 1
    assert 'cannot read "make me a sandwich"' in turn.said[0]
    assert turn.done == ["Go back"]


async def test_a_failing_step_is_answered_and_the_rest_of_its_message_left() -> None:
    turn, _ = await drive("click Search\ngo back", "go back", problems={'Click "Search"': MISSING})

    assert turn.said == [f'Not done: click "Search". {MISSING.message} The 1 after it was not tried.']
    assert turn.done == ['Click "Search"', "Go back"]


@pytest.mark.parametrize(
    ("status", "words"), [(RequestStatus.DENIED, "refused"), (RequestStatus.EXPIRED, "Nobody answered")]
)
async def test_a_refused_step_is_answered_and_the_session_stays(status: RequestStatus, words: str) -> None:
    turn, _ = await drive("click Buy (ask first)", person=status)

    assert (words in turn.said[0], turn.done) == (True, [])


async def test_a_driven_session_ends_with_its_browser() -> None:
    turn = ScriptedTurn(messages=["go back"], problems={"Go back": BrowserLost()})

    assert (await stopped(turn, ManualAgent)).reason is EndReason.BROWSER_ERROR


async def test_the_prompt_of_a_driven_session_is_its_first_message_once() -> None:
    first = ScriptedTurn('extract "Price" as price')
    with pytest.raises(NoMoreMessages):
        await ManualAgent().run(first)

    second = ScriptedTurn(first.prompt, memo=first.memo, messages=["go back", "done"])
    result = await ManualAgent().run(second)

    assert first.done == ['Extract "Price" as price']
    assert second.done == ["Go back"]
    assert "price" in result.extracted


@dataclass
class Differing(ScriptedTurn):
    """A turn of a session that wants a model where the page differs."""

    @property
    def config(self) -> dict[str, Json]:
        return {"onDifference": "model"}


class Model(StandIn):
    """Does every step it is given, and keeps what it was given."""

    def __init__(self, name: str | None) -> None:
        super().__init__(ModelChoice(name=name), Budget())
        self.jobs: list[Job] = []

    async def do(self, turn: Turn, job: Job) -> Result:
        self.jobs.append(job)
        await job.remember({"half": "done"})
        return Result(extracted={"price": 5})


async def test_a_step_that_a_model_was_doing_is_taken_up_where_it_was() -> None:
    model = Model("test:model")
    turn = Differing(prompt='click "Search"\npress Enter', problems={'Click "Search"': MISSING})
    with pytest.raises(Crash):
        await PlaybookAgent(Crashing("test:model")).run(turn)

    await PlaybookAgent(model).run(turn)

    assert turn.done == ['Click "Search"', "Press Enter"]
    assert [job.memo for job in model.jobs] == [{"half": "done"}]
    assert turn.kept is not None
    assert turn.kept.extracted == {"price": 5}


class Crashing(Model):
    """Remembers, and is gone."""

    async def do(self, turn: Turn, job: Job) -> Result:
        await super().do(turn, job)
        raise Crash


async def test_without_a_model_a_person_is_asked_in_its_place() -> None:
    model = Model(None)
    turn = Differing(prompt='click "Search"', problems={'Click "Search"': MISSING})

    await PlaybookAgent(model).run(turn)

    assert not model.jobs
    assert [request.kind for request in turn.asked] == [RequestKind.HELP]
