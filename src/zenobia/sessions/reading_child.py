"""Reads one document as text, alone in a process that may do little and does not live long.

The parsers behind this are large and meet whatever people upload, so nothing here runs in the server: the document
comes in as standard input, the text goes out as standard output, and the exit code is the outcome. Memory and
processor time are limited, and there is no network, no other program and no way to outlive the server.
"""

import ctypes
import io
import os
import resource
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from enum import IntEnum
from itertools import chain
from types import TracebackType
from typing import BinaryIO, cast

MEMORY = 2 << 30
UNPACKED = 512 << 20
"""Bytes that the parts of an Office document may have together; its own directory says, and is held to it."""

PARTS = 20_000
HTML_BYTES = 2 << 20
"""Bytes of a page that are read: a quarter of a megabyte takes a second."""

STRUCTURED_PAGES = 20
"""Pages of a PDF in which tables are looked for, at 0.2 s each; a longer one is read plainly, at a millisecond."""

WRITTEN = 64 << 20
"""Bytes a file written from here may have: room for the bytecode of an import, and nothing else is written."""

DIES_WITH_PARENT = 1
FORBIDDEN = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
    | {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"}
)


class Outcome(IntEnum):
    """How the reading went; an exit code, clear of those that Python itself uses."""

    READ = 0
    ENCRYPTED = 64
    DAMAGED = 65
    TOO_BIG = 66
    UNKNOWN = 67


class Unreadable(Exception):
    """The document cannot be read, and this is known for certain."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


def read(document: BinaryIO, kind: str, *, limit: int) -> str:
    """The document's first `limit` characters, perhaps followed by more. `kind` is what its bytes look like."""
    if kind == "ole":
        raise Unreadable(_why_ole(document))
    if kind == "package":
        kind = _kind_of_package(document)
        document.seek(0)
    return READERS[kind](document, limit)


def _why_ole(document: BinaryIO) -> Outcome:
    """Office packages locked with a password look like Office from before 2007, which nobody here reads."""
    locked = "EncryptedPackage".encode("utf-16-le") in document.read(64 << 20)
    return Outcome.ENCRYPTED if locked else Outcome.UNKNOWN


def _kind_of_package(document: BinaryIO) -> str:
    with zipfile.ZipFile(document) as package:
        parts = package.infolist()
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise Unreadable(Outcome.TOO_BIG)
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(Outcome.ENCRYPTED)
    for sign, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"), ("META-INF/container.xml", "epub")):
        if any(part.filename.startswith(sign) for part in parts):
            return kind
    raise Unreadable(Outcome.UNKNOWN)


def _pdf(document: BinaryIO, limit: int) -> str:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(document.read())
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unreadable(Outcome.ENCRYPTED if locked else Outcome.DAMAGED) from error
    if 0 < len(pdf) <= STRUCTURED_PAGES:
        document.seek(0)
        return _markitdown("pdf")(document, limit)
    pages = (pdf[number].get_textpage().get_text_range() for number in range(len(pdf)))
    return _bounded((page.replace("\r\n", "\n") + "\n\n" for page in pages), limit)


def _xlsx(document: BinaryIO, limit: int) -> str:
    """Each sheet as a table, row by row: markitdown would first make pandas, HTML and a tree of all of them."""
    import openpyxl

    book = openpyxl.load_workbook(document, read_only=True, data_only=True, keep_links=False)
    sheets = ((sheet.title, sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    return _bounded(chain.from_iterable(_table(title, rows) for title, rows in sheets), limit)


def _table(title: str, rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    yield f"## {title}\n\n"
    header = True
    for row in rows:
        cells = [_cell(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        yield f"| {' | '.join(cells)} |\n"
        if header:
            yield "|" + " --- |" * len(cells) + "\n"
            header = False
    yield "\n"


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")


def _html(document: BinaryIO, limit: int) -> str:
    text = _markitdown("html")(io.BytesIO(document.read(HTML_BYTES)), limit)
    return f"{text}\n\n[Cut here: the page is larger than what is read of one.]" if document.read(1) else text


def _markitdown(kind: str) -> Callable[[BinaryIO, int], str]:
    """The one converter for this kind: no guessing by model, no plugins, nothing that follows an address."""

    def convert(document: BinaryIO, limit: int) -> str:
        from markitdown import StreamInfo, converters

        made = {
            "pdf": converters.PdfConverter,
            "docx": converters.DocxConverter,
            "pptx": converters.PptxConverter,
            "epub": converters.EpubConverter,
            "html": converters.HtmlConverter,
        }[kind]()
        return made.convert(document, StreamInfo(extension=f".{kind}")).markdown

    return convert


def _bounded(pieces: Iterator[str], limit: int) -> str:
    """The pieces put together until there is more than anyone will see."""
    taken: list[str] = []
    length = 0
    for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length > limit:
            break
    return "".join(taken)


READERS: dict[str, Callable[[BinaryIO, int], str]] = {
    "pdf": _pdf,
    "docx": _markitdown("docx"),
    "xlsx": _xlsx,
    "pptx": _markitdown("pptx"),
    "epub": _markitdown("epub"),
    "html": _html,
}


def confine(seconds: int, parent: int) -> None:
    """Give up everything that such work does not need, and end with the process that asked for it."""
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(Outcome.DAMAGED)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in FORBIDDEN:
        raise PermissionError(event)


def _only_its_name(kind: type[BaseException], _: BaseException, __: TracebackType | None) -> None:
    """Say which error it was, never what it says: that may be somebody's document."""
    OUTPUT.write(f"{kind.__module__}.{kind.__qualname__}".encode())
    OUTPUT.flush()


OUTPUT = sys.stdout.buffer


def main() -> int:
    """Read standard input, write its text, exit with the outcome."""
    kind, limit, seconds, parent = sys.argv[1], *(int(word) for word in sys.argv[2:5])
    confine(seconds, parent)
    sys.excepthook = _only_its_name
    sys.stdout = sys.stderr  # a library that prints must not be taken for the document
    try:
        text = read(cast("BinaryIO", sys.stdin.buffer), kind, limit=limit)
    except Unreadable as error:
        return error.outcome
    except MemoryError:
        return Outcome.TOO_BIG
    OUTPUT.write(text[: limit + 1].encode(errors="replace"))
    OUTPUT.flush()
    return Outcome.READ


if __name__ == "__main__":
    sys.exit(main())
