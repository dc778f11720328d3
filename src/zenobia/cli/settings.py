"""`zenobia settings`: every setting, as the model tells them."""

from typing import Annotated

import typer

from zenobia.cli.failing import Exit, fail
from zenobia.cli.options import AsJson

AsToml = Annotated[
    bool, typer.Option("--toml", help="Print an example of zenobia.toml, with every line commented out.")
]


def settings(as_json: AsJson = False, as_toml: AsToml = False) -> None:
    """Show every setting: names, default, value now, meaning.

    Example: zenobia settings --toml > zenobia.toml
    """
    if as_json and as_toml:
        fail("--json and --toml cannot both be meant.", Exit.USAGE)
    from zenobia.cli.catalogue import as_rows, as_table, example_file
    from zenobia.cli.screen import out, say
    from zenobia.cli.talking import print_json

    if as_toml:
        out().out(example_file(), highlight=False, end="")
    elif as_json:
        print_json({"settings": as_rows()})
    else:
        say(as_table())
