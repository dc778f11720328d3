"""Browsers as processes: warm ones are fast, dead ones are replaced, and nothing is left behind."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from zenobia.operators.base import Notice
from zenobia.operators.driver import Driver
from zenobia.operators.pool import FIRST_PAGE, ChromiumBrowsers
from zenobia.protocol.action_errors import BrowserLost
from zenobia.protocol.actions import Open
from zenobia.protocol.errors import BrowserUnavailable
from zenobia.settings import Settings

HELD = Settings().confinement
"""As the settings say: without a sandbox where none can be had."""


async def deaf(_: Notice) -> None:
    """Listen to nothing."""


def processes() -> set[psutil.Process]:
    """Everything that this process has started and that lives."""
    mine = psutil.Process().children(recursive=True)
    return {process for process in mine if process.status() != psutil.STATUS_ZOMBIE}


def left_in(folder: Path) -> list[Path]:
    """Everything in a folder."""
    return list(folder.iterdir())


def roots(pool: ChromiumBrowsers) -> list[psutil.Process]:
    """The pool's browser processes."""
    return [host.process.root for host in pool.hosts if host.process.root is not None]


@pytest_asyncio.fixture(loop_scope="session")
async def pool(tmp_path: Path) -> AsyncIterator[ChromiumBrowsers]:
    """A pool of its own for tests that break it."""
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, contexts_per_browser=2, action_timeout=5, held=HELD)
    yield pool
    await pool.close()


async def test_opening_takes_a_warm_browser(tmp_path: Path) -> None:
    pool = ChromiumBrowsers(scratch=tmp_path, warm=1, held=HELD)
    try:
        await pool.start()
        await pool.warmed()
        started = time.monotonic()
        operator = await pool.open("one", deaf)

        assert time.monotonic() - started < 0.05
        assert (await operator.observe()).url == "about:blank"
        await pool.warmed()
    finally:
        await pool.close()


async def test_a_session_has_the_machine_to_itself_for_its_first_page(tmp_path: Path) -> None:
    pool = ChromiumBrowsers(scratch=tmp_path, warm=2, held=HELD)
    try:
        await pool.start()
        await pool.warmed()
        began = time.monotonic()
        await pool.open("one", deaf)
        await pool.warmed()

        assert time.monotonic() - began >= FIRST_PAGE
    finally:
        await pool.close()


async def test_starting_does_not_wait_for_a_browser_that_is_missing(tmp_path: Path) -> None:
    pool = ChromiumBrowsers(scratch=tmp_path, executable="/no/such/browser", held=HELD)
    await pool.start()

    with pytest.raises(BrowserUnavailable, match="no/such/browser"):
        await pool.open("one", deaf)

    await pool.close()


async def test_a_browser_that_only_ends_is_unavailable(tmp_path: Path) -> None:
    pool = ChromiumBrowsers(scratch=tmp_path, executable="/bin/false", warm=0, held=HELD)

    with pytest.raises(BrowserUnavailable):
        await pool.open("one", deaf)

    await pool.close()


async def test_a_browser_process_holds_only_so_many_sessions(pool: ChromiumBrowsers) -> None:
    for name in ("one", "two", "three"):
        await pool.open(name, deaf)

    assert len(roots(pool)) == 2


async def test_a_killed_browser_is_lost_and_the_next_session_gets_another(pool: ChromiumBrowsers) -> None:
    operator = await pool.open("one", deaf)
    (root,) = roots(pool)
    os.killpg(root.pid, signal.SIGKILL)

    with pytest.raises(BrowserLost):
        await operator.act(Open(url="about:blank"))
    with pytest.raises(BrowserLost):
        await operator.observe()

    again = await pool.open("two", deaf)
    assert (await again.observe()).url == "about:blank"
    await operator.close()


async def test_a_browser_that_sleeps_is_lost_and_the_next_session_gets_another(pool: ChromiumBrowsers) -> None:
    operator = await pool.open("one", deaf)
    (root,) = roots(pool)
    os.killpg(root.pid, signal.SIGSTOP)

    with pytest.raises(BrowserLost):
        await operator.act(Open(url="about:blank"))

    again = await pool.open("two", deaf)
    assert (await again.observe()).url == "about:blank"
    assert not root.is_running()
    await operator.close()


