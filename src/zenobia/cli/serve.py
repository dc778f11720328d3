"""`zenobia serve`: the server, until it is told to stop."""

import gc

import typer

from zenobia.cli.failing import told_in_one_line
from zenobia.cli.flags import settings_of


def serve(context: typer.Context) -> None:
    """Run the server until it is stopped.

    Prints one line with its address once it can serve; its log goes to standard error. Every setting is a flag
    here, a variable of the environment (ZENOBIA_PORT) and a line of zenobia.toml; `zenobia settings` lists them.

    Example: zenobia serve --port 8484 --data-dir ./zenobia-data --max-sessions 8
    """
    gc.disable()  # until the server serves: a collection would find nothing, and all of them take a tenth of the start
    settings = settings_of(context)
    from zenobia.cli.logs import write_logs
    from zenobia.cli.screen import err

    write_logs(settings.log_level, err(), settings.log_format)
    import uvloop

    from zenobia.app import serve as run_server

    with told_in_one_line():
        uvloop.run(run_server(settings))
