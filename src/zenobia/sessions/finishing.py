"""Last writes: begun, they complete, also when whoever began them is cancelled."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finish(write: Awaitable[T]) -> T:
    """Let a last write complete even if we are cancelled meanwhile, then honour the cancel."""
    task = asyncio.ensure_future(write)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
