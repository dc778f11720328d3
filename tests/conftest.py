"""What every test run promises: whatever it started is gone when it ends."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from tests.postgres import Postgres
from tests.swift import Swift

OURS = ("zenobia-", "playwright", "org.chromium.", ".org.chromium.")


def leftovers() -> set[str]:
    """Temporary folders and files that a browser or a server of ours would leave."""
    return {path.name for path in Path(tempfile.gettempdir()).iterdir() if path.name.startswith(OURS)}


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_behind() -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """No process, and no temporary profile, outlives the tests."""
    before = leftovers()
    yield
    children = psutil.Process().children(recursive=True)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert [(one.pid, one.name()) for one in alive if one.is_running()] == []
    assert leftovers() - before == set()


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """A running PostgreSQL, shared by all tests; each takes databases of its own from it."""
    cluster = Postgres()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def swift() -> Generator[Swift]:
    """A running object store, shared by all tests; each takes buckets of its own from it."""
    store = Swift()
    try:
        store.start()
        yield store
    finally:
        store.remove()


@pytest.fixture
def bucket(swift: Swift, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, which the environment says how to reach."""
    for name, value in swift.environment.items():
        monkeypatch.setenv(name, value)
    return swift.bucket()
