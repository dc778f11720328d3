"""Reading `multipart/form-data` (RFC 7578) as it arrives: one part at a time, never a file in memory.

The parser bounds the headers of a part: how many, and how long.
"""

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from zenobia.protocol.errors import InvalidPayload, TooLarge, UnsupportedMediaType
from zenobia.protocol.wire import storable

PARTS = 200
"""Parts that one form may have."""

ESCAPES = {b"%22": b'"', b"%0D": b"\r", b"%0A": b"\n"}
"""What browsers write in names for what would end them (WHATWG HTML, multipart/form-data); nothing else is escaped."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form: its field, its file name if it is a file, its type, and its bytes, to be read in order."""

    field: str
    file_name: str | None
    content_type: str | None
    chunks: AsyncIterable[bytes]


class Form:
    """A form that is still arriving. Read each part's chunks before asking for the next part."""

    def __init__(self, content_type: str, body: AsyncIterable[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise UnsupportedMediaType(wanted="multipart/form-data")
        self._body = aiter(body)
        self._found: deque[dict[str, bytes] | bytes | None] = deque()
        self._name = b""
        self._value = b""
        self._headers: dict[str, bytes] = {}
        self._ended = False
        with _as_invalid():
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_part_data": self._on_part_data,
                    "on_part_end": lambda: self._found.append(None),
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": lambda: self._found.append(self._headers),
                    "on_end": self._on_end,
                },
            )

    async def parts(self) -> AsyncIterator[Part]:
        """Every part, in order.

        Raises:
            InvalidPayload: the body is no form, or ends too soon.
            TooLarge: it has more parts than a form may.
        """
        many = 0
        while await self._more():
            headers = self._found.popleft()
            if not isinstance(headers, dict):
                continue  # what nobody wanted to read of the part before
            many += 1
            if many > PARTS:
                raise TooLarge(what="a form", limit=f"{PARTS} parts")
            yield self._part(headers)
        if not self._ended:
            raise InvalidPayload(problem="the form ends before its last boundary.")

    def _part(self, headers: dict[str, bytes]) -> Part:
        _, options = parse_options_header(headers.get("content-disposition", b""))
        name, kind = options.get(b"filename"), headers.get("content-type")
        return Part(
            field=_named(options.get(b"name", b"")),
            file_name=None if name is None else _named(name),
            content_type=None if kind is None else storable(kind.decode("utf-8", "replace")),
            chunks=self._chunks(),
        )

    async def _chunks(self) -> AsyncIterator[bytes]:
        while await self._more():
            piece = self._found.popleft()
            if not isinstance(piece, bytes):
                return
            yield piece
        raise InvalidPayload(problem="the form ends in the middle of a part.")

    async def _more(self) -> bool:
        """Read until something was found; false at the end of the body."""
        while not self._found:
            chunk = await anext(self._body, None)
            if chunk is None:
                return False
            with _as_invalid():
                self._parser.write(chunk)
        return True

    def _on_part_begin(self) -> None:
        self._headers = {}

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(data[start:end])

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name = self._value = b""

    def _on_end(self) -> None:
        self._ended = True


def _named(written: bytes) -> str:
    for escape, meant in ESCAPES.items():
        written = written.replace(escape, meant)
    return written.decode("utf-8", "replace")


@contextmanager
def _as_invalid() -> Generator[None]:
    try:
        yield
    except FormParserError as error:
        raise InvalidPayload(problem="the body is not a well-formed form.") from error
