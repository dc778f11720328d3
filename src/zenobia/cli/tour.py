"""`zenobia tour`: everything at once, on this machine and without the internet: site, server, one session."""

import asyncio
import socket
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import Exit, told_in_one_line
from zenobia.cli.flags import settings_of

if TYPE_CHECKING:
    from zenobia.settings import Settings

DEMO_PORT = 8900
PROMPT = "Perform a search for recent news"
PICTURE = "recent-news.png"

DemoPort = Annotated[
    int | None,
    typer.Option(
        "--demo-port",
        metavar="N",
        min=0,
        max=65_535,
        help="Port of the site; 0 takes a free one.",
        show_default=str(DEMO_PORT),
    ),
]


def tour(context: typer.Context, demo_port: DemoPort = None) -> None:
    """Try everything: a server, a small web site and a session there.

    Where a port is taken that you did not ask for, a free one is used instead.

    The server stays up to be tried. Needs no internet and no API key. Ctrl-C ends it all.

    Example: zenobia tour --port 8484
    """
    settings = settings_of(context)
    import uvloop

    with told_in_one_line():
        import_module("zenobia.app")  # while Ctrl-C still ends everything at once: it takes seconds
        raise typer.Exit(uvloop.run(_tour(settings, demo_port)))


def _free(host: str, port: int, what: str) -> int:
    """The port, or 0 for any that is free, said so, if it is taken."""
    from zenobia.cli.screen import indented, say, text

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        say(indented(text(f"Port {port} is taken; the {what} gets a free one.", "careful")))
        return 0
    return port


async def _tour(settings: "Settings", demo_port: int | None) -> Exit:
    from zenobia.app import serving
    from zenobia.cli.interrupts import interrupts
    from zenobia.cli.logs import write_logs
    from zenobia.cli.running import Order, carry_out, log_console
    from zenobia.cli.screen import say
    from zenobia.cli.signpost import signpost
    from zenobia.cli.site import demo_site
    from zenobia.cli.watching import Manner
    from zenobia.client import Client

    write_logs(settings.log_level, log_console(Manner()))
    site_port = _free("127.0.0.1", DEMO_PORT, "site") if demo_port is None else demo_port
    port = settings.port if "port" in settings.model_fields_set else _free(settings.host, settings.port, "server")
    with interrupts() as taken:
        try:
            async with demo_site(site_port) as site:
                changes = {
                    "port": port,
                    "search_url": f"{site}/search?q={{query}}",
                    "demo_site": site,
                    "allow_networks": [*settings.allow_networks, "127.0.0.0/8"],
                }
                async with serving(settings.model_copy(update=changes)) as listening, Client(listening.url) as client:
                    await carry_out(client, Order(PROMPT, screenshot=settings.data_dir / PICTURE), taken)
                    say(signpost(listening.url, site))
                    taken.heeded = True
                    await taken.asked.wait()
        except asyncio.CancelledError:
            if not taken.left:
                raise
    return Exit.DONE
