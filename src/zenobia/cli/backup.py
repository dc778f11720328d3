"""`backup` and `restore`: all that a server keeps, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from zenobia.cli.failing import fail, told_in_one_line
from zenobia.cli.flags import settings_of

Target = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not be there yet.")]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `zenobia backup` wrote.", exists=True)]


def backup(context: typer.Context, file: Target) -> None:
    """Copy the data directory to one file, also while a server works on it; without the key of secrets.

    Example: zenobia backup zenobia.tar --data-dir ./zenobia-data
    """
    settings = settings_of(context)
    from zenobia.cli.screen import say, text
    from zenobia.store.backup import back_up

    if settings.database is not None:
        fail("The database is PostgreSQL's: back it up with pg_dump, and the files where ZENOBIA_BLOBS says.")
    if settings.blobs is not None:
        fail("Files are kept elsewhere (ZENOBIA_BLOBS): back them up there, and the data directory by hand.")
    with told_in_one_line():
        many = back_up(settings.data_dir, file)
    say(text(f"Saved {many} files in {file}. Keep secrets.key, or ZENOBIA_SECRETS_KEY, apart from it."))


def restore(context: typer.Context, file: Source) -> None:
    """Put a backup into a data directory that is empty or not there yet, once all of it was checked.

    Example: zenobia restore zenobia.tar --data-dir ./restored
    """
    settings = settings_of(context)
    from zenobia.cli.screen import say, text
    from zenobia.store.backup import restore as put_back

    with told_in_one_line():
        many = put_back(file, settings.data_dir)
    say(text(f"Restored {many} files to {settings.data_dir}"))
