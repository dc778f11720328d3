"""How a command speaks to a server: one connection for one piece of work, and every refusal in one line."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from zenobia.cli.failing import Exit, fail, told_in_one_line
from zenobia.cli.screen import out
from zenobia.client import Client
from zenobia.protocol.wire import Json

T = TypeVar("T")

LAST = "last"


def speak(server: str, key: str | None, work: Callable[[Client], Awaitable[T]]) -> T:
    """Do `work` with a client of the server."""

    async def connected() -> T:
        async with Client(address(server), key=key) as client:
            return await work(client)

    with told_in_one_line():
        return asyncio.run(connected())


def address(server: str) -> str:
    """A server's address as a person may write it: the scheme can be left out."""
    whole = server if "://" in server else f"http://{server}"
    if not whole.startswith(("http://", "https://")) or not _is_address(whole):
        fail(f'"{server}" is no address of a server; write it as http://127.0.0.1:8484.', Exit.USAGE)
    return whole


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except (ValueError, httpx.InvalidURL):  # half a bracket, a port that there is not, a name that none can have
        return False


async def named(client: Client, session: str) -> str:
    """The session's id: as given, or the newest one's."""
    if session != LAST:
        return session
    newest = await client.sessions(limit=1)
    if not newest:
        fail("There is no session yet.")
    return newest[0].id


def print_json(value: BaseModel | Sequence[BaseModel] | dict[str, Json]) -> None:
    """One value on one line, in ASCII, so that no terminal takes a part of it for an order."""
    data: Json = value
    if isinstance(value, BaseModel):
        data = value.model_dump(mode="json", by_alias=True)
    elif not isinstance(value, dict):
        data = [one.model_dump(mode="json", by_alias=True) for one in value]
    out().out(json.dumps(data), highlight=False)
