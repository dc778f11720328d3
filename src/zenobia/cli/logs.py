"""How the log is written: as lines of their own for a person, plain or as JSON for everything else.

It holds nothing that people typed or asked for: of addresses only what stands before their query, of values that the
database was given nothing, and as JSON of an error its kind and its place.
"""

import logging
import re
import traceback
from datetime import UTC, datetime

import orjson
from rich.console import Console

from zenobia.cli.screen import say, text
from zenobia.cli.timeline import Line
from zenobia.telemetry.marks import marks

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"

SIGNS = {logging.ERROR: ("✘", "bad"), logging.WARNING: ("▲", "careful")}


QUERY = re.compile(r"""\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)(?:[?#][^\s"'<>]*)?""", re.IGNORECASE)
"""An address: its scheme, who signs in, the rest of it, its query."""


def discreet(text: str) -> str:
    """The text with no query in its addresses, nor anybody's name and password."""
    return QUERY.sub(r"\1\2", text)


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One record, and the trace that it carries."""
        return discreet(super().format(record))


class _Json(logging.Formatter):
    """Records as JSON, one a line, with the ids of what was under way."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as one line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        line: dict[str, object] = {**told, "message": discreet(record.getMessage()), **marks()}
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return orjson.dumps(line).decode()


class _OnTerminal(logging.Handler):
    """Log records that look like the rest of what is on the screen."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record, and the trace that it carries."""
        icon, style = SIGNS.get(min(record.levelno, logging.ERROR), ("·", "quiet"))
        line = Line(int(record.created * 1_000), icon, style, record.levelname.lower(), discreet(record.getMessage()))
        say(line.shown(self._console), console=self._console)
        if record.exc_info:
            trace = discreet(logging.Formatter().formatException(record.exc_info))
            say(text(trace, "quiet", lines=True), console=self._console)


def write_logs(level: str, console: Console, form: str = "text") -> None:
    """Log what is at least `level`, as text or json; of others' libraries, only warnings unless all is wanted."""
    chosen = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler() if form == "json" or not console.is_terminal else _OnTerminal(console)
    handler.setFormatter(_Json() if form == "json" else _Plain(PLAIN))
    others = logging.INFO if chosen == logging.DEBUG else max(chosen, logging.WARNING)
    logging.basicConfig(level=others, handlers=[handler])
    logging.getLogger("zenobia").setLevel(chosen)
