"""`zenobia run`: one session from the terminal, from prompt to result."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import Exit, fail, told_in_one_line
from zenobia.cli.options import ApiKey, AsJson, MaybeServer

if TYPE_CHECKING:
    from zenobia.cli.running import Order


Prompt = Annotated[str | None, typer.Argument(help="What to do; - reads it from standard input.", show_default=False)]
GivenFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", "-f", metavar="PATH", exists=True, dir_okay=False, help="A file for the session; may be repeated."
    ),
]
Agent = Annotated[
    str | None,
    typer.Option("--agent", "-a", metavar="TYPE", help="Who decides: playbook, manual, or another that is installed."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Keep the session there; without it nothing of the server is left."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Approve every action that is asked about, unseen.")]
No = Annotated[bool, typer.Option("--no", help="Deny everything that is asked.")]
SaveScreenshot = Annotated[
    Path | None,
    typer.Option(
        "--save-screenshot",
        metavar="PATH",
        help="Where the last picture goes.",
        show_default="zenobia-SESSION.png",
    ),
]
NoScreenshot = Annotated[bool, typer.Option("--no-screenshot", help="Keep no picture.")]
Downloads = Annotated[
    Path, typer.Option("--downloads", metavar="DIR", file_okay=False, help="Where the session's downloads go.")
]


def run(
    prompt: Prompt = None,
    files: GivenFiles = None,
    agent: Agent = None,
    server: MaybeServer = None,
    key: ApiKey = None,
    data_dir: DataDir = None,
    yes: Yes = False,
    no: No = False,
    save_screenshot: SaveScreenshot = None,
    no_screenshot: NoScreenshot = False,
    downloads: Downloads = Path(),
    as_json: AsJson = False,
) -> None:
    """Do something in a browser, and show it as it happens.

    Without --server a server is started for the occasion, with the settings of the environment and zenobia.toml.
    What needs a person is asked at the prompt. Ctrl-C cancels the session; a second one leaves at once.

    Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 cancelled, 4 denied or given up because nobody answered,
    130 left by a second Ctrl-C.

    Example: zenobia run 'open https://example.com then extract "Example Domain" as heading'
    """
    from zenobia.cli.asking import Standing
    from zenobia.cli.running import Order
    from zenobia.cli.watching import Manner

    if yes and no:
        fail("--yes and --no cannot both be meant.", Exit.USAGE)
    wanted = _read_in() if prompt == "-" else prompt
    if wanted is not None and not wanted.strip():
        fail("The prompt is empty. Leave it out to say in a message what is to be done.", Exit.USAGE)
    order = Order(
        prompt=wanted,
        agent=agent,
        files=tuple(files or ()),
        manner=Manner(as_json, Standing.YES if yes else Standing.NO if no else None),
        screenshot=save_screenshot,
        keep_screenshot=not no_screenshot,
        downloads=downloads,
    )
    import uvloop

    with told_in_one_line():
        if server is None:
            import_module("zenobia.app")  # while Ctrl-C still ends everything at once: it takes seconds
        raise typer.Exit(uvloop.run(_run(order, server, key, data_dir)))


def _read_in() -> str:
    """The prompt on standard input; an editor's mark in front of it is none of it."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        fail("What standard input holds is no text in UTF-8.", Exit.USAGE)


async def _run(order: "Order", server: str | None, key: str | None, data_dir: Path | None) -> Exit:
    import asyncio
    from contextlib import AsyncExitStack

    from zenobia.cli.interrupts import interrupts
    from zenobia.cli.running import carry_out, own_server
    from zenobia.cli.talking import address
    from zenobia.client import Client

    with interrupts() as taken:
        try:
            async with AsyncExitStack() as stack:
                url = address(server) if server else await stack.enter_async_context(own_server(data_dir, order.manner))
                client = await stack.enter_async_context(Client(url, key=key))
                return await carry_out(client, order, taken)
        except asyncio.CancelledError:
            if taken.left:
                return Exit.INTERRUPTED
            raise
