"""What a session leaves in a person's directory: its last picture and its downloads, under names that are safe."""

import asyncio
import os
from collections.abc import Generator
from contextlib import aclosing, contextmanager
from pathlib import Path

from zenobia.cli.screen import plain
from zenobia.client import ApiError, Client
from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.files import File, Origin
from zenobia.protocol.session import Session

CLOSING = (0.2, 0.5, 1.0)
"""Seconds between attempts at the picture of a session that has only just ended: its browser may be closing."""

LONGEST_NAME, LONGEST_SUFFIX = 200, 20
"""Bytes of a file's name that are kept, and of its suffix: file systems hold 255, and a number may be added."""


class NotWritten(ZenobiaError):
    """{path} cannot be written: {problem}."""

    code = "not_written"


async def keep_screenshot(client: Client, session: str, path: Path) -> Path | None:
    """Write the session's newest picture to `path`; None if there is none."""
    for pause in (*CLOSING, None):
        try:
            picture = await client.screenshot(session)
        except ApiError as error:
            if error.code == "unknown_picture" or pause is None:
                return None
            await asyncio.sleep(pause)
        else:
            await asyncio.to_thread(write_whole, path, picture)
            return path
    return None


async def keep_downloads(client: Client, session: Session, directory: Path) -> list[Path]:
    """Write what the session itself brought to `directory`, over nothing that is there."""
    brought = [file for file in session.files if file.origin is not Origin.CLIENT and file.available]
    return [await keep_file(client, file, directory) for file in brought]


async def keep_file(client: Client, file: File, directory: Path) -> Path:
    """Write a file's bytes under its own name, with a number if that is taken."""
    with _writing(directory):
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    path = _free(directory / safe_name(file.file_name or file.file_id, file.file_id))
    await write(client, file.file_id, path)
    return path


async def write(client: Client, file_id: str, path: Path) -> None:
    """Write a file's bytes to `path`, which appears when it is whole."""
    part = path.with_name(f".{path.name}.part")
    with _writing(path):
        try:
            with part.open("wb") as target:
                async with aclosing(client.download(file_id)) as chunks:
                    async for chunk in chunks:
                        target.write(chunk)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def safe_name(name: str, otherwise: str) -> str:
    """A name that means a file in this directory and nothing else, whatever a web page called it."""
    last = plain(name).replace("\\", "/").rsplit("/", 1)[-1].strip().lstrip(".")
    path = Path(last)
    suffix = _cut(path.suffix, LONGEST_SUFFIX)
    return _cut(path.stem, LONGEST_NAME - LONGEST_SUFFIX) + suffix or safe_name(otherwise, "file")


def _cut(words: str, length: int) -> str:
    """As many whole characters as fit in so many bytes."""
    return words.encode()[:length].decode(errors="ignore")


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes to `path`, and make the directory that it names."""
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@contextmanager
def _writing(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten(path=str(path), problem=error.strerror or "it is no file") from error


def _free(path: Path) -> Path:
    number, free = 2, path
    while os.path.lexists(free):
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return free
