"""`zenobia run` as a person meets it: a real process, on a terminal or not, with a real server."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.flows.cli import PATIENCE, end, environment, start, terminal, told, zenobia
from tests.flows.conftest import Api
from zenobia.operators.base import Downloaded, Outcome
from zenobia.operators.scripted import DOT
from zenobia.protocol.action_errors import TargetNotFound
from zenobia.protocol.actions import Action
from zenobia.testing import Kit, ScriptedBrowsers

HIT = {"title": "Ferry returns", "link": "https://news.example/1", "snippet": "After eleven years."}


def json_lines(text: str) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_a_run_tells_what_happens_and_ends_with_its_findings(
    kit: Kit, browsers: ScriptedBrowsers, tmp_path: Path
) -> None:
    browsers.answers["read results"] = Outcome("Read 1 result.", value=[HIT])

    done = await zenobia("run", "Perform a search for recent news", "--server", kit.url, cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    for words in ("Perform a search for recent news", "read results", "Read 1 result.", "Completed", *HIT.values()):
        assert words in done.out
    assert "\x1b" not in done.out
    saved = re.search(r"Saved (zenobia-ses_\w+\.png)", done.out)
    assert saved
    assert (tmp_path / saved.group(1)).read_bytes() == DOT


async def test_a_run_gives_its_files_to_the_session_and_keeps_its_downloads(
    kit: Kit, browsers: ScriptedBrowsers, api: Api, tmp_path: Path
) -> None:
    async def downloading(action: Action) -> Outcome:
        arrived = tmp_path / "arrived"
        arrived.write_bytes(b"42")
        await browsers.operators[-1].notice(Downloaded(arrived, "../../report.csv", "text/csv", "https://a.example/"))
        return Outcome("Downloaded report.csv.")

    browsers.answers["download"] = downloading
    given = tmp_path / "list of things.txt"
    given.write_text("one")
    place = tmp_path / "place"

    done = await zenobia(
        "run", 'download "Report"', "--file", str(given), "--downloads", str(place), "--save-screenshot",
        str(place / "last.png"), "--server", kit.url, cwd=tmp_path,
    )  # fmt: skip

    assert done.code == 0, done
    assert (place / "report.csv").read_bytes() == b"42"
    assert (place / "last.png").read_bytes() == DOT
    (session,) = (await api.ok("GET", "/api/sessions"))["sessions"]
    assert session["files"][0]["fileName"] == "list of things.txt"


async def test_json_is_every_event_and_nothing_else(kit: Kit, tmp_path: Path) -> None:
    done = await zenobia("run", "open example.com", "--json", "--no-screenshot", "--server", kit.url, cwd=tmp_path)

    told = json_lines(done.out)
    assert done.code == 0
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert told[-1]["status"] == "completed"


async def test_a_page_cannot_steer_the_terminal_or_pass_for_markup(
    kit: Kit, browsers: ScriptedBrowsers, tmp_path: Path
) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J[bold red]no[/] \u202egnp.exe\x9b31m"
    browsers.answers["open"] = Outcome(f"Opened {hostile}.")
    browsers.answers["extract"] = Outcome("Read it.", value=f"{hostile}\nsecond line")
    browsers.answers["read results"] = Outcome("Read 1 result.", value=[HIT | {"title": hostile}])
    prompt = 'open example.com then extract "x" as it then search for news'

    shown = await zenobia("run", prompt, "--no-screenshot", "--server", kit.url, cwd=tmp_path)
    told = await zenobia("run", prompt, "--json", "--no-screenshot", "--server", kit.url, cwd=tmp_path)

    assert shown.code == told.code == 0
    for output in (shown.out, told.out):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(output)
    assert "Opened ␛]0;owned␇␛[2J[bold red]no[/] gnp.exe" in shown.out


async def test_a_failed_step_is_exit_code_1_and_told_once(kit: Kit, browsers: ScriptedBrowsers, tmp_path: Path) -> None:
    browsers.answers["click"] = TargetNotFound(wanted='"Buy"', present='"Sell"')

    done = await zenobia("run", 'click "Buy"', "--no-screenshot", "--server", kit.url, cwd=tmp_path)

    assert done.code == 1
    assert "(step_failed)" in done.out
    assert done.out.count('Step 1 of 1 (click "Buy") failed') == 1


async def test_no_denies_what_is_asked_and_is_exit_code_4(kit: Kit, tmp_path: Path) -> None:
    done = await zenobia("run", 'click "Buy" (ask first)', "--no", "--server", kit.url, cwd=tmp_path)

    assert done.code == 4
    assert "denied" in done.out
    assert "click" not in [action.verb for action in kit.browsers.operators[-1].acted]


async def test_yes_approves_actions_but_never_pretends_to_have_helped(kit: Kit, tmp_path: Path) -> None:
    bought = await zenobia("run", 'click "Buy" (ask first)', "--yes", "--server", kit.url, cwd=tmp_path)
    helped = await zenobia("run", 'ask a person "Solve it"', "--yes", "--server", kit.url, cwd=tmp_path)

    assert (bought.code, helped.code) == (0, 4)


async def test_a_server_that_is_not_there_is_named_with_how_to_start_one(tmp_path: Path) -> None:
    done = await zenobia("run", "x", "--server", "127.0.0.1:9", cwd=tmp_path)

    assert done.code == 1
    assert done.err.startswith("zenobia: No Zenobia server answers at http://127.0.0.1:9 (")
    assert done.err.endswith("Start one with: zenobia serve\n")
    assert done.err.count("\n") == 1


async def test_without_a_terminal_it_says_how_to_answer_and_waits(kit: Kit, api: Api, tmp_path: Path) -> None:
    process = await start("run", 'click "Buy" (ask first)', "--server", kit.url, cwd=tmp_path)
    try:
        words = (await told(process, "zenobia approve")).split()
        await api.ok("POST", f"/api/human-layer/requests/{words[2]}/approve")
        await told(process, "Completed")
    finally:
        await end(process)

    assert words[3:] == ["--server", kit.url]


async def test_a_person_at_the_terminal_sees_all_of_it_and_approves(kit: Kit, tmp_path: Path) -> None:
    prompt = 'open https://shop.example/ then click "Place order" (ask first)'
    async with terminal("run", prompt, "--server", kit.url, cwd=tmp_path) as screen:
        await screen.until("[l]")
        for words in ("May this be done?", "verb", "click", '"Place order"', "https://shop.example/", "req_"):
            assert words in screen.seen
        assert [action.verb for action in kit.browsers.operators[-1].acted] == ["open"]

        screen.type("a")

        assert await screen.ended() == 0
    assert [action.verb for action in kit.browsers.operators[-1].acted] == ["open", "click"]


async def test_a_denial_is_asked_its_reason_and_the_agent_reads_it(kit: Kit, api: Api, tmp_path: Path) -> None:
    async with terminal("run", 'click "Buy" (ask first)', "--server", kit.url, cwd=tmp_path) as screen:
        await screen.until("[l]")
        screen.type("what?")
        await screen.until("[l]", times=2)
        screen.type("d")
        await screen.until("Reason")

        screen.type("too dear")

        assert await screen.ended() == 4
    session = (await api.ok("GET", "/api/sessions"))["sessions"][0]
    assert "too dear" in session["error"]["error"]


async def test_a_question_answered_elsewhere_is_taken_back(kit: Kit, api: Api, tmp_path: Path) -> None:
    async with terminal("run", 'ask a person "Which colour?"', "--server", kit.url, cwd=tmp_path) as screen:
        await screen.until("[l]")
        found = re.search(r"req_\w+", screen.seen)
        assert found

        await api.ok("POST", f"/api/human-layer/requests/{found.group()}/respond", {"response": "blue"})

        assert await screen.ended() == 0
    assert "answered" in screen.seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["Ctrl-C", "a closed terminal"])
async def test_ctrl_c_cancels_the_session_and_is_exit_code_3(
    kit: Kit, api: Api, tmp_path: Path, number: signal.Signals
) -> None:
    kit.browsers.hold()
    async with terminal("run", "open example.com", "--server", kit.url, cwd=tmp_path) as screen:
        await kit.browsers.acting.wait()
        await screen.until("Step 1 of 1")

        screen.process.send_signal(number)

        assert await screen.ended() == 3
    assert (await api.ok("GET", "/api/sessions"))["sessions"][0]["status"] == "cancelled"


async def test_a_terminal_that_is_closed_at_a_question_cancels_the_session(kit: Kit, api: Api, tmp_path: Path) -> None:
    async with terminal("run", 'ask a person "Which colour?"', "--server", kit.url, cwd=tmp_path) as screen:
        await screen.until("[l]")
        screen.close()

        assert await screen.ended() == 3
    assert (await api.ok("GET", "/api/sessions"))["sessions"][0]["status"] == "cancelled"


async def test_a_pipe_that_is_closed_cancels_the_session(kit: Kit, api: Api, tmp_path: Path) -> None:
    kit.browsers.hold()
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zenobia", "run", 'open example.com then ask a person "Colour?"', "--server", kit.url,
        cwd=tmp_path, env=environment(), stdin=asyncio.subprocess.DEVNULL, stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(writing)
    await kit.browsers.acting.wait()
    os.close(reading)
    kit.browsers.release()
    async with asyncio.timeout(PATIENCE):
        _, err = await process.communicate()

    assert (process.returncode, err) == (3, b"")
    assert (await api.ok("GET", "/api/sessions"))["sessions"][0]["status"] == "cancelled"
