"""The same jobs done by a real model: what it can do, in how many steps, for how many tokens and what money.

    python -m tests.tasks.evaluate --model anthropic:NAME [--only WORDS] [--at-once 2] [--json FILE]

The model's key comes from its own environment variable, as for a server; see docs/guides/models.md.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.conftest import served
from tests.tasks.running import run
from tests.tasks.site import Runs
from tests.tasks.suite import TASKS
from tests.tasks.task import Task
from zenobia.agents.browser.providers import NoSuchModel, models
from zenobia.app import serving
from zenobia.client import Client
from zenobia.protocol.session import EndReason
from zenobia.settings import Settings

NO_MODEL = """No model is named. For example:

    ANTHROPIC_API_KEY=… make eval MODEL=anthropic:claude-sonnet-5
    OPENAI_API_KEY=…    make eval MODEL=openai:gpt-5
    make eval MODEL=openai:qwen3:8b BASE_URL=http://127.0.0.1:11434/v1    (Ollama, vLLM, LM Studio)"""


TROUBLE = frozenset({EndReason.MODEL_ERROR, EndReason.BROWSER_ERROR})
"""Ends that say nothing of how good a model is, and of which somebody must know why."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one job went."""

    name: str
    solved: bool
    status: str
    reason: str
    steps: int
    tokens: int
    cost: float | None
    error: str = ""


async def evaluate(settings: Settings, only: str, at_once: int) -> list[Score]:
    """Do the jobs whose names hold `only`; how each went, told as it ends."""
    runs, slots = Runs(), asyncio.Semaphore(at_once)
    with served(runs.app()) as site:
        async with serving(settings) as server, Client(server.url) as client:

            async def one(task: Task) -> Score:
                async with slots:
                    score = await _score(client, runs, site, task)
                    print(_line(score), flush=True)
                    return score

            wanted = [task for task in TASKS if only in task.name]
            return list(await asyncio.gather(*(one(task) for task in wanted)))


async def _score(client: Client, runs: Runs, site: str, task: Task) -> Score:
    ended = await run(client, runs, site, task, warn=lambda words: print(f"{task.name}: {words}", file=sys.stderr))
    session, usage = ended.session, ended.session.usage
    return Score(
        name=task.name,
        solved=bool(task.check(ended)),
        status=session.status.value,
        reason=session.reason.value if session.reason else "",
        steps=usage.steps,
        tokens=usage.input_tokens + usage.output_tokens,
        cost=usage.cost,
        error=session.error.error if session.error and session.reason in TROUBLE else "",
    )


def _line(score: Score) -> str:
    cost = "unknown" if score.cost is None else f"${score.cost:.4f}"
    mark = "solved" if score.solved else "FAILED"
    told = f"{mark}  {score.name:38} {score.reason:12} {score.steps:4} steps {score.tokens:8} tokens  {cost}"
    return f"{told}\n        {score.error}" if score.error else told


def summary(scores: list[Score]) -> str:
    """All of it in a line."""
    solved, costs = [one for one in scores if one.solved], [one.cost for one in scores]
    known = [cost for cost in costs if cost is not None]
    spent = f"${sum(known):.4f}" if len(known) == len(costs) else "an unknown sum"
    steps, tokens = sum(one.steps for one in scores), sum(one.tokens for one in scores)
    return f"{len(solved)} of {len(scores)} solved, {steps} steps, {tokens} tokens, {spent}"


def main(given: list[str]) -> int:
    """Evaluate as told on the command line; 0 if every job was solved."""
    parser = argparse.ArgumentParser(description="Do the suite of jobs with a model.")
    parser.add_argument("--model", default="")
    parser.add_argument("--base-url", default=None, help="an OpenAI-compatible server")
    parser.add_argument("--only", default="", help="jobs whose names hold this")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--json", type=Path, default=None, help="where to write the scores")
    told = parser.parse_args(given)
    if not told.model:
        print(NO_MODEL)
        return 2
    with TemporaryDirectory(prefix="eval-") as folder:
        settings = Settings(
            host="127.0.0.1",
            port=0,
            data_dir=Path(folder),
            model=told.model,
            model_base_url=told.base_url or None,
            allow_networks=["127.0.0.0/8"],
        )
        try:
            models(settings.choice)
        except NoSuchModel as error:
            print(error)
            return 2
        scores = asyncio.run(evaluate(settings, told.only, told.at_once))
    print(summary(scores))
    if told.json is not None:
        told.json.write_text(json.dumps([asdict(one) for one in scores], indent=2))
    return 0 if all(one.solved for one in scores) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
