"""A store of its own for every test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from zenobia.protocol.limits import Limits
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_store


@pytest.fixture
def limits() -> Limits:
    """Bounds small enough to reach."""
    return Limits(sessions_queued=50, events_per_session=200, files_per_session=3, pending_requests=2)


@pytest.fixture
async def store(tmp_path: Path, limits: Limits) -> AsyncGenerator[Store]:
    """An open store on a new data directory."""
    directory = DataDirectory(tmp_path / "data")
    directory.open()
    opened = open_store(directory, limits)
    yield opened
    await opened.close()
    directory.close()
