"""A line to one MCP server, through the official client. Importing this takes a while: only who calls tools does.

The client must be left by the task that entered it, so a task of its own keeps each line open. A call is sent once. A
line that broke is opened anew by the next call, and the one that it broke in is said to be cut off.
"""

import asyncio
import os
import re
import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TextIO, cast

import anyio
import httpx2
import orjson
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, Implementation, Tool
from pydantic import ValidationError

from zenobia import __version__
from zenobia.operators import leash
from zenobia.operators.base import Outcome
from zenobia.operators.elsewhere import Offer, ToolServer
from zenobia.protocol.action_errors import ToolCutOff, ToolFailed, ToolsMissing
from zenobia.protocol.wire import Json, storable

OPENS_WITHIN = 30.0
"""Seconds until a server must have said what it offers."""

CLOSES_WITHIN = 10.0
LONGEST = 12_000
"""Characters of an answer that are taken from it."""

MOST_TOOLS = 64
DESCRIBED = 1_000
SCHEMA = 8_000
"""Characters of a tool's description that are told, and of its schema beyond which it is left out."""

SAID = 300
NAMED = re.compile(r"[A-Za-z0-9_.-]{1,100}")
BROKEN = (OSError, MCPError, httpx2.HTTPError, ValidationError, ValueError, RuntimeError, ExceptionGroup)
"""What a server that cannot be spoken with shows itself as."""


class McpLine:
    """One line. `seconds` is how long a call may take."""

    def __init__(self, name: str, server: ToolServer, seconds: float) -> None:
        self._name = name
        self._server = server
        self._seconds = seconds
        self._scope = anyio.CancelScope()
        self._keeping: asyncio.Task[None] | None = None
        self._client: asyncio.Future[Client] | None = None
        self._opening = asyncio.Lock()

    async def offers(self) -> tuple[Offer, ...]:
        """What the server offers; see `Line.offers`."""
        client = await self._open()
        found: list[Tool] = []
        cursor: str | None = None
        try:
            async with asyncio.timeout(OPENS_WITHIN):
                while len(found) < MOST_TOOLS:
                    page = await client.list_tools(cursor=cursor)
                    found += page.tools
                    if (cursor := page.next_cursor) is None:
                        break
        except BROKEN as error:
            await self.close()
            raise ToolsMissing(server=self._name, problem=_why(error)) from error
        offers = (self._offer(tool) for tool in found[:MOST_TOOLS])
        return tuple(offer for offer in offers if offer is not None)

    async def call(self, tool: str, arguments: dict[str, Json]) -> Outcome:
        """Call a tool once; see `Line.call`."""
        client = await self._open()
        try:
            async with asyncio.timeout(self._seconds + 1):
                result = await client.call_tool(tool, arguments, read_timeout_seconds=self._seconds)
        except MCPError as error:
            if error.code in {CONNECTION_CLOSED, REQUEST_TIMEOUT}:
                raise await self._cut_off(tool, error) from error
            raise ToolFailed(tool=tool, server=self._name, problem=_why(error)) from error
        except BROKEN as error:
            raise await self._cut_off(tool, error) from error
        text = _text(result)
        if result.is_error:
            raise ToolFailed(tool=tool, server=self._name, problem=text[:SAID])
        return Outcome(f"Called {tool} of {self._name}.", value=_bounded(text))

    async def close(self) -> None:
        """End the line, and the program at its other end if there is one."""
        keeping, self._keeping = self._keeping, None
        self._scope.cancel()
        if keeping is not None:
            await asyncio.wait({keeping}, timeout=CLOSES_WITHIN)

    async def _cut_off(self, tool: str, error: Exception) -> ToolCutOff:
        await self.close()
        return ToolCutOff(tool=tool, server=self._name, problem=_why(error))

    async def _open(self) -> Client:
        """The client, connected.

        Raises:
            ToolsMissing: it cannot be.
        """
        async with self._opening:
            if self._keeping is None or self._keeping.done() or self._client is None:
                self._scope = anyio.CancelScope()
                self._client = asyncio.get_running_loop().create_future()
                self._keeping = asyncio.create_task(self._keep(self._client), name=f"line to {self._name}")
        try:
            async with asyncio.timeout(OPENS_WITHIN):
                return await asyncio.shield(self._client)
        except TimeoutError as error:
            await self.close()
            raise ToolsMissing(server=self._name, problem=_why(error)) from error

    async def _keep(self, ready: "asyncio.Future[Client]") -> None:
        """Be connected until the scope is cancelled; `ready` is told of the client, or why there is none."""
        try:
            with self._scope:
                async with AsyncExitStack() as stack:
                    ready.set_result(await stack.enter_async_context(await self._connecting(stack)))
                    await anyio.sleep_forever()
        except BROKEN as error:
            if not ready.done():
                ready.set_exception(ToolsMissing(server=self._name, problem=_why(error)))
        finally:
            ready.cancel()

    async def _connecting(self, stack: AsyncExitStack) -> Client:
        us = Implementation(name="zenobia", version=__version__)
        if self._server.url is not None:
            wait = httpx2.Timeout(OPENS_WITHIN, read=self._seconds + 1)
            sent = httpx2.AsyncClient(headers=_taken(self._server.headers), timeout=wait)
            client = await stack.enter_async_context(sent)
            return Client(streamable_http_client(self._server.url, http_client=client), cache=None, client_info=us)
        program = self._server.command or ""
        if shutil.which(program) is None:
            raise FileNotFoundError(program)
        words = ["-S", "-I", str(Path(leash.__file__)), str(os.getpid()), program, *self._server.args]
        parameters = StdioServerParameters(command=sys.executable, args=words, env=_taken(self._server.env))
        silence = stack.enter_context(_silence())
        return Client(stdio_client(parameters, errlog=silence), cache=None, client_info=us)

    def _offer(self, tool: Tool) -> Offer | None:
        """The tool as it may be told; None if it is not made to be."""
        schema: Json = storable(tool.input_schema)
        if not NAMED.fullmatch(tool.name) or schema.get("type") != "object" or len(orjson.dumps(schema)) > SCHEMA:
            return None
        return Offer(self._name, tool.name, storable((tool.description or "")[:DESCRIBED]), schema)


