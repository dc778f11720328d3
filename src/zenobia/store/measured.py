"""A file as told by a client and as measured by us; what we measured wins."""

from typing import Any

from sqlalchemy import Row

from zenobia.protocol.files import File
from zenobia.protocol.wire import Json
from zenobia.store.schema import files


def stored_file() -> tuple[Any, ...]:
    """The columns of a file whose bytes may be here."""
    return (files.c.id, files.c.name, files.c.content_type, files.c.size, files.c.sha256, files.c.blob)


def file_of(row: Row[Any], told: dict[str, Json], origin: str) -> File:
    """The whole file: `row` has what was measured, if its bytes are here."""
    measured: dict[str, Json] = {"available": row.id is not None, "sha256": row.sha256, "origin": origin}
    if row.id is not None:
        measured["size"] = row.size
        measured["fileName"] = told.get("fileName") or row.name
        measured["contentType"] = told.get("contentType") or row.content_type
    return File.model_validate({**told, **measured}, by_alias=True, by_name=False)
