"""`backup` and `restore`: all that a server keeps, in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zenobia.cli.failing import told_in_one_line
from zenobia.cli.flags import settings_of

if TYPE_CHECKING:
    from zenobia.settings import Settings

Target = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not be there yet.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `zenobia backup` wrote.", exists=True)]


def backup(context: typer.Context, file: Target) -> None:
    """Copy all that servers keep to one file, also while they work on it; without the key of secrets.

    Example: zenobia backup zenobia.tar --data-dir ./zenobia-data
    """
    settings = settings_of(context)
    from zenobia.cli.screen import say, text
    from zenobia.store.backup import back_up

    with told_in_one_line():
        many = back_up(settings.data_dir, file, database=_url(settings), blobs=settings.blobs)
    say(text(f"Saved {many} files in {file}. Keep secrets.key, or ZENOBIA_SECRETS_KEY, apart from it."))


def restore(context: typer.Context, file: Source) -> None:
    """Put a backup where nothing is yet, a data directory or a database and a place of files, once it was checked.

    Example: zenobia restore zenobia.tar --data-dir ./restored
    """
    settings = settings_of(context)
    from zenobia.cli.screen import say, text
    from zenobia.store.backup import restore as put_back

    with told_in_one_line():
        many = put_back(file, settings.data_dir, database=_url(settings), blobs=settings.blobs)
    where = settings.data_dir if settings.database is None else "the database"
    say(text(f"Restored {many} files to {where}"))


def _url(settings: "Settings") -> str | None:
    return None if settings.database is None else settings.database.get_secret_value()
