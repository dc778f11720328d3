"""How a command works on what a server keeps, without the server: one transaction, and every refusal in one line."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from zenobia.cli.failing import told_in_one_line

if TYPE_CHECKING:
    from zenobia.settings import Settings
    from zenobia.store.tx import Tx

T = TypeVar("T")


def written(settings: "Settings", work: "Callable[[Tx], T]") -> T:
    """Do `work` on the data directory or the database that the settings name, whether or not a server runs on it."""
    from zenobia.app import beside

    async def write() -> T:
        async with beside(settings) as store:
            return await store.write(work)

    with told_in_one_line():
        return asyncio.run(write())
