"""How the log is written: as lines of their own for a person, whole and plain for everything else."""

import logging

from rich.console import Console

from zenobia.cli.screen import say, text
from zenobia.cli.timeline import Line

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"

SIGNS = {logging.ERROR: ("✘", "bad"), logging.WARNING: ("▲", "careful")}


class _OnTerminal(logging.Handler):
    """Log records that look like the rest of what is on the screen."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, and the trace that it carries."""
        icon, style = SIGNS.get(min(record.levelno, logging.ERROR), ("·", "quiet"))
        line = Line(int(record.created * 1_000), icon, style, record.levelname.lower(), record.getMessage())
        say(line.shown(self._console), console=self._console)
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            say(text(trace, "quiet", lines=True), console=self._console)


def write_logs(level: str, console: Console) -> None:
    """Log what is at least `level`; of other people's libraries, nothing below a warning unless all is wanted."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    handler = _OnTerminal(console) if console.is_terminal else logging.StreamHandler()
    others = logging.INFO if chosen == logging.DEBUG else max(chosen, logging.WARNING)
    logging.basicConfig(level=others, format=PLAIN, handlers=[handler])
    logging.getLogger("zenobia").setLevel(chosen)
