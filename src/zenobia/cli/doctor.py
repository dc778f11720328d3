"""`zenobia doctor`: what is wrong with this machine, and how to mend it."""

from dataclasses import asdict

import typer

from zenobia.cli.failing import Exit
from zenobia.cli.flags import settings_of
from zenobia.cli.options import AsJson


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what keeps this machine from running Zenobia, and how to mend it.

    Exit codes: 0 nothing is in the way, 1 something is.

    Example: zenobia doctor --data-dir /srv/zenobia
    """
    import logging

    from zenobia.cli.checks import Finding, Level
    from zenobia.cli.checkup import findings, shown
    from zenobia.cli.screen import say
    from zenobia.cli.talking import print_json

    settings = settings_of(context)
    logging.disable(logging.WARNING)  # each finding says it better
    found: list[Finding] = []
    for one in findings(settings):
        found.append(one)
        if not as_json:
            say(shown(one))
    failed = any(one.level is Level.FAIL for one in found)
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(one) for one in found]})
    raise typer.Exit(Exit.FAILED if failed else Exit.DONE)
