"""What a file says, as text for an agent: plain text at once, documents through a process that dies with its deadline.

Whatever a file holds, the server's own process neither parses it nor waits for it past the deadline, and no reader is
left behind: not by a deadline, not by a cancel, not by the death of the server.
"""

import asyncio
import codecs
import logging
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from zenobia.protocol.errors import AtCapacity, FileUnreadable
from zenobia.sessions.apart import begin, end, told
from zenobia.sessions.reading_child import Outcome

log = logging.getLogger(__name__)

READERS = 2
WAITING = 20
"""Documents that are read at once, and that may wait for it."""

HEAD = 65_536
"""Bytes by which a file is judged."""

PAGES = frozenset({".html", ".htm", ".xhtml"})
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
SIGNS = {b"PK\x03\x04": "package", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole"}
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b"))

PROBLEMS = {
    Outcome.ENCRYPTED: "it is locked with a password.",
    Outcome.DAMAGED: "it is damaged.",
    Outcome.TOO_BIG: "there is more in it than can be read with the memory and time allowed.",
    Outcome.UNKNOWN: "it is not a kind of file that has text.",
}


class Readers:
    """How many documents are read at once: each may take a processor for as long as its deadline, and much memory."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(READERS)
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """A turn to read, once it has come.

        Raises:
            AtCapacity: too many wait for theirs.
        """
        if self._waiting >= WAITING:
            raise AtCapacity(what="documents that wait to be read", limit=WAITING)
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()


async def read_text(
    path: Path, name: str, content_type: str | None, *, limit: int = 200_000, deadline: float = 30
) -> str:
    """The file's text, as Markdown where it has structure; at most `limit` characters of it, and it says if it was cut.

    What the bytes are decides how they are read; the name and the type only where bytes leave it open.
    """
    with _opened(path) as file:
        head = await asyncio.to_thread(file.read, HEAD)
        kind = _kind(head, Path(name).suffix.lower(), (content_type or "").partition(";")[0].strip().lower())
        if kind is None:
            raise FileUnreadable(name=name, problem=PROBLEMS[Outcome.UNKNOWN])
        await asyncio.to_thread(file.seek, 0)
        if kind == "text":
            text = await asyncio.to_thread(_decoded, file, limit)
        else:
            text = await _read_apart(file, name, kind, limit=limit, deadline=deadline)
    return _told(text, limit)


def _opened(path: Path) -> BinaryIO:
    """Not in a thread: it takes no time, and a cancel would lose the open file."""
    return path.open("rb")


def _kind(head: bytes, suffix: str, content_type: str) -> str | None:
    """What the bytes look like; `None` if nothing that has text."""
    if head.lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    for sign, kind in SIGNS.items():
        if head.startswith(sign):
            return kind
    if not _textual(head):
        return None
    start = head[:256].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    page = (
        suffix in PAGES
        or content_type in PAGE_TYPES
        or (not suffix and start.startswith((b"<!doctype html", b"<html")))
    )
    return "html" if page else "text"


def _textual(head: bytes) -> bool:
    if head.startswith(tuple(BOMS)):
        return True
    return not head.translate(None, delete=bytes(set(range(256)) - set(CONTROLS)))


def _decoded(file: BinaryIO, limit: int) -> str:
    """The start of a text: what its mark says, else UTF-8, else what Windows wrote before that."""
    data = file.read(limit * 4 + 4)  # no encoding here takes more than four bytes for a character
    for mark, encoding in BOMS.items():
        if data.startswith(mark):
            return codecs.getincrementaldecoder(encoding)(errors="replace").decode(data)
    text = codecs.getincrementaldecoder("utf-8")(errors="replace").decode(data)  # the last character may be cut
    wrong = text.count("\ufffd")
    right = len(text) - wrong - sum(map(str.isascii, text)) if wrong else 0
    return text if wrong <= right else data.decode("cp1252", errors="replace")


def _told(text: str, limit: int) -> str:
    if not text.strip():
        return "[There is no text in this file; if it has pages, they may be pictures.]"
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n\n[Cut here: only the first {limit:,} characters of the file are shown.]"


async def _read_apart(file: BinaryIO, name: str, kind: str, *, limit: int, deadline: float) -> str:
    try:
        async with asyncio.timeout(deadline):
            words = (kind, limit, math.ceil(deadline) + 1)
            process = await begin("zenobia.sessions.reading_child", *words, stdin=file)
            try:
                output = await told(process, limit * 4 + 4)
                code = await process.wait()
            finally:
                await end(process)
    except TimeoutError as error:
        raise FileUnreadable(name=name, problem=PROBLEMS[Outcome.TOO_BIG]) from error
    if code == Outcome.READ:
        return output.decode(errors="replace")
    outcome = _outcome(code)
    log.info(
        "a %s could not be read: %s, exit code %d, %s",
        kind,
        outcome.name,
        code,
        output[:200].decode("ascii", "replace"),
    )
    raise FileUnreadable(name=name, problem=PROBLEMS[outcome])


def _outcome(code: int) -> Outcome:
    if code < 0:  # a limit was reached, or native code fell over
        return Outcome.TOO_BIG
    return Outcome(code) if code in PROBLEMS else Outcome.DAMAGED
