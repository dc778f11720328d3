"""The promises of the command line that programs rely on: quick help, one line, plain refusals, a clean end."""

import asyncio
import re
import resource
import shutil
import signal
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from tests.flows.cli import PATIENCE, end, environment, start, told, zenobia
from zenobia.cli import app
from zenobia.client import Client
from zenobia.protocol.events import RequestEvent
from zenobia.testing import Kit

HELP_WITHIN = 0.5
SLACK = 0.5
"""Seconds of work more that it may take where others use the same caches."""

HEAVY = {"fastapi", "httpx", "playwright", "pydantic", "sqlalchemy", "uvicorn", "uvloop"}
LATER = {"aiohttp", "fastapi", "jinja2", "playwright", "psycopg", "requests", "sqlalchemy.dialects.postgresql"}
"""What a server loads once it serves, or not at all."""


async def command(*words: str) -> Result:
    """A command that needs no process of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_help_is_there_at_once(tmp_path: Path) -> None:
    took: list[float] = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = await zenobia("--help", cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)  # its work, not its waiting for a busy processor
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.code == 0

    assert min(took) < HELP_WITHIN + SLACK


@pytest.mark.parametrize(("module", "heavy"), [("zenobia.cli", HEAVY), ("zenobia.app", LATER)])
async def test_nothing_is_imported_early_that_takes_long(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(sorted({heavy!r} & set(sys.modules)))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)

    out, _ = await process.communicate()

    assert out.decode().strip() == "[]"


async def test_a_line_of_the_log_is_written_once(tmp_path: Path) -> None:
    process = await start("serve", "--port", "0", "--data-dir", str(tmp_path), "--warm-browsers", "0", cwd=tmp_path)
    assert process.stderr is not None
    try:
        line = await told(process, "http://127.0.0.1:")
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            await client.get(line.split()[-1] + "/socket.io/?EIO=3&transport=polling")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            log = await process.stderr.read()
    finally:
        await end(process)

    assert log.count(b"unsupported version") == 1


async def test_serve_starts_on_nothing_says_one_line_and_ends_in_order_on_sigterm(tmp_path: Path) -> None:
    process = await start(
        "serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", str(tmp_path / "data"), "--warm-browsers", "0",
        "--log-level", "info", cwd=tmp_path,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await told(process, "http://127.0.0.1:")
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            health = await client.get(line.split()[-1] + "/api/health")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            rest = await process.stdout.read()
            code = await process.wait()
    finally:
        await end(process)

    assert health.json()["status"] == "ok"
    assert (rest, code) == (b"", 0)


async def test_a_server_started_by_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "nohup", sys.executable, "-m", "zenobia", "serve", "--port", "0", "--data-dir", str(tmp_path),
        "--warm-browsers", "0", cwd=tmp_path, env=environment(), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await told(process, "http://127.0.0.1:")
        status = await asyncio.to_thread(Path(f"/proc/{process.pid}/status").read_text)
    finally:
        await end(process)

    ignored = re.search(r"SigIgn:\s*(\w+)", status)
    assert ignored
    assert int(ignored.group(1), 16) & 1 << signal.SIGHUP - 1


async def test_a_port_that_is_taken_is_one_line_and_exit_code_1(kit: Kit, tmp_path: Path) -> None:
    port = kit.url.rsplit(":", 1)[-1]

    done = await zenobia("serve", "--port", port, "--data-dir", str(tmp_path / "other"), cwd=tmp_path)

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"zenobia: Nothing can listen on 127.0.0.1:{port}")
    assert done.err.count("\n") == 1


async def test_a_data_directory_in_use_is_one_line_and_exit_code_1(kit: Kit, tmp_path: Path) -> None:
    done = await zenobia("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), cwd=tmp_path)

    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "uses this data directory" in done.err


async def test_an_address_that_others_can_reach_is_refused_in_one_line(tmp_path: Path) -> None:
    done = await zenobia("serve", "--host", "0.0.0.0", cwd=tmp_path)

    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("zenobia: Zenobia does not listen on 0.0.0.0")


async def test_commands_speak_with_a_running_server(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENOBIA_SERVER", kit.url)
    note = tmp_path / "note.txt"
    note.write_text("forty-two")
    async with Client(kit.url) as client:
        session = await client.create("open example.com")
        whole = [event.message async for event in client.follow(session.id)]

    listed, shown, told_events, cancelled = [
        await command(*words)
        for words in (("sessions",), ("show", "last"), ("events", session.id, "--follow"), ("cancel", "last"))
    ]
    sent = await command("upload", str(note))
    found = re.search(r"fil_\w+", sent.stdout)
    assert found
    fetched = await command("download", found.group())
    deleted = await command("delete", "last")
    gone = await command("show", session.id)

    assert "completed" in listed.stdout
    assert "open example.com" in shown.stdout
    assert whole[-1] in told_events.stdout
    assert (cancelled.exit_code, cancelled.stderr) == (1, "zenobia: The session has already ended.\n")
    assert fetched.stdout == "Saved note (2).txt\n"
    assert (tmp_path / "note (2).txt").read_text() == "forty-two"
    assert deleted.stdout == f"Deleted {session.id}\n"
    assert (gone.exit_code, gone.stderr) == (1, "zenobia: There is no session with that id.\n")


async def test_a_request_is_shown_and_settled_from_elsewhere(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENOBIA_SERVER", kit.url)
    async with Client(kit.url) as client:
        session = await client.create('click "Buy" (ask first) then ask a person "Which colour?" as colour')
        async for event in client.follow(session.id):
            if isinstance(event, RequestEvent):
                request = event.data.request.id
                assert request in (await command("requests")).stdout
                words = ("approve", request) if event.data.request.action else ("answer", request, "blue")
                assert (await command(*words)).exit_code == 0
        ended = await client.get(session.id)

    assert ended.result
    assert ended.result.extracted == {"colour": "blue"}


async def test_the_tour_shows_a_session_in_a_real_browser_and_leaves_nothing(tmp_path: Path) -> None:
    process = await start("tour", "--port", "0", "--demo-port", "0", "--data-dir", str(tmp_path / "data"), cwd=tmp_path)
    try:
        await told(process, "Read 12 results.")
        await told(process, "Completed")
        server = (await told(process, "/docs")).split()[-1].removesuffix("/docs")
        suggested = (await told(process, f"run --server {server}")).split()[0]
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            health = await client.get(f"{server}/api/health")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            await process.communicate()
    finally:
        await end(process)

    assert health.json()["sessions"]["completed"] == 1
    assert process.returncode == 0
    assert shutil.which(suggested)