async def test_a_killed_driver_is_replaced(pool: ChromiumBrowsers) -> None:
    operator = await pool.open("one", deaf)
    (root,) = roots(pool)
    parent = root.parent()
    assert parent is not None
    parent.kill()
    await asyncio.to_thread(psutil.wait_procs, [parent], timeout=5)

    with pytest.raises(BrowserLost):
        await operator.observe()

    again = await pool.open("two", deaf)
    assert (await again.observe()).url == "about:blank"


async def test_a_killed_driver_leaves_no_error_that_nobody_looks_at(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    await driver.start()
    gc.collect()  # what other tests left
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))

    await driver.end()
    assert not await driver.answers()
    await driver.close()
    del driver
    gc.collect()

    assert complaints == []


async def test_the_driver_is_out_of_reach_of_our_terminal(pool: ChromiumBrowsers) -> None:
    await pool.open("one", deaf)
    (root,) = roots(pool)
    driver = root.parent()

    assert driver is not None
    assert os.getpgid(driver.pid) != os.getpgid(0)
    assert os.getsid(driver.pid) != os.getsid(0)


async def test_no_secret_of_ours_reaches_the_browser(pool: ChromiumBrowsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "a secret")
    await pool.open("one", deaf)
    (root,) = roots(pool)

    assert "SOME_API_KEY" not in root.environ()
    driver = root.parent()
    assert driver is not None
    assert "SOME_API_KEY" not in driver.environ()


async def test_closing_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    before = processes()
    pool = ChromiumBrowsers(scratch=tmp_path, warm=1, held=HELD)
    await pool.start()
    await asyncio.gather(*(pool.open(name, deaf) for name in ("one", "two")))
    assert processes() - before
    assert left_in(tmp_path)

    await pool.close()

    assert not processes() - before
    assert not left_in(tmp_path)


async def test_closing_ends_a_browser_that_does_not_answer(tmp_path: Path) -> None:
    before = processes()
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, held=HELD)
    await pool.open("one", deaf)
    for process in processes() - before:
        process.suspend()
    started = time.monotonic()

    await pool.close()

    assert time.monotonic() - started < 8
    assert not processes() - before
    assert not left_in(tmp_path)


async def test_what_a_killed_server_left_is_swept_away(tmp_path: Path) -> None:
    left = tmp_path / "zenobia-browsers-999999999-x"
    left.mkdir()
    pool = ChromiumBrowsers(scratch=tmp_path, warm=0, held=HELD)

    await pool.open("one", deaf)

    assert not left.exists()
    await pool.close()


async def test_a_browser_is_retired_after_a_while(pool: ChromiumBrowsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenobia.operators.pool.CONTEXTS_PER_LIFE", 1)
    operator = await pool.open("one", deaf)
    (first,) = roots(pool)

    await operator.close()
    await pool.open("two", deaf)

    (second,) = roots(pool)
    assert first != second
    await asyncio.to_thread(psutil.wait_procs, [first], timeout=5)
    assert not first.is_running()


async def test_a_driver_that_does_not_answer_is_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.operators.driver.DRIVER_WITHIN", 3.0)
    driver = Driver(tmp_path)
    script = driver._script  # pyright: ignore[reportPrivateUsage]  # the one place where a driver can be made deaf
    scripts: list[Path] = []

    def deaf_at_first() -> Path:
        path = script()
        if not scripts:
            path = tmp_path / "deaf.sh"
            path.write_text(f"#!/bin/sh\necho $$ > {driver._pid}\nexec sleep 60\n")  # pyright: ignore[reportPrivateUsage]
            path.chmod(0o700)
        scripts.append(path)
        return path

    monkeypatch.setattr(driver, "_script", deaf_at_first)
    await driver.start()

    assert driver.alive
    assert len(scripts) == 2
    await driver.close()
    assert [one for one in psutil.Process().children() if one.name() == "sleep"] == []
