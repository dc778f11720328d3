"""The audit record as data: who did what, each entry bound to the one before it, so that nobody can change it unseen.

An entry is one line of JSON, and its hash is the SHA-256 of that very text, which names the hash before it. Each
workspace has a chain of its own, numbered from 1.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import orjson

from zenobia.protocol.wire import Json, Millis

START = "0" * 64
"""What stands before the first entry."""


COMMAND_LINE = "command line"
"""Who acts on the data itself, with the rights of the system's user."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: `by` is a name, `key` the id of the API key, `address` where from; `about` holds ids only."""

    workspace: str
    what: str
    by: str
    key: str | None = None
    address: str | None = None
    about: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its text, and the hash of it."""

    workspace: str
    number: int
    text: str
    hash: str


def entry(deed: Deed, *, number: int, at: Millis, previous: str) -> Entry:
    """The entry for a deed, behind the one with the hash `previous`."""
    told = {
        "workspace": deed.workspace,
        "number": number,
        "at": at,
        "what": deed.what,
        "by": deed.by,
        "key": deed.key,
        "address": deed.address,
        "about": dict(deed.about or {}),
        "previous": previous,
    }
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    return Entry(deed.workspace, number, text, hash_of(text))


def hash_of(text: str) -> str:
    """What binds the next entry to this text."""
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(entries: Iterable[Entry]) -> str | None:
    """What is wrong with the first entry that is not as it was written, workspace by workspace; None if all is well."""
    heads: dict[str, tuple[int, str]] = {}
    for one in entries:
        number, previous = heads.get(one.workspace, (0, START))
        where = f"entry {one.number} of {one.workspace}"
        if one.number != number + 1:
            return f"{where}: entry {number + 1} should stand before it"
        if hash_of(one.text) != one.hash:
            return f"{where}: its text was changed"
        told = _read(one.text)
        if (told.get("workspace"), told.get("number")) != (one.workspace, one.number):
            return f"{where}: it stands in another place than it was written for"
        if told.get("previous") != previous:
            return f"{where}: it does not follow on the one before it"
        heads[one.workspace] = (one.number, one.hash)
    return None


def line(one: Entry) -> str:
    """An entry as a line of an export."""
    return orjson.dumps({"entry": one.text, "hash": one.hash}).decode()


def read_line(text: str) -> Entry:
    """An entry as an export has it.

    Raises:
        ValueError: it is no such line.
    """
    try:
        held = orjson.loads(text)
        told = orjson.loads(held["entry"])
        return Entry(str(told["workspace"]), int(told["number"]), str(held["entry"]), str(held["hash"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("no line of an audit export") from error


def _read(text: str) -> dict[str, Json]:
    try:
        told = orjson.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Json]", told) if isinstance(told, dict) else {}
