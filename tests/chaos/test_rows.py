"""A few rows of the fault matrix that are quick enough for every change; `make chaos` plays all of them, and longer."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import kill_loop
from tests.chaos.launcher import a_launcher
from tests.chaos.matrix import ROWS, play
from tests.chaos.oracle import History, Plan, Violation, check
from tests.chaos.site import Site, a_site

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "durability.md"
NAMED = re.findall(r"\[([^\]]+)\]\((\.\./\.\./tests/[^)]+)\)", PAGE.read_text())
QUICK = ("terminated_twice", "files_may_not_grow", "locked_at_start", "answer_lost", "decided_at_once")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("row", QUICK)
async def test_a_fault_costs_nothing_that_was_promised(row: str) -> None:
    assert await play(ROWS[row], seed=1) < 60


@pytest.mark.timeout(180)
async def test_a_server_killed_again_and_again_keeps_its_word() -> None:
    with tempfile.TemporaryDirectory(prefix="zenobia-chaos-") as folder:
        async with a_site() as site, a_launcher() as launcher:
            report = await kill_loop.loop(site, 3, 5, Path(folder), minutes=2, launcher=launcher)

    assert (report["kills"], report["violations"]) == (3, 0)


class Liar:
    """A server that does not keep its word, to see that the oracle notices."""

    def __init__(self, status: str, phases: list[str]) -> None:
        self.log = [
            {"seq": seq, "eventType": "action", "data": {"actionId": "a", "step": 2, "phase": phase}}
            for seq, phase in enumerate(phases, 1)
        ]
        self.status = status

    async def session(self, session: str) -> dict[str, Any]:
        return {"id": session, "status": self.status, "reason": "done", "lastSeq": len(self.log)}

    async def events(self, session: str, after: int = 0) -> list[dict[str, Any]]:
        return self.log[after:]

    async def requests(self) -> list[dict[str, Any]]:
        return []

    async def file(self, file: str) -> bytes:
        return b"half"


def _history() -> History:
    return History(plans={"one": Plan("c", "", {2: "it"})})


@pytest.mark.parametrize(
    ("counted", "phases", "said"),
    [
        (2, ["started", "done"], "done twice"),
        (1, [], "what did not happen"),
        (0, ["started", "done"], "what did not happen"),
    ],
)
async def test_the_oracle_sees_what_was_done_twice_or_never(counted: int, phases: list[str], said: str) -> None:
    site = Site()
    site.counts["it"] = counted

    with pytest.raises(Violation, match=said):
        await check(Liar("completed", phases), site, _history())


async def test_the_oracle_sees_what_is_missing() -> None:
    site, liar = Site(), Liar("completed", ["started", "unknown"])
    cancelled, told, asked, sent = _history(), _history(), _history(), _history()
    cancelled.cancelled.add("one")
    told.events["one"] = [*liar.log, {"seq": 3}]
    asked.pending["req"] = 1
    sent.files["file"] = b"whole"

    for history in (cancelled, told, asked, sent):
        with pytest.raises(Violation):
            await check(liar, site, history)
    await asyncio.gather(check(liar, site, _history()))


def test_every_fault_has_its_place_on_the_page_of_durability() -> None:
    page = PAGE.read_text()

    assert [row for row in ROWS if f"`{row}`" not in page] == []
    assert [row for row in QUICK if f"`{row}` *" not in page] == []


@pytest.mark.parametrize(("name", "path"), NAMED)
def test_what_proves_a_fault_is_there(name: str, path: str) -> None:
    function = "test_" + name.replace(" ", "_")

    assert re.search(rf"^(async )?def {function}\(", (PAGE.parent / path).read_text(), re.MULTILINE)
