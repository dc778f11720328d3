"""Options that several commands share, each described once."""

from typing import Annotated

import typer

DEFAULT_SERVER = "http://127.0.0.1:8484"

FOLLOW_PANEL = "Look at what happens"
STEER_PANEL = "Steer and answer"
FILES_PANEL = "Files"
RUN_PANEL = "Do something"
OPERATE_PANEL = "Run a server"

Server = Annotated[
    str, typer.Option("--server", "-s", envvar="ZENOBIA_SERVER", metavar="URL", help="The server to speak to.")
]
MaybeServer = Annotated[
    str | None,
    typer.Option(
        "--server",
        "-s",
        envvar="ZENOBIA_SERVER",
        metavar="URL",
        help="A running server to do it; without one, one is started for the occasion.",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option("--key", envvar="ZENOBIA_KEY", metavar="KEY", help="API key, for a server that wants one."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
SessionId = Annotated[str, typer.Argument(metavar="SESSION", help='A session\'s id, or "last" for the newest.')]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="A request's id, as `zenobia requests` shows it.")]
