"""`zenobia demo`: the demonstration site."""

from typing import Annotated

import typer

from zenobia.cli.failing import Exit, told_in_one_line

DEMO_PORT = 8900

Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65_535, help="Port; 0 takes a free one.")]


def demo(port: Port = DEMO_PORT) -> None:
    """Serve the demonstration site, a small invented town.

    Example: zenobia demo --port 8900
    """
    import uvloop

    with told_in_one_line():
        raise typer.Exit(uvloop.run(_serve(port)))


async def _serve(port: int) -> Exit:
    from zenobia.cli.interrupts import interrupts
    from zenobia.cli.screen import out, text
    from zenobia.cli.site import demo_site

    with interrupts() as taken:
        taken.heeded = True
        async with demo_site(port) as url:
            out().print(text(f"The demonstration site is on {url}"), soft_wrap=True)
            await taken.asked.wait()
    return Exit.DONE
