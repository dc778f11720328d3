"""What the command line says to what cannot be done: one line, and an exit code that means it; never a trace."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.flows.cli import PATIENCE, environment, zenobia
from tests.flows.conftest import Api
from zenobia.testing import Kit


async def test_words_that_make_no_command_are_named_in_one_line(kit: Kit, tmp_path: Path) -> None:
    said = await asyncio.gather(
        *(
            zenobia(*words, "--server", kit.url, cwd=tmp_path)
            for words in (("show", ""), ("message", "ses_x", " "), ("answer", "req_x", ""), ("run", "say \udcff"))
        )
    )

    assert [done.code for done in said] == [2, 2, 2, 2]
    assert [len(done.err.splitlines()) for done in said] == [1, 1, 1, 1]
    assert all(done.err.startswith("zenobia: The payload is not right") for done in said)


async def test_an_id_that_is_no_text_is_none_that_is_known(kit: Kit, tmp_path: Path) -> None:
    done = await zenobia("events", "ses_\udcff", "--server", kit.url, cwd=tmp_path)

    assert (done.code, done.err) == (1, "zenobia: There is no session with that id.\n")


async def test_a_full_disk_behind_the_output_is_named_in_one_line(tmp_path: Path) -> None:
    with await asyncio.to_thread(Path("/dev/full").open, "wb") as full:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "zenobia", "settings", cwd=tmp_path, env=environment(),
            stdin=asyncio.subprocess.DEVNULL, stdout=full, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            _, err = await process.communicate()

    assert process.returncode == 1
    assert err == b"zenobia: A disk is full, of the output or of the data directory: No space left on device\n"


async def test_a_place_that_cannot_be_written_to_is_named_in_one_line(kit: Kit, api: Api, tmp_path: Path) -> None:
    await api.http.put("/api/files/list", content=b"one")
    (tmp_path / "taken").write_bytes(b"")
    nowhere = str(tmp_path / "taken" / "list.txt")

    fetched, run = await asyncio.gather(
        zenobia("download", "list", nowhere, "--server", kit.url, cwd=tmp_path),
        zenobia("run", "screenshot", "--save-screenshot", nowhere, "--server", kit.url, cwd=tmp_path),
    )

    assert (fetched.code, run.code) == (1, 1)
    assert [len(done.err.splitlines()) for done in (fetched, run)] == [1, 1]
    assert all(done.err.startswith(f"zenobia: {nowhere} cannot be written: ") for done in (fetched, run))


async def test_a_download_goes_into_a_directory_under_its_own_name(kit: Kit, api: Api, tmp_path: Path) -> None:
    named = {"Content-Disposition": 'attachment; filename="l.txt"'}
    await api.http.put("/api/files/list", content=b"one", headers=named)

    done = await zenobia("download", "list", ".", "--server", kit.url, cwd=tmp_path)

    assert done.code == 0, done
    assert (tmp_path / "l.txt").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [(b"\xef\xbb\xbfsay hello\r\n", 0, "hello"), (b"\xff\xfe", 2, "no text in UTF-8")],
    ids=["with a mark in front", "no text"],
)
async def test_a_prompt_is_read_as_an_editor_wrote_it(
    kit: Kit, tmp_path: Path, given: bytes, code: int, said: str
) -> None:
    words = ("run", "-", "--no-screenshot", "--server", kit.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zenobia", *words, cwd=tmp_path, env=environment(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip

    async with asyncio.timeout(PATIENCE):
        out, _ = await process.communicate(given)

    assert process.returncode == code, out
    assert said in out.decode()
    assert "Traceback" not in out.decode()


async def test_no_address_of_a_server_and_no_key_it_knows_are_named_in_one_line(kit: Kit, tmp_path: Path) -> None:
    odd = ("http://[::1", "http://127.0.0.1:99999", "http://", "127.0.0.1:0")
    said = await asyncio.gather(*(zenobia("sessions", "--server", server, cwd=tmp_path) for server in odd))
    assert [done.code for done in said] == [2] * len(odd)
    assert all("is no address of a server" in done.err for done in said)

    wanted = await zenobia("sessions", "--server", kit.url, "--key", "zk_ü", cwd=tmp_path)
    assert (wanted.code, wanted.err) == (0, ""), "a server without keys asks for none"


async def test_what_would_wait_for_ever_is_not_begun(kit: Kit, api: Api, tmp_path: Path) -> None:
    said = await asyncio.gather(
        *(zenobia("run", prompt, "--server", kit.url, cwd=tmp_path) for prompt in ("", " \n", "-"))
    )

    assert [done.code for done in said] == [2, 2, 2]
    assert all(done.err.startswith("zenobia: The prompt is empty.") for done in said)
    assert (await api.ok("GET", "/api/sessions"))["sessions"] == []


async def test_settings_that_are_no_text_and_times_without_end_are_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "zenobia.toml").write_bytes(b"# f\xfcr uns\n")
    latin, endless, keys = await asyncio.gather(
        zenobia("settings", cwd=tmp_path / "latin"),
        zenobia("serve", "--human-timeout", "inf", "--data-dir", "data", cwd=tmp_path),
        zenobia("keys", "create", "anna", "--data-dir", "data", "--days", "inf", cwd=tmp_path),
    )

    assert (latin.code, endless.code, keys.code) == (1, 2, 2)
    assert [len(done.err.splitlines()) for done in (latin, endless, keys)] == [1, 1, 1]
    assert "zenobia.toml is not TOML" in latin.err
    assert "--human-timeout" in endless.err
    assert "--days must be between 0 and 36500" in keys.err


async def test_a_backup_is_restored_into_a_directory_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = await zenobia("restore", "file", "--data-dir", "file", cwd=tmp_path)

    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "is no directory" in done.err


async def test_files_for_a_session_that_takes_none_are_not_sent(kit: Kit, api: Api, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("remember the milk")
    ended = (await api.ended(await api.create("open example.com")))["id"]
    said = await asyncio.gather(
        *(
            zenobia("upload", "note.txt", "--session", session, "--server", kit.url, cwd=tmp_path)
            for session in ("ses_nope", ended)
        )
    )

    assert [(done.code, len(done.err.splitlines())) for done in said] == [(1, 1), (1, 1)]
    assert (await api.ok("GET", "/api/files"))["files"] == []
