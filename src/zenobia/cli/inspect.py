"""Commands that look at what a server does: `sessions`, `show`, `events`, `screenshot`, `export`, `requests`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import Exit, fail, told_in_one_line
from zenobia.cli.options import DEFAULT_SERVER, ApiKey, AsJson, Server, SessionId
from zenobia.cli.typed import zenobia

if TYPE_CHECKING:
    from zenobia.client import Client
    from zenobia.protocol.events import Event

StatusName = Annotated[str | None, typer.Option("--status", metavar="STATUS", help="Only those that are that.")]
Limit = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=500, help="At most so many.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on until the session has ended.")]
After = Annotated[int, typer.Option("--after", metavar="SEQ", min=0, help="Only events with a greater number.")]
Target = Annotated[Path | None, typer.Argument(metavar="[PATH]", help="Where to, by default zenobia-SESSION.png.")]
Playbook = Annotated[bool, typer.Option("--playbook", help="As plain steps.")]
Film = Annotated[bool, typer.Option("--film", help="As an MP4 with captions; by default zenobia-SESSION.mp4.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="PATH", help="Where to, instead of the screen.")]
FullPage = Annotated[bool, typer.Option("--full-page", help="The whole page, not only what is in view.")]


def sessions(
    status: StatusName = None,
    limit: Limit = 20,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """List sessions, newest first.

    Example: zenobia sessions --status running
    """
    from zenobia.cli.screen import out, say, text
    from zenobia.cli.sheets import session_list
    from zenobia.cli.talking import print_json, speak
    from zenobia.protocol.session import Status

    if status is not None and status not in set(Status):
        fail(f'There is no status "{status}"; there are: {", ".join(Status)}.', Exit.USAGE)
    wanted = Status(status) if status else None
    found = speak(server, key, lambda client: client.sessions(status=wanted, limit=limit))
    if as_json:
        print_json(found)
    elif found or not out().is_terminal:
        say(session_list(found))
    else:
        none = f'There is no session yet. Try: {zenobia()} run "…"'
        say(text("There is no such session." if status else none, "quiet"))


def show(session: SessionId, server: Server = DEFAULT_SERVER, key: ApiKey = None, as_json: AsJson = False) -> None:
    """Show everything about one session.

    Example: zenobia show last
    """
    from zenobia.cli.screen import say
    from zenobia.cli.sheets import session_sheet
    from zenobia.cli.talking import named, print_json, speak
    from zenobia.protocol.session import Session

    async def look(client: "Client") -> Session:
        return await client.get(await named(client, session))

    found = speak(server, key, look)
    if as_json:
        print_json(found)
    else:
        say(session_sheet(found))


def export(
    session: SessionId,
    playbook: Playbook = False,
    film: Film = False,
    output: Output = None,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
) -> None:
    """Print what a session did as a playbook, which does it again without a model; or save it as a film.

    Example: zenobia export last --playbook --output order.txt
    """
    from zenobia.cli.talking import named, speak
    from zenobia.protocol.commands import EXPORT_PLAYBOOK, ExportPlaybook

    if playbook is film:
        fail("Say what to export: --playbook or --film.", Exit.USAGE)
    if film:
        _film(session, output, server, key)
        return

    async def ask(client: "Client") -> str:
        return (await client.do(EXPORT_PLAYBOOK, ExportPlaybook(session_id=await named(client, session)))).playbook

    words = speak(server, key, ask)
    if output is None:
        typer.echo(words, nl=False)
    else:
        _keep(output, words.encode())


def _film(session: str, output: Path | None, server: str, key: str | None) -> None:
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import named, speak

    async def fetch(client: "Client") -> tuple[str, bytes]:
        name = await named(client, session)
        return name, await client.film(name)

    name, film = speak(server, key, fetch)
    target = output or Path(f"zenobia-{name}.mp4")
    _keep(target, film)
    say(text(f"Saved {target}"))


def _keep(path: Path, data: bytes) -> None:
    from zenobia.cli.keeping import write_whole

    with told_in_one_line():
        write_whole(path, data)


def events(
    session: SessionId,
    follow: Follow = False,
    after: After = 0,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened in a session, or follow it.

    Example: zenobia events last --follow
    """
    from zenobia.cli.screen import out, say
    from zenobia.cli.talking import named, print_json, speak
    from zenobia.cli.timeline import Timeline

    timeline = Timeline()

    def tell(event: "Event") -> None:
        line = timeline.line(event)
        if as_json:
            print_json(event)
        elif line is not None:
            say(line.shown(out()))

    async def read(client: "Client") -> None:
        name = await named(client, session)
        async for event in client.follow(name, after=after) if follow else client.events(name, after=after):
            tell(event)

    speak(server, key, read)


def screenshot(
    session: SessionId,
    path: Target = None,
    full_page: FullPage = False,
    server: Server = DEFAULT_SERVER,
    key: ApiKey = None,
) -> None:
    """Save a picture of what a session's browser shows.

    Of a session that has ended, its last.

    Example: zenobia screenshot last page.png --full-page
    """
    from zenobia.cli.screen import say, text
    from zenobia.cli.talking import named, speak

    async def take(client: "Client") -> tuple[str, bytes]:
        name = await named(client, session)
        return name, await client.screenshot(name, full_page=full_page)

    name, picture = speak(server, key, take)
    target = path or Path(f"zenobia-{name}.png")
    _keep(target, picture)
    say(text(f"Saved {target}"))


def requests(server: Server = DEFAULT_SERVER, key: ApiKey = None, as_json: AsJson = False) -> None:
    """Show what people are asked at the moment, oldest first.

    Example: zenobia requests
    """
    from zenobia.cli.asking import how_to_answer, request_panel
    from zenobia.cli.screen import out, say, text
    from zenobia.cli.sheets import request_list
    from zenobia.cli.talking import address, print_json, speak

    found = speak(server, key, lambda client: client.requests())
    if as_json:
        print_json(found)
        return
    if not out().is_terminal:
        say(request_list(found))
        return
    for request in found:
        say(request_panel(request))
        say(how_to_answer(request, address(server)))
    if not found:
        say(text("Nobody is asked anything.", "quiet"))
