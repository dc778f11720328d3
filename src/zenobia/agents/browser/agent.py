"""The agent itself: cheap to make and to know of. What thinks is loaded when the first session wants to think."""

import asyncio
from importlib import import_module
from typing import ClassVar

from zenobia.agents.base import Turn
from zenobia.agents.browser.budget import Budget
from zenobia.agents.browser.choice import ModelChoice
from zenobia.protocol.session import Result

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
        driving = await asyncio.to_thread(import_module, THINKING)  # takes seconds, which others should not wait
        return await driving.drive(turn, self._choice.of(turn.config), self._budget.of(turn.config))
