"""A copy of a data directory in one file, made while a server works on it, and put back where there is nothing yet.

Bytes are gathered before and after the database is copied. Should the copy still name some that came and went in
between, both are done again: so whatever it names is there, though sessions are made and deleted meanwhile. The key of
secrets is not in it: who finds a backup must not find what it locks.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from zenobia.protocol.errors import ZenobiaError
from zenobia.store.blobs import KEY

DATABASE = "zenobia.sqlite"
BLOBS = "blobs"
MANIFEST = "manifest.json"

NAMED = "SELECT blob FROM files UNION SELECT blob FROM pictures"
TRIES = 10
"""Copies of the database, each of which names what went before it was gathered, after which there is no backup."""


class BackupImpossible(ZenobiaError):
    """There can be no backup: {problem}."""

    code = "backup_impossible"


class RestoreImpossible(ZenobiaError):
    """This backup cannot be restored: {problem}."""

    code = "restore_impossible"


def back_up(data_dir: Path, target: Path) -> int:
    """Copy what is in `data_dir` to the new file `target`; how many files it holds.

    Raises:
        BackupImpossible: there is nothing to copy, or no place for it.
    """
    if not (data_dir / DATABASE).is_file():
        raise BackupImpossible(problem="there is no database in the data directory")
    if target.exists():
        raise BackupImpossible(problem="the file is there already")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=data_dir) as gathered:
            folder = Path(gathered)
            _copy(data_dir, folder)
            return _pack(folder, target)
    except (OSError, sqlite3.Error) as error:
        raise BackupImpossible(problem=str(error)) from error


def restore(source: Path, data_dir: Path) -> int:
    """Put a backup where nothing is yet; how many files it held. Until all of it was checked, nothing is there.

    Raises:
        RestoreImpossible: something is there already, or the backup is not as it was made.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise RestoreImpossible(problem="the data directory is not empty")
    made = not data_dir.exists()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:  # inside it, for where it is a mount point nothing can be put in its place
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as unpacked:
            folder = Path(unpacked)
            with tarfile.open(source) as archive:
                many = _unpack(archive, folder)
            for name in (BLOBS, DATABASE):  # without a database, nothing is there
                if (folder / name).exists():
                    (folder / name).rename(data_dir / name)
            return many
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise RestoreImpossible(problem="it is damaged, or no backup") from error
    finally:
        if made and not any(data_dir.iterdir()):
            data_dir.rmdir()


def _copy(data_dir: Path, folder: Path) -> None:
    """The database and all bytes that the copy names, but for those that are lost.

    Raises:
        BackupImpossible: bytes go faster than they are gathered.
    """
    lost = set[str]()
    _gather(data_dir / BLOBS, folder / BLOBS)
    for _ in range(TRIES):
        _copy_database(data_dir / DATABASE, folder / DATABASE)
        _gather(data_dir / BLOBS, folder / BLOBS)
        missing = {name for name in _named(folder / DATABASE) if not (folder / BLOBS / name).is_file()}
        if missing <= lost:
            return
        lost = missing  # named anew, they were gone before: rows go before their bytes do
    raise BackupImpossible(problem="files go faster than they can be copied; try again when less happens")


def _named(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {name for (name,) in connection.execute(NAMED)}


def _gather(blobs: Path, folder: Path) -> None:
    """Second names for all bytes that are there now: they stay though the first is deleted, and take no room."""
    for path in blobs.rglob("*") if blobs.is_dir() else ():
        name = path.relative_to(blobs)
        if KEY.fullmatch(name.as_posix()) and path.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError, FileNotFoundError):  # gathered before, or deleted just now
                os.link(path, folder / name)


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)
        here.execute("PRAGMA journal_mode=DELETE")


def _pack(folder: Path, target: Path) -> int:
    """Everything below `folder` in one file, which appears when it is whole."""
    part = target.with_name(f".{target.name}.part")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    sums = {name: _sum(folder / name) for name in names}
    (folder / MANIFEST).write_text(json.dumps({"files": sums}))
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                for name in (MANIFEST, *names):
                    archive.add(folder / name, arcname=name, recursive=False)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return len(names)


def _unpack(archive: tarfile.TarFile, folder: Path) -> int:
    members = archive.getmembers()
    sums: dict[str, str] = json.loads(_read(archive, members[0] if members else None, MANIFEST))["files"]
    for member in members[1:]:
        _require(member.isreg() and member.name in sums and not (folder / member.name).exists(), member.name)
        _require(member.name == DATABASE or bool(KEY.fullmatch(member.name.removeprefix(f"{BLOBS}/"))), member.name)
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        held = archive.extractfile(member)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if held is not None:
                shutil.copyfileobj(held, file)
        _require(_sum(path) == sums.pop(member.name), member.name)
    _require(not sums and (folder / DATABASE).is_file(), DATABASE)
    return len(members) - 1


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo | None, name: str) -> bytes:
    _require(member is not None and member.isreg() and member.name == name, name)
    held = archive.extractfile(name)
    return b"" if held is None else held.read()


def _require(fits: bool, name: str) -> None:
    if not fits:
        raise RestoreImpossible(problem=f"{name} is not as it was when the backup was made")


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in _pieces(file.fileno()):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(file: int) -> Iterator[bytes]:
    while piece := os.read(file, 1 << 20):
        yield piece
