"""How the log is written: to standard error, in colour for a person, in whole plain lines for everything else."""

import logging

from rich.logging import RichHandler

from zenobia.cli.screen import err

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def write_logs(level: str) -> None:
    """Log what is at least `level`; of other people's libraries, nothing below a warning unless all is wanted."""
    terminal = err().is_terminal
    handler = RichHandler(console=err(), show_path=False, markup=False) if terminal else logging.StreamHandler()
    logging.basicConfig(level=logging.WARNING, format="%(message)s" if terminal else PLAIN, handlers=[handler])
    chosen = getattr(logging, level.upper())
    logging.getLogger("zenobia").setLevel(chosen)
    if chosen > logging.WARNING or chosen == logging.DEBUG:
        logging.getLogger().setLevel(max(chosen, logging.INFO))
