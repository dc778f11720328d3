"""Agents by name: the built-in ones, and those that other packages offer as entry points of `zenobia.agents`."""

import logging
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points

from zenobia.agents.base import Agent
from zenobia.agents.browser.agent import BrowserAgent, StandIn
from zenobia.agents.browser.budget import Budget
from zenobia.agents.browser.choice import ModelChoice
from zenobia.agents.manual import ManualAgent
from zenobia.agents.playbook import PlaybookAgent

log = logging.getLogger(__name__)

GROUP = "zenobia.agents"

MakeAgent = Callable[[], Agent]


def agents(choice: ModelChoice, budget: Budget) -> dict[str, MakeAgent]:
    """Every agent that can be had; a plugin that cannot be loaded is named in the log and left out."""
    found: dict[str, MakeAgent] = {
        "browser": partial(BrowserAgent, choice, budget),
        "playbook": partial(PlaybookAgent, StandIn(choice, budget)),
        "manual": ManualAgent,
    }
    for entry in entry_points(group=GROUP):
        try:
            found[entry.name] = entry.load()
        except Exception:
            log.exception('the agent "%s" of %s could not be loaded', entry.name, entry.dist and entry.dist.name)
    return found
