"""What every session needs around it, in one value: the store, the bytes, the browsers, the agents, the bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zenobia.agents.base import Agent
from zenobia.agents.policy.rules import NOTHING_WRITTEN, Policy
from zenobia.operators.base import Browsers
from zenobia.operators.elsewhere import ToolServer
from zenobia.protocol.limits import Limits
from zenobia.sessions.vault import Vault
from zenobia.store.blobs import Blobs
from zenobia.store.engine import Store


@dataclass(frozen=True, slots=True)
class House:
    """The server's parts, as sessions see them. `agents` makes a fresh agent by its name."""

    store: Store
    blobs: Blobs
    browsers: Browsers
    agents: Mapping[str, Callable[[], Agent]]
    default_agent: str
    limits: Limits
    search_url: str
    scratch: Path
    name: str
    vault: Vault
    policy: Policy = NOTHING_WRITTEN
    sandbox: str = "on"
    wall: str = "on"
    tool_servers: Mapping[str, ToolServer] = field(default_factory=dict[str, ToolServer])
    tool_timeout: float = 60.0
