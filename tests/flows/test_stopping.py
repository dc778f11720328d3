"""A server that stops leaves the loop that it ran in as it was; one that cannot start says why."""

import asyncio
from pathlib import Path

import pytest

from tests.flows.conftest import PATIENCE
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.testing import ScriptedBrowsers, scripted_server


async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()
    await writer.wait_closed()


async def test_whoever_listens_next_hears_of_its_connections(tmp_path: Path) -> None:
    for _ in range(3):
        async with scripted_server(tmp_path):
            pass

    others = [await asyncio.start_server(greet, "127.0.0.1", 0) for _ in range(20)]  # some get the numbers now free
    async with asyncio.timeout(PATIENCE):
        for other in others:
            reader, writer = await asyncio.open_connection(*other.sockets[0].getsockname())
            assert await reader.read() == b"hello"
            writer.close()
            await writer.wait_closed()
    for other in others:
        other.close()
        await other.wait_closed()


async def test_a_server_whose_browsers_do_not_start_ends_and_says_why(tmp_path: Path) -> None:
    class Broken(ScriptedBrowsers):
        async def start(self) -> None:
            raise BrowserUnavailable(problem="there is none")

    async with asyncio.timeout(PATIENCE) as patience:
        with pytest.raises(BrowserUnavailable):
            async with scripted_server(tmp_path, Broken()):
                raise AssertionError("it was served")
        assert not patience.expired()
