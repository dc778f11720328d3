"""`audit export`, `audit verify`: who did and decided what, and whether that record is as it was written."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.beside import require_kept
from zenobia.cli.failing import fail, told_in_one_line
from zenobia.cli.flags import SettingsCommand, settings_of

if TYPE_CHECKING:
    from zenobia.protocol.audit import Entry
    from zenobia.settings import Settings

PAGE = 1_000

ExportFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="An export; by default what the database holds.", show_default=False),
]

audit = typer.Typer(no_args_is_help=True)


@audit.callback()
def hold() -> None:
    """Look at who did and decided what.

    Example: zenobia audit verify
    """


@audit.command(cls=SettingsCommand)
def export(context: typer.Context) -> None:
    """Print the whole record as JSON lines, which can be verified anywhere.

    Example: zenobia audit export > audit.jsonl
    """
    from zenobia.cli.screen import out
    from zenobia.protocol.audit import line

    for entry in _stored(settings_of(context))[0]:
        out().out(line(entry), highlight=False)


@audit.command(cls=SettingsCommand)
def verify(context: typer.Context, file: ExportFile = None) -> None:
    """Make sure that the record is whole and unchanged; name the first entry that is not.

    Example: zenobia audit verify audit.jsonl
    """
    from zenobia.cli.screen import say, text
    from zenobia.protocol.audit import first_broken

    entries, ends = _stored(settings_of(context)) if file is None else (_exported(file), None)
    if (problem := first_broken(entries)) is not None:
        fail(f"The record was changed at {problem}.")
    newest = {one.workspace: (one.number, one.hash) for one in entries}
    for workspace in sorted(() if ends is None else ends.keys() | newest.keys()):
        if ends is not None and newest.get(workspace) != ends.get(workspace):
            fail(f"The record was changed: entries are missing at the end of {workspace}.")
    say(text(f"{len(entries)} entries are as they were written."))
    for workspace, (number, digest) in sorted(newest.items()):
        say(text(f"{workspace} ends with entry {number}: {digest}"))


def _stored(settings: "Settings") -> "tuple[list[Entry], dict[str, tuple[int, str]]]":
    from zenobia.app import beside

    require_kept(settings)

    async def read() -> "tuple[list[Entry], dict[str, tuple[int, str]]]":
        found: list[Entry] = []
        async with beside(settings) as store:
            ends = await store.read(lambda tx: tx.audit_ends())
            last = ("", 0)
            while page := await store.read(lambda tx, after=last: tx.audited(after, PAGE)):
                found += page
                last = (page[-1].workspace, page[-1].number)
        # what was added while we read is no break: the ends are older than the entries
        return [one for one in found if one.number <= ends.get(one.workspace, (0, ""))[0]], ends

    with told_in_one_line():
        return asyncio.run(read())


def _exported(file: Path) -> "list[Entry]":
    from zenobia.protocol.audit import read_line

    found: list[Entry] = []
    try:
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                found.append(read_line(text))
            except ValueError:
                fail(f"The record was changed at line {number}: it cannot be read.")
    except (OSError, UnicodeDecodeError):
        fail(f"{file} cannot be read.")
    return found
