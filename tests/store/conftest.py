"""A store of its own for every test: what is promised, both databases keep."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.postgres import Postgres
from zenobia.protocol.limits import Limits
from zenobia.store.engine import Store
from zenobia.store.opening import DataDirectory, open_store


@pytest.fixture
def limits() -> Limits:
    """Bounds small enough to reach."""
    return Limits(sessions_queued=50, events_per_session=200, files_per_session=3, pending_requests=2)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a new database of each kind that a store can be in; None for a file."""
    if request.param == "sqlite":
        return None
    cluster: Postgres = request.getfixturevalue("postgres")
    return cluster.database()


@pytest.fixture
async def store(tmp_path: Path, limits: Limits, database: str | None) -> AsyncGenerator[Store]:
    """An open store on a new database."""
    directory = DataDirectory(tmp_path / "data")
    directory.open()
    opened = open_store(directory, limits, database)
    yield opened
    await opened.close()
    directory.close()


@pytest.fixture
async def sqlite(tmp_path: Path, limits: Limits) -> AsyncGenerator[Store]:
    """An open store on a new file."""
    opened = open_store(DataDirectory(tmp_path), limits)
    yield opened
    await opened.close()
