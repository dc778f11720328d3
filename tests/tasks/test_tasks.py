"""Every job is done by its scripted decisions, through the real observation, actions, policy and browser."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.browser.conftest import served
from tests.tasks.evaluate import evaluate, main, summary
from tests.tasks.running import run
from tests.tasks.site import Runs
from tests.tasks.suite import TASKS
from tests.tasks.task import Ended, Task
from zenobia.agents.browser.agent import THINKING
from zenobia.app import serving
from zenobia.client import Client
from zenobia.protocol.commands import EXPORT_PLAYBOOK, ExportPlaybook
from zenobia.protocol.session import Status
from zenobia.settings import Settings
from zenobia.testing.models import Asked, Call, Calls, Decide, Fails, ScriptedModel, Turn, scripted_model

MOST_OF_ITS_SIZE = 40


@dataclass(frozen=True, slots=True)
class Desk:
    """A server with real browsers, the model that it asks, and the site that jobs are done on."""

    client: Client
    model: ScriptedModel
    runs: Runs
    site: str


@pytest.fixture(scope="module")
def runs() -> Runs:
    return Runs()


@pytest.fixture(scope="module")
def site(runs: Runs) -> Iterator[str]:
    with served(runs.app()) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(runs: Runs, site: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    import_module(THINKING)  # takes seconds, which no job should wait for
    async with scripted_model() as model:
        settings = Settings(
            host="127.0.0.1",
            port=0,
            data_dir=tmp_path_factory.mktemp("tasks"),
            warm_browsers=1,
            model="openai:scripted",
            model_base_url=f"{model.url}/v1",
            allow_networks=["127.0.0.0/8"],
            action_timeout=5,
        )
        async with serving(settings) as server, Client(server.url) as client:
            yield Desk(client, model, runs, site)


def test_there_are_enough_jobs_and_each_has_a_name_of_its_own() -> None:
    assert len({task.name for task in TASKS}) == len(TASKS) >= MOST_OF_ITS_SIZE


def _noting(decide: Decide, problems: list[str]) -> Decide:
    """The decision, with what kept it from being made put down; nobody would see it on the model's side of the wire."""

    def noted(asked: Asked) -> Turn | Awaitable[Turn]:
        try:
            return decide(asked)
        except LookupError as error:
            problems.append(str(error))
            return Fails(400)

    return noted


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
async def test_it_is_done(desk: Desk, task: Task) -> None:
    problems: list[str] = []
    desk.model.script = [one if isinstance(one, Calls) else _noting(one, problems) for one in task.script]

    ended = await run(desk.client, desk.runs, desk.site, task)

    assert not problems, problems
    failed = ended.session.status is Status.FAILED and ended.session.reason != "gave_up"
    assert not failed, ended.session.error
    assert desk.model.script == [], "every decision was asked for"
    assert task.check(ended), (ended.state, ended.session.result, ended.session.error, ended.requests)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "name", ["a date picker", "a wizard of three steps", "several boxes and a choice", "an editor"]
)
async def test_it_is_done_again_without_a_model(desk: Desk, name: str) -> None:
    task = next(one for one in TASKS if one.name == name)
    desk.model.script = [*task.script]
    first = await run(desk.client, desk.runs, desk.site, task)
    assert first.session.url is not None
    place = urlsplit(first.session.url).path.split("/")[1]
    desk.runs.begin(place, task)

    words = (await desk.client.do(EXPORT_PLAYBOOK, ExportPlaybook(session_id=first.session.id))).playbook
    again = await desk.client.create(words, agent="playbook")
    async for _ in desk.client.follow(again.id):
        pass

    ended = Ended(await desk.client.get(again.id), desk.runs.states[place], {}, [])
    assert ended.session.status is Status.COMPLETED, (words, ended.session.error)
    assert ended.session.usage.input_tokens == 0
    assert task.check(ended), (words, ended.state)


async def test_an_evaluation_scores_each_job_and_sums_up(tmp_path: Path) -> None:
    task = next(one for one in TASKS if one.name == "a native select")
    async with scripted_model([*task.script, Calls(Call("done", text="No."))]) as model:
        settings = Settings(
            host="127.0.0.1",
            port=0,
            data_dir=tmp_path,
            warm_browsers=1,
            model="openai:scripted",
            model_base_url=f"{model.url}/v1",
            allow_networks=["127.0.0.0/8"],
        )
        solved = await evaluate(settings, only="a native select", at_once=1)

    assert [(one.solved, one.reason, one.steps) for one in solved] == [(True, "done", 2)]
    assert summary(solved) == "1 of 1 solved, 2 steps, 3150 tokens, an unknown sum"


async def test_a_model_that_does_not_answer_is_told_of_at_once_and_why_a_job_was_not_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scripted_model([Fails(429, retry_after=0.01), Fails(401)]) as model:
        there: dict[str, Any] = {"model": "openai:scripted", "model_base_url": f"{model.url}/v1"}
        settings = Settings(host="127.0.0.1", port=0, data_dir=tmp_path, warm_browsers=1, **there)
        [score] = await evaluate(settings, only="a native select", at_once=1)

    said = capsys.readouterr()
    assert not score.solved
    assert "a native select: The model scripted does not answer: too many requests. It is asked again in" in said.err
    assert "refused the request with status 401" in said.out


def test_a_model_whose_key_is_missing_is_not_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    assert main(["--model", "anthropic:claude-sonnet-5"]) == 2
    assert "ANTHROPIC_API_KEY" in capsys.readouterr().out


def test_without_a_model_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "make eval MODEL=" in capsys.readouterr().out
