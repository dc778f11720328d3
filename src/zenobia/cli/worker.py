"""`zenobia worker`: browsers for other servers, until it is told to stop."""

import gc

import typer

from zenobia.cli.failing import told_in_one_line
from zenobia.cli.flags import settings_of


def worker(context: typer.Context) -> None:
    """Run sessions for the servers on the same database, without a port of its own.

    Prints one line once it takes sessions; its log goes to standard error. Files and pictures must be where the
    servers find them too: set ZENOBIA_BLOBS. Give every worker a data directory of its own.

    Example: zenobia worker --database postgresql://zenobia@db/zenobia --blobs s3://zenobia --data-dir ./worker-data
    """
    gc.disable()  # until the server serves: a collection would find nothing, and all of them take a tenth of the start
    settings = settings_of(context)
    from zenobia.cli.logs import write_logs
    from zenobia.cli.screen import err

    write_logs(settings.log_level, err(), settings.log_format)
    import uvloop

    from zenobia.app import work

    with told_in_one_line():
        uvloop.run(work(settings))
