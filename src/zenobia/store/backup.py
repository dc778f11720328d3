"""A copy of all that a server keeps in one file, made while it works, and put back where there is nothing yet.

Bytes are gathered before and after the database is copied. Should the copy still name some that came and went in
between, both are done again: so whatever it names is there, though sessions are made and deleted meanwhile. The key of
secrets is not in it: who finds a backup must not find what it locks.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zenobia.protocol.errors import StorageUnavailable
from zenobia.store.blobs import KEY
from zenobia.store.copying import (
    BLOBS,
    DATABASE,
    ROWS,
    TABLES,
    BackupImpossible,
    Bytes,
    RestoreImpossible,
    Rows,
    bytes_of,
    rows_of,
)

__all__ = ["DATABASE", "BackupImpossible", "RestoreImpossible", "back_up", "restore"]

MANIFEST = "manifest.json"
TABLE = re.compile(rf"{ROWS}/[a-z_]+")

TRIES = 10
"""Copies of the database, each of which names what went before it was gathered, after which there is no backup."""


def back_up(data_dir: Path, target: Path, *, database: str | None = None, blobs: str | None = None) -> int:
    """Copy what is in `data_dir`, or at these URLs, to the new file `target`; how many files it holds.

    Raises:
        BackupImpossible: there is nothing to copy, or no place for it.
        DatabaseTooNew, DatabaseUnreachable, DatabaseOtherVersion, BlobsUnusable: it cannot be had.
    """
    rows, place = rows_of(data_dir, database), bytes_of(data_dir, blobs)
    if target.exists():
        raise BackupImpossible(problem="the file is there already")
    try:
        beside = data_dir if data_dir.is_dir() else target.parent
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=beside) as gathered:
            folder = Path(gathered)
            _copy(rows, place, folder)
            return _pack(folder, target)
    except StorageUnavailable as error:
        raise BackupImpossible(problem="the place of files does not answer") from error
    except (OSError, sqlite3.Error) as error:
        raise BackupImpossible(problem=str(error)) from error


def restore(source: Path, data_dir: Path, *, database: str | None = None, blobs: str | None = None) -> int:
    """Put a backup where nothing is yet; how many files it held. Until all of it was checked, nothing is there.

    Raises:
        RestoreImpossible: something is there already, or the backup is not as it was made.
        DatabaseUnreachable, DatabaseTooNew, BlobsUnusable: it cannot be put there.
    """
    rows, place = rows_of(data_dir, database), bytes_of(data_dir, blobs)
    here = database is None or blobs is None
    if here and data_dir.exists() and not data_dir.is_dir():
        raise RestoreImpossible(problem=f"{data_dir} is no directory")
    if here and data_dir.exists() and any(data_dir.iterdir()):
        raise RestoreImpossible(problem="the data directory is not empty")
    rows.require_none()
    made = here and not data_dir.exists()
    try:  # inside it, for where it is a mount point nothing can be put in its place
        if made:
            data_dir.mkdir(mode=0o700, parents=True)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir if here else None) as unpacked:
            folder = Path(unpacked)
            with tarfile.open(source) as archive:
                many = _unpack(archive, folder)
            rows.require_own(folder)
            place.put_back(folder / BLOBS)
            rows.put_back(folder)  # without a database, nothing is there
            return many
    except StorageUnavailable as error:
        raise RestoreImpossible(problem="the place of files does not answer") from error
    except OSError as error:
        raise RestoreImpossible(problem=error.strerror or str(error)) from error
    except (tarfile.TarError, ValueError, KeyError) as error:
        raise RestoreImpossible(problem="it is damaged, or no backup") from error
    finally:
        if made and data_dir.is_dir() and not any(data_dir.iterdir()):
            data_dir.rmdir()


def _copy(rows: Rows, place: Bytes, folder: Path) -> None:
    """The database and all bytes that the copy names, but for those that are lost.

    Raises:
        BackupImpossible: bytes go faster than they are gathered.
    """
    lost = set[str]()
    place.gather(folder / BLOBS, ())
    for _ in range(TRIES):
        named = rows.save(folder)
        place.gather(folder / BLOBS, named)
        missing = {name for name in named if not (folder / BLOBS / name).is_file()}
        if missing <= lost:
            return
        lost = missing  # named anew, they were gone before: rows go before their bytes do
    raise BackupImpossible(problem="files go faster than they can be copied; try again when less happens")


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
        _require(_belongs(member.name), member.name)
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        held = archive.extractfile(member)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if held is not None:
                shutil.copyfileobj(held, file)
        _require(_sum(path) == sums.pop(member.name), member.name)
    _require(not sums and ((folder / DATABASE).is_file() or (folder / TABLES).is_file()), DATABASE)
    return len(members) - 1


def _belongs(name: str) -> bool:
    """Whether a backup has a part of that name: nothing else is ever written."""
    if name in {DATABASE, TABLES} or TABLE.fullmatch(name):
        return True
    return name.startswith(f"{BLOBS}/") and bool(KEY.fullmatch(name.removeprefix(f"{BLOBS}/")))


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
