"""Commands for files: `files`, `upload`, `download`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import fail
from zenobia.cli.options import DEFAULT_SERVER, ApiKey, AsJson, Server
from zenobia.cli.typed import zenobia

if TYPE_CHECKING:
    from zenobia.client import Client
    from zenobia.protocol.files import File

OfSession = Annotated[
    str | None, typer.Argument(metavar="[SESSION]", help='Only a session\'s; "last" is the newest.', show_default=False)
]
Limit = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=500, help="At most so many.")]
Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH…", exists=True, dir_okay=False, help="Files.", show_default=False)
]
ToSession = Annotated[
    str | None, typer.Option("--session", metavar="SESSION", help='Attach them to a session; "last" is the newest.')
]
FileId = Annotated[str, typer.Argument(metavar="FILE", help="A file's id, as `zenobia files` shows it.")]
Target = Annotated[
    Path | None, typer.Argument(metavar="[PATH]", help="Where to, by default its own name.", show_default=False)
]


def files(
    session: OfSession = None,
    limit: Limit = 50,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """List files, newest first, or a session's.

    Example: zenobia files last
    """
    from zenobia.cli.screen import out, say, text
    from zenobia.cli.sheets import file_list
    from zenobia.cli.talking import named, print_json, speak

    async def look(client: "Client") -> "list[File]":
        if session is None:
            return await client.files(limit=limit)
        return (await client.get(await named(client, session))).files[:limit]

    found = speak(server, key, look)
    if as_json:
        print_json(found)
    elif found or not out().is_terminal:
        say(file_list(found))
    else:
        say(text("There are no files.", "quiet"))


def upload(
    paths: Paths,
    session: ToSession = None,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Send files to a server, and say which ids they got.

    Example: zenobia upload report.pdf --session last
    """
    from zenobia.cli.screen import say
    from zenobia.cli.sheets import file_list
    from zenobia.cli.talking import named, print_json, speak

    async def send(client: "Client") -> "list[File]":
        to = None if session is None else await client.get(await named(client, session))
        if to is not None and to.status.ended:  # before anything is sent: what is not attached would just lie there
            fail(f"{to.id} has ended; no files can be attached to it.")
        uploaded = [await client.upload(path) for path in paths]
        if to is not None:
            await client.attach(to.id, [file.file_id for file in uploaded])
        return uploaded

    sent = speak(server, key, send)
    if as_json:
        print_json(sent)
    else:
        say(file_list(sent))


def download(file: FileId, path: Target = None, server: Server = DEFAULT_SERVER, key: ApiKey = None) -> None:
    """Fetch a file.

    Example: zenobia download fil_01k4… report.pdf
    """
    from zenobia.cli.keeping import keep_file, write
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import speak

    async def fetch(client: "Client") -> Path:
        if path is not None and not path.is_dir():
            await write(client, file, path)
            return path
        known = {one.file_id: one for one in await client.files(limit=500)}
        if file not in known:
            fail(f"The name of {file} is not known; say where it should go: {zenobia()} download {file} PATH")
        return await keep_file(client, known[file], path or Path())

    say(text(f"Saved {speak(server, key, fetch)}"))
