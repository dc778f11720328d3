"""Tools from elsewhere: what the MCP servers that the settings name offer, for one session, with an end to everything.

A session may name servers, but not describe one: to start a program, or to reach an address that browsers may not, is
for whoever writes the settings. What a server says is somebody else's text: bounded here, and believed nowhere.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zenobia.operators.base import Filling, Outcome, Sight
from zenobia.protocol.action_errors import NoSuchTool, ToolsMissing
from zenobia.protocol.actions import Action, CallTool, digest
from zenobia.protocol.wire import Json

LINES = "zenobia.operators.mcp_line"
"""What speaks with servers; loaded by the first session that has one, as it takes a while."""

SERVER = "[a-z0-9][a-z0-9-]{0,30}"
"""What a server may be called: a part of its tools' names, and of the places that policies name."""

MOST = 100
"""Servers that one session may name."""


class ToolServer(BaseModel):
    """An MCP server: a program to start for each session, or an address to speak with over HTTP.

    `env` and `headers` say under which name the program or the server gets what which environment variable of ours
    holds, so that no secret stands in a file of settings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str | None = Field(default=None, min_length=1)
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    url: str | None = None
    headers: dict[str, str] = {}

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://localhost")
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ValueError("must begin with http:// or https:// and hold no credentials")
        return value

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "ToolServer":
        if (self.command is None) == (self.url is None):
            raise ValueError("must have either a command or a url")
        if self.command is None and (self.args or self.env):
            raise ValueError("args and env go with a command")
        if self.url is None and self.headers:
            raise ValueError("headers go with a url")
        return self


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that a server offers, in the server's own words; `schema` is its arguments as JSON schema."""

    server: str
    tool: str
    description: str
    schema: dict[str, Json]

    @property
    def place(self) -> str:
        """Where a call of it is done, as policies name it."""
        return f"mcp://{self.server}/{self.tool}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is to call, and which servers are not there: why, by name."""

    tools: tuple[Offer, ...] = ()
    missing: dict[str, str] = field(default_factory=dict[str, str])


class Line(Protocol):
    """A connection to one server."""

    async def offers(self) -> tuple[Offer, ...]:
        """What the server offers; connects if need be.

        Raises:
            ToolsMissing: it is not there.
        """
        ...

    async def call(self, tool: str, arguments: dict[str, Json]) -> Outcome:
        """Call a tool once; connects anew if the server has gone since.

        Raises:
            ToolsMissing: it is not there any more.
            ToolFailed: the server says so.
            ToolCutOff: nobody knows.
        """
        ...

    async def close(self) -> None:
        """End the connection, and the program at its other end if it was started for it."""
        ...


def check_servers(config: dict[str, Json], known: Mapping[str, ToolServer]) -> None:
    """Make sure that a session with this configuration names servers that there are; without names it has them all.

    Raises:
        ValueError: it names one that the settings do not, or is no list of names.
    """
    given = config.get("mcpServers")
    if given is None:
        return
    written = cast("list[Json]", given) if isinstance(given, list) else []
    if written is not given or len(written) > MOST or not all(isinstance(one, str) for one in written):
        raise ValueError("config.mcpServers must be a list of names of MCP servers that the server's settings have")
    for name in written:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise ValueError(f'config.mcpServers: the settings have no MCP server "{name[:100]}"; there are: {there}')


class Elsewhere:
    """One session's servers. `seconds` is how long one call may take."""

    def __init__(self, servers: Mapping[str, ToolServer], seconds: float) -> None:
        self._servers = servers
        self._seconds = seconds
        self._lines: dict[str, Line] = {}
        self._offers: Offers | None = None

    async def offers(self) -> Offers:
        """What the session can call; asked for once."""
        if self._offers is None:
            self._offers = await self._asked() if self._servers else Offers()
        return self._offers

    async def sight(self, action: Action, *, in_view: bool = False) -> Sight:
        """What a call would be of, as its server described it to us.

        Raises:
            NoSuchTool: no server of the session offers it.
        """
        offer = await self._offer(action)
        state = digest({"description": offer.description, "schema": offer.schema})
        return Sight(offer.place, offer.place, f'the tool "{offer.tool}" of "{offer.server}"', state)

    async def act(self, action: Action, *, upload: Any = None, secret: Filling | None = None) -> Outcome:
        """Call a tool.

        Raises:
            ActionFailed: it could not be done; `ToolCutOff` if nobody knows.
        """
        offer = await self._offer(action)
        return await self._lines[offer.server].call(offer.tool, cast("CallTool", action).arguments)

    async def close(self) -> None:
        """End every connection, and every program that was started for one."""
        await asyncio.gather(*(line.close() for line in self._lines.values()))

    async def _asked(self) -> Offers:
        lines = await asyncio.to_thread(import_module, LINES)
        self._lines = {name: lines.McpLine(name, server, self._seconds) for name, server in self._servers.items()}
        missing: dict[str, str] = {}
        said = await asyncio.gather(*(_said(name, line, missing) for name, line in self._lines.items()))
        return Offers(tuple(offer for offers in said for offer in offers), missing)

    async def _offer(self, action: Action) -> Offer:
        assert isinstance(action, CallTool)  # noqa: S101 - the turn sends nothing else here
        offers = await self.offers()
        for offer in offers.tools:
            if (offer.server, offer.tool) == (action.server, action.tool):
                return offer
        problem = offers.missing.get(action.server, "no server of this session offers it.")
        raise NoSuchTool(tool=action.tool, server=action.server, problem=problem)


async def _said(name: str, line: Line, missing: dict[str, str]) -> tuple[Offer, ...]:
    """What a server offers; nothing if it is `missing`, where it is said why."""
    try:
        return await line.offers()
    except ToolsMissing as error:
        missing[name] = error.message
        return ()
