"""The command line. What takes long to import is imported by the command that needs it, once it is called."""

import errno
import os
import sys
from typing import Annotated

import typer

from zenobia import __version__
from zenobia.cli.audit import audit
from zenobia.cli.backup import backup, restore
from zenobia.cli.demo import demo
from zenobia.cli.doctor import doctor
from zenobia.cli.failing import Exit
from zenobia.cli.files import download, files, upload
from zenobia.cli.flags import SettingsCommand
from zenobia.cli.inspect import events, export, requests, screenshot, sessions, show
from zenobia.cli.keys import keys
from zenobia.cli.options import FILES_PANEL, FOLLOW_PANEL, OPERATE_PANEL, RUN_PANEL, STEER_PANEL
from zenobia.cli.policy import policy
from zenobia.cli.run import run
from zenobia.cli.secrets import secrets
from zenobia.cli.serve import serve
from zenobia.cli.settings import settings
from zenobia.cli.steer import answer, approve, cancel, delete, deny, message, pause, resume
from zenobia.cli.tour import tour
from zenobia.cli.worker import worker

app = typer.Typer(
    name="zenobia",
    help="Runs agent sessions in a real web browser on a person's behalf, and stops to ask when it should.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zenobia {__version__}")
        raise typer.Exit


@app.callback()
def zenobia(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Hold what all commands share."""


for panel, commands in {
    RUN_PANEL: (run,),
    FOLLOW_PANEL: (sessions, show, events, screenshot, export),
    STEER_PANEL: (message, pause, resume, cancel, delete, requests, approve, deny, answer),
    FILES_PANEL: (files, upload, download),
}.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
for panel, command in (
    (RUN_PANEL, tour),
    (OPERATE_PANEL, serve),
    (OPERATE_PANEL, worker),
    (OPERATE_PANEL, doctor),
    (OPERATE_PANEL, backup),
    (OPERATE_PANEL, restore),
):
    app.command(cls=SettingsCommand, rich_help_panel=panel)(command)
for command in (settings, demo):
    app.command(rich_help_panel=OPERATE_PANEL)(command)
app.add_typer(policy, name="policy", rich_help_panel=STEER_PANEL)
app.add_typer(keys, name="keys", rich_help_panel=OPERATE_PANEL)
app.add_typer(audit, name="audit", rich_help_panel=OPERATE_PANEL)
app.add_typer(secrets, name="secrets", rich_help_panel=OPERATE_PANEL)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        sys.stderr.write(f"zenobia: A disk is full, of the output or of the data directory: {error.strerror}\n")
        os._exit(Exit.FAILED)  # what is still in the buffer cannot be written either
