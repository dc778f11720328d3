"""Where bytes are kept, by key: a local folder by default, an object store by URL, through one API.

A key shows nothing until all its bytes are there: in a folder they are gathered beside, synced and then renamed; an
object store publishes when the upload is complete. What a killed process left half-written in a folder is swept at
the next start. On an object store only its own lifecycle rules can drop the parts of an upload that was cut off.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Coroutine
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from zenobia.protocol.errors import FileTooLarge, StorageUnavailable
from zenobia.store.places import ANSWERS_WITHIN, MOVES_WITHIN, BlobsUnusable, asking, is_remote, opened, reason

if TYPE_CHECKING:
    from obstore import AsyncWritableFile

log = logging.getLogger(__name__)

KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*")
SCRATCH = ".scratch"
"""Inside a local folder: what is still being gathered, and names lent out by `local`. No key can reach it."""

ABANDONED = 3600.0
"""Seconds after which half-written bytes are nobody's, though another process uses the folder too."""

PIECE = 1 << 18
"""Bytes of a file that are read at once."""

LOCAL_PART = 1 << 20
REMOTE_PART = 8 << 20
"""Bytes handed to the store at once. S3 takes parts of at least 5 MiB and at most 10,000 of them."""

PROVEN_WITHIN = 15.0
"""Seconds that a place may take to show that it works."""

NAME_BYTES = 200
"""File systems take 255 bytes for a name; leave some for whoever copies it."""

UNSAFE = frozenset("/\\\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Written:
    """What was measured while the bytes went by. `sha256` is hexadecimal."""

    size: int
    sha256: str


class Blobs:
    """Bytes by key. Keys are made by us from ids, never from what a client says."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._part = LOCAL_PART if folder else REMOTE_PART
        self._presence = _mark_presence(folder / SCRATCH) if folder else None
        if self._presence is not None:
            weakref.finalize(self, os.close, self._presence)

    @classmethod
    def at(cls, url_or_path: str) -> Self:
        """A store in a folder (made if need be) or wherever the URL says: `s3://…`, `gs://…`, `az://…`.

        Raises:
            BlobsUnusable: there can be none.
        """
        if is_remote(url_or_path):
            return cls(opened(url_or_path))
        url = urlsplit(url_or_path)
        folder = Path(unquote(url.path) if url.scheme == "file" else url_or_path).expanduser().resolve()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / SCRATCH).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise BlobsUnusable(problem=f"{folder}: {error.strerror}") from error
        return cls(LocalStore(folder), folder)

    async def write(self, key: str, chunks: AsyncIterable[bytes], *, limit: int) -> Written:
        """Store what arrives, or nothing: more than `limit` bytes, an error or a cancel leave no trace.

        When this returns, the bytes survive a power cut.

        Raises:
            FileTooLarge: there were more.
            StorageUnavailable: the place failed, or does not answer.
        """
        gathered = _checked(key) if self._folder is None else f"{SCRATCH}/{secrets.token_hex(16)}"
        size, digest = 0, hashlib.sha256()
        async with AsyncExitStack() as unless_whole:
            writer = obstore.open_writer_async(self._store, gathered, buffer_size=self._part, max_concurrency=4)
            unless_whole.push_async_callback(_give_up, writer)
            parts = await unless_whole.enter_async_context(aclosing(_parts(chunks, self._part, limit)))
            async for part in parts:
                size += len(part)
                await asyncio.to_thread(digest.update, part)
                async with _storing(MOVES_WITHIN):
                    await writer.write(part)
            unless_whole.pop_all()
        await _to_the_end(self._publish(writer, gathered, _checked(key)))
        return Written(size, digest.hexdigest())

    async def put(self, key: str, data: bytes) -> None:
        """Store a small thing that is already whole in memory."""

        async def once() -> AsyncIterator[bytes]:
            yield data

        await self.write(key, once(), limit=len(data))

    async def get(self, key: str) -> bytes:
        """All the bytes of a small thing; `FileNotFoundError` if there is none."""
        async with asking(MOVES_WITHIN):
            result = await obstore.get_async(self._store, _checked(key))
            return bytes(await result.bytes_async())

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes from `start` up to `end`, as a slice would have them, a part at a time."""
        async with asking():
            size: int = (await obstore.head_async(self._store, _checked(key)))["size"]
        end = size if end is None else min(end, size)
        if start >= end:
            return
        async with asking():
            result = await obstore.get_async(self._store, key, options={"range": (start, end)})
            parts = aiter(result.stream(min_chunk_size=LOCAL_PART))
        while True:
            async with asking():
                part = await anext(parts, None)
            if part is None:
                return
            yield part

    async def delete(self, key: str) -> None:
        """Forget the bytes; forgetting what is not there is fine."""
        async with asking():
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, _checked(key))

    @asynccontextmanager
    async def local(self, key: str, *, name: str, scratch: Path | None = None) -> AsyncGenerator[Path]:
        """A local file with these bytes and the given name, for a browser to upload; gone on leaving.

        A page reads the chosen file only when its form is sent, so stay inside until then. `scratch` is a folder the
        browser may read; on the folder's own disk the file is a second link to the bytes and costs nothing: it must
        not be written to.
        """
        parent = scratch or (self._folder / SCRATCH if self._folder else None)
        lent = await asyncio.to_thread(_lending_folder, parent)
        try:
            target = lent / file_name(name)
            if self._folder is None:
                await self._copy(_checked(key), target)
            else:
                await asyncio.to_thread(_link_or_copy, self._folder / _checked(key), target)
            yield target
        finally:
            await _to_the_end(asyncio.to_thread(shutil.rmtree, lent, ignore_errors=True))

    async def prove(self) -> None:
        """Keep a few bytes, read them and forget them.

        Raises:
            BlobsUnusable: that does not work, and why.
        """
        key = f"proofs/{secrets.token_hex(16)}"
        try:
            async with asyncio.timeout(PROVEN_WITHIN):
                await obstore.put_async(self._store, key, b"proof", use_multipart=False)
                await obstore.get_async(self._store, key)
                await obstore.delete_async(self._store, key)
        except (OSError, BaseError) as error:
            raise BlobsUnusable(problem=reason(error, within=PROVEN_WITHIN)) from None

    async def sweep(self) -> None:
        """Remove what killed processes left behind; call it once at the start, before anything is written."""
        if self._folder is not None and self._presence is not None:
            await asyncio.to_thread(_sweep, self._folder / SCRATCH, self._presence)

    async def _publish(self, writer: "AsyncWritableFile", gathered: str, key: str) -> None:
        async with _storing(MOVES_WITHIN):
            await writer.close()
            if self._folder is not None:
                await asyncio.to_thread(_settle, self._folder, self._folder / gathered, self._folder / key)

    async def _copy(self, key: str, target: Path) -> None:
        async with aclosing(self.stream(key)) as parts:
            with _created(target) as file:
                async for part in parts:
                    await asyncio.to_thread(file.write, part)


