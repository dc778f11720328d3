"""A file as clients and agents know it: metadata first, bytes whenever they arrive."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from zenobia.protocol.wire import NO_NUL, WHOLE, FileId, Wire

NAME = 1_000
"""Characters of a file's name that are kept."""


def plain_name(given: str | None) -> str | None:
    """A file's name as data: the last part of what was given, bounded, without characters that mislead."""
    if given is None:
        return None
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable()).strip()[:NAME] or None


class Origin(StrEnum):
    """Who brought a file into a session."""

    CLIENT = "client"
    DOWNLOAD = "download"
    AGENT = "agent"


class FileMetadata(Wire):
    """What a client says of a file; unknown keys are kept and given back as they came."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True)

    file_id: FileId
    file_name: Annotated[str, Field(max_length=1_000), NO_NUL] | None = None
    content_type: Annotated[str, Field(max_length=200), NO_NUL] | None = None
    size: Annotated[int, Field(ge=0, le=2**53), WHOLE] | None = None


class File(FileMetadata):
    """A file of a session or of the workspace. `size` is in bytes; `sha256` is hexadecimal.

    `available` says whether its bytes are here. Once they are, `size` and `sha256` are what was measured.
    """

    available: bool = False
    sha256: str | None = None
    origin: Origin = Origin.CLIENT


def disposition(name: str) -> bytes:
    """A file's name in a header, both as plain UTF-8 and as RFC 6266 has it."""
    quoted = name.replace("\\", r"\\").replace('"', r"\"")
    return f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{quote(name, safe='')}".encode("utf-8", "replace")