def _taken(names: dict[str, str]) -> dict[str, str]:
    """What our environment holds for each.

    Raises:
        ValueError: it does not.
    """
    for name in names.values():
        if name not in os.environ:
            raise ValueError(f"the environment variable {name} is not set")
    return {what: os.environ[name] for what, name in names.items()}


def _silence() -> TextIO:
    """Where a program may say what is not of the protocol: our log is no place for its words."""
    return Path(os.devnull).open("w")


def _why(error: BaseException) -> str:
    """What is the matter, in a sentence."""
    if isinstance(error, BaseExceptionGroup):
        return _why(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    match error:
        case TimeoutError():
            return "it did not answer in time."
        case FileNotFoundError():
            return "its program was not found."
        case httpx2.HTTPStatusError():
            return f"it answered with status {error.response.status_code}."
        case httpx2.HTTPError() | OSError():
            return "the connection failed."
        case ValidationError():
            return "what it said could not be read."
        case _:
            return f"{storable(str(error))[:SAID].rstrip('.')}."


def _text(result: CallToolResult) -> str:
    said = [_words(block) for block in result.content]
    if not said and result.structured_content is not None:
        return orjson.dumps(result.structured_content).decode()
    return "\n".join(said)


def _words(block: Any) -> str:
    text = getattr(block, "text", None) or getattr(getattr(block, "resource", None), "text", None)
    return text if isinstance(text, str) else f"({block.type}: it is no text, and not shown)"


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters, the rest is not kept)"