def file_name(name: str) -> str:
    """The name a person gave a file, made fit to be one: no folders, nothing invisible, not too long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(c for c in last if c not in UNSAFE and unicodedata.category(c) not in {"Cc", "Cs"}).strip()
    if shown in {"", ".", ".."}:
        return "file"
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending) > 20:
        stem, dot, ending = shown, "", ""
    room = NAME_BYTES - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + ending


def _checked(key: str) -> str:
    if not KEY.fullmatch(key) or ".." in key:
        raise ValueError("not a key of ours")
    return key


async def _parts(chunks: AsyncIterable[bytes], size: int, limit: int) -> AsyncGenerator[bytearray]:
    """The same bytes in even parts, so that neither the store nor the hash is called for every small packet."""
    part, total = bytearray(), 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise FileTooLarge(limit=limit)
        view = memoryview(chunk)
        while view:
            taken = view[: size - len(part)]
            part += taken
            view = view[len(taken) :]
            if len(part) == size:
                yield part
                part = bytearray()
    if part:
        yield part


@asynccontextmanager
async def _storing(within: float) -> AsyncGenerator[None]:
    """As `asking`, for what stores: here that something is absent says that there is no such bucket."""
    try:
        async with asking(within):
            yield
    except FileNotFoundError as error:
        log.warning("Files cannot be kept: %s", reason(error))
        raise StorageUnavailable from None


async def _give_up(writer: "AsyncWritableFile") -> None:
    """Leave nothing of an upload; where the place does not even answer to that, its own rules must."""
    with contextlib.suppress(StorageUnavailable):
        async with _storing(ANSWERS_WITHIN):
            await writer.__aexit__(StorageUnavailable, None, None)  # pyright: ignore[reportUnknownMemberType]


async def _to_the_end(step: Coroutine[object, object, None]) -> None:
    """Let a last step complete even if we are cancelled meanwhile, then honour the cancel."""
    task = asyncio.create_task(step, name="blobs: last step")
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            log.warning("a last step failed after a cancel", exc_info=error)
        raise


def _settle(folder: Path, gathered: Path, target: Path) -> None:
    """Give gathered bytes their name, so that both survive a power cut."""
    try:
        _sync(gathered)
        target.parent.mkdir(parents=True, exist_ok=True)
        gathered.replace(target)
    except OSError:
        gathered.unlink(missing_ok=True)
        raise
    for parent in target.parents:  # any of them may be new
        _sync(parent)
        if parent == folder:
            return


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _created(path: Path) -> BinaryIO:
    """Not in a thread: it takes no time, and a cancel would lose the open file."""
    return path.open("wb")


def _lending_folder(parent: Path | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lent-", dir=parent))
    folder.chmod(0o755)  # who may read what is in it is for the folder around it to say
    return folder


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file on this machine, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _mark_presence(scratch: Path) -> int:
    """Hold a shared lock for as long as this process lives; the kernel lets go of it however we die."""
    descriptor = os.open(scratch / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _sweep(scratch: Path, presence: int) -> None:
    alone = True
    try:
        fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        alone = False
    for left in scratch.iterdir():
        if left.name == "lock":
            continue
        if left.is_dir():
            if alone:  # a lent file may be in use for hours
                shutil.rmtree(left, ignore_errors=True)
        elif alone or time.time() - left.stat().st_mtime > ABANDONED:
            left.unlink(missing_ok=True)
    fcntl.flock(presence, fcntl.LOCK_SH)
