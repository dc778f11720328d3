"""How a command works on what a server keeps, without the server: one transaction, and every refusal in one line."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from zenobia.cli.failing import fail, told_in_one_line

if TYPE_CHECKING:
    from zenobia.settings import Settings
    from zenobia.store.tx import Tx

T = TypeVar("T")


def require_kept(settings: "Settings") -> None:
    """Leave with a word if nothing was ever kept where the settings say: looking there must not make it."""
    from zenobia.store.backup import DATABASE

    if settings.database is None and not (settings.data_dir / DATABASE).is_file():
        fail(f"There is nothing in {settings.data_dir}: no server has run there.")


def written(settings: "Settings", work: "Callable[[Tx], T]") -> T:
    """Do `work` on the data directory or the database that the settings name, whether or not a server runs on it."""
    from zenobia.app import beside

    async def write() -> T:
        async with beside(settings) as store:
            return await store.write(work)

    with told_in_one_line():
        return asyncio.run(write())
