"""`zenobia tour`: everything at once, on this machine and without the internet: site, server, one session."""

import asyncio
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
    int, typer.Option("--demo-port", metavar="N", min=0, max=65_535, help="Port of the site; 0 takes a free one.")
]


def tour(context: typer.Context, demo_port: DemoPort = DEMO_PORT) -> None:
    """Try everything: a server, a small web site and a session there.

    The server stays up to be tried. Needs no internet and no API key. Ctrl-C ends it all.

    Example: zenobia tour --port 8484
    """
    settings = settings_of(context)
    import uvloop

    with told_in_one_line():
        import_module("zenobia.app")  # while Ctrl-C still ends everything at once: it takes seconds
        raise typer.Exit(uvloop.run(_tour(settings, demo_port)))


async def _tour(settings: "Settings", demo_port: int) -> Exit:
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
    with interrupts() as taken:
        try:
            async with demo_site(demo_port) as site:
                changes = {
                    "search_url": f"{site}/search?q={{query}}",
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
