"""What a page process takes is seen from outside, and what takes too much is named or made to give way."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import psutil
import pytest

from zenobia.operators.burdens import CALM_AFTER, FOR_GOOD_AFTER, GREEDY_AFTER, MOST_THREADS, Burdens, can_come_back

MEMORY = 150 << 20
THREAD = "threading.Thread(target=threading.Event().wait, daemon=True)"
THREADS = f"import threading; [{THREAD}.start() for _ in range({MOST_THREADS})]"
HOLDS = "held = bytes(200 << 20)[1:]"
SPINS = "import threading, time; threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()"


@contextmanager
def page(code: str, kind: str = "--type=renderer") -> Generator[psutil.Process]:
    """A process that looks like a page's and has done what it was told to."""
    words = [sys.executable, "-c", f"{code}\nprint(flush=True)\nimport time\ntime.sleep(60)", kind]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()


@pytest.mark.parametrize("code", [THREADS, HOLDS], ids=["threads", "memory"])
def test_a_page_that_takes_too_much_is_named_and_no_other(code: str) -> None:
    burdens = Burdens(psutil.Process(), MEMORY)
    with page("pass") as modest, page(code, "--type=gpu-process"), page(code) as large:
        found = [one.pid for one in burdens.look(1.0)]
        again = [one.pid for one in burdens.look(1.0)]
    gone = burdens.look(1.0)

    assert found == again == [large.pid]
    assert modest.pid not in found
    assert gone == []


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_page_that_keeps_processors_busy_gives_way(monkeypatch: pytest.MonkeyPatch, comes_back: bool) -> None:
    """Soon where that can be taken back, and only if it goes on and on where it is for good."""
    monkeypatch.setattr("zenobia.operators.burdens.can_come_back", lambda: comes_back)
    monkeypatch.setattr("zenobia.operators.burdens.BUSY", -1.0)  # so that any look counts, however short
    burdens = Burdens(psutil.Process(), MEMORY)
    after = GREEDY_AFTER if comes_back else FOR_GOOD_AFTER
    with page(SPINS) as busy:
        before: list[list[int]] = []
        while not gives_way(busy):
            before.append(policies(busy))
            assert burdens.look(0.5) == []

    assert all(len(one) == 2 for one in before)
    assert len(before) == after + 1, "not by one look alone, and the first only meets it"


def test_a_page_that_has_calmed_down_is_like_any_other_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    burdens = Burdens(psutil.Process(), MEMORY)
    with page(SPINS) as busy:
        monkeypatch.setattr("zenobia.operators.burdens.BUSY", -1.0)
        for _ in range(FOR_GOOD_AFTER + 1):
            burdens.look(0.5)
        assert gives_way(busy)
        monkeypatch.setattr("zenobia.operators.burdens.BUSY", 1e9)
        monkeypatch.setattr("zenobia.operators.burdens.SPARE", 1e9)
        for _ in range(CALM_AFTER):
            burdens.look(0.5)
        assert gives_way(busy), "others left it no more, which is no rest"
        monkeypatch.setattr("zenobia.operators.burdens.SPARE", -1.0)
        for _ in range(CALM_AFTER - 1):
            burdens.look(0.5)
        assert gives_way(busy), "a moment's rest is no change"
        burdens.look(0.5)

        assert gives_way(busy) is not can_come_back()
        assert set(policies(busy)) == {os.SCHED_OTHER if can_come_back() else os.SCHED_IDLE}


def gives_way(process: psutil.Process) -> bool:
    """Whether all of it has only what nobody else wants."""
    return all(policy == os.SCHED_IDLE for policy in policies(process))


def policies(process: psutil.Process) -> list[int]:
    """How the threads of a process are scheduled."""
    return [os.sched_getscheduler(one.id) for one in process.threads()]
