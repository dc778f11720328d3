"""The command line. What takes long to import is imported by the command that needs it, once it is called."""

from typing import Annotated

import typer

from zenobia import __version__
from zenobia.cli.flags import SettingsCommand
from zenobia.cli.options import OPERATE_PANEL, RUN_PANEL
from zenobia.cli.run import run
from zenobia.cli.serve import serve

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


app.command(rich_help_panel=RUN_PANEL)(run)
app.command(cls=SettingsCommand, rich_help_panel=OPERATE_PANEL)(serve)


def main() -> None:
    """Run the command line."""
    app()
