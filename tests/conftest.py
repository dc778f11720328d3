"""What every test run promises: whatever it started is gone when it ends."""

import tempfile
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import psutil
import pytest

from tests.postgres import Postgres
from tests.swift import Swift

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one is slow, and nothing is wrong with that
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """No process, and no temporary profile, socket or file, outlives the tests."""
    tmp_path_factory.getbasetemp()  # pytest keeps its own folders for a look afterwards
    with TemporaryDirectory(prefix="zenobia-tests-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o711)  # PostgreSQL and the browser may run as somebody else
        patch.setenv("TMPDIR", folder)  # this run's alone, whatever else happens on the machine
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("NODE_DISABLE_COMPILE_CACHE", "1")
        yield
        children = psutil.Process().children(recursive=True)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert [(one.pid, one.name()) for one in alive if one.is_running()] == []
        assert [path.name for path in Path(folder).iterdir()] == []


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
