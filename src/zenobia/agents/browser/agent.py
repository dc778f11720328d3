"""The agent itself, and one that stands in for others: cheap to make. What thinks is loaded when it is to think."""

import asyncio
from importlib import import_module
from typing import ClassVar

from zenobia.agents.base import Turn
from zenobia.agents.browser.budget import Budget
from zenobia.agents.browser.choice import ModelChoice
from zenobia.agents.browser.job import Job
from zenobia.protocol.session import Result
from zenobia.protocol.wire import Json

THINKING = "zenobia.agents.browser.driving"


class BrowserAgent:
    """Lets a language model decide, step by step."""

    name: ClassVar[str] = "browser"
    goes_on: ClassVar[bool] = True

    def __init__(self, choice: ModelChoice, budget: Budget) -> None:
        self._choice = choice
        self._budget = budget

    async def run(self, turn: Turn) -> Result:
        """Do the job that the session was created with.

        Raises:
            Stop: there is no model, it cannot be had, or it gives up; the budget is used up.
        """
        job = Job(turn.prompt, turn.memo, turn.remember)
        return await _driven(turn, self._choice, self._budget, job)


class StandIn:
    """Lets a language model do one step of a playbook that cannot be done as it is written."""

    def __init__(self, choice: ModelChoice, budget: Budget) -> None:
        self._choice = choice
        self._budget = budget

    def there(self, config: dict[str, Json]) -> bool:
        """Whether a session with this configuration has a model."""
        return bool(self._choice.of(config).names)

    async def do(self, turn: Turn, job: Job) -> Result:
        """Do a step; the policy holds for what the model does as for any agent that decides by itself.

        Raises:
            Stop: the model cannot be had, or it gives up; the budget is used up.
        """
        with turn.deciding():
            return await _driven(turn, self._choice, self._budget, job)


async def _driven(turn: Turn, choice: ModelChoice, budget: Budget, job: Job) -> Result:
    driving = await asyncio.to_thread(import_module, THINKING)  # takes seconds, which others should not wait
    return await driving.drive(turn, choice.of(turn.config), budget.of(turn.config), job)
