"""What others say never steers the terminal, a file name or an exit code."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from zenobia.cli.failing import Exit
from zenobia.cli.keeping import LONGEST_NAME, safe_name
from zenobia.cli.running import exit_code
from zenobia.cli.screen import plain, text
from zenobia.cli.sheets import measured
from zenobia.cli.timeline import lasted
from zenobia.protocol.session import EndReason, Session, Status

HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold red]no[/bold red]\u202egnp.exe\x9b31m\r\nnext"


@given(st.text())
def test_nothing_that_steers_a_terminal_survives(said: str) -> None:
    shown = plain(said, lines=True)

    assert all(one == "\n" or unicodedata.category(one)[0] not in "C" for one in shown)


def test_a_control_character_is_shown_rather_than_obeyed() -> None:
    assert plain(HOSTILE) == "␛]0;owned␇␛[2J[bold red]no[/bold red]gnp.exe�31m  next"


def test_markup_in_what_a_page_says_is_only_text() -> None:
    console = Console(force_terminal=True, color_system="truecolor", width=200)
    with console.capture() as capture:
        console.print(text("[red]not red[/red] [link=http://evil.example]x[/link]"))

    assert capture.get().strip() == "[red]not red[/red] [link=http://evil.example]x[/link]"


@given(st.text(max_size=400))
def test_a_file_name_never_leaves_its_directory(name: str) -> None:
    safe = safe_name(name, "fil_1")

    assert PurePosixPath(safe).name == safe
    assert not safe.startswith(".")
    assert 0 < len(safe.encode()) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        (".bashrc", "bashrc"),
        ("..", "fil_1"),
        ("a\nb\x1b.txt", "a b␛.txt"),
    ],
)
def test_a_file_name_is_kept_as_far_as_it_is_safe(name: str, safe: str) -> None:
    assert safe_name(name, "fil_1") == safe


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (Status.COMPLETED, EndReason.DONE, Exit.DONE),
        (Status.FAILED, EndReason.STEP_FAILED, Exit.FAILED),
        (Status.FAILED, EndReason.UNREADABLE_PROMPT, Exit.FAILED),
        (Status.FAILED, EndReason.DENIED, Exit.REFUSED),
        (Status.FAILED, EndReason.GAVE_UP, Exit.REFUSED),
        (Status.CANCELLED, EndReason.USER, Exit.CANCELLED),
    ],
)
def test_the_exit_code_says_how_a_session_ended(status: Status, reason: EndReason, code: Exit) -> None:
    session = Session(id="ses_1", type="playbook", status=status, reason=reason, created_at=0, last_seq=1)

    assert exit_code(session) is code


@pytest.mark.parametrize(
    ("millis", "said"), [(40, "0.0 s"), (59_900, "59.9 s"), (61_000, "1 min 01 s"), (3_660_000, "1 h 01 min")]
)
def test_a_duration_is_said_in_the_unit_that_fits(millis: int, said: str) -> None:
    assert lasted(millis) == said


@pytest.mark.parametrize(
    ("size", "said"), [(None, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (84_000_000, "84 MB")]
)
def test_a_size_is_said_in_the_unit_that_fits(size: int | None, said: str) -> None:
    assert measured(size) == said
