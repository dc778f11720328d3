"""How a job ends: what the model claims of its result, held against the page, the files and what was read."""

import re
from collections.abc import Iterator

import orjson

from zenobia.agents.browser.brief import said_by_itself
from zenobia.agents.browser.sight import Look
from zenobia.agents.browser.tools import Claim as Claimed
from zenobia.agents.browser.tools import Done
from zenobia.agents.policy.kinds import Kind
from zenobia.protocol.files import File, Origin
from zenobia.protocol.session import Claim, Result
from zenobia.protocol.wire import Json

SENDING = frozenset({Kind.SUBMIT, Kind.SEND, Kind.PAY, Kind.DELETE})
"""Kinds of action that a page confirms."""


def settled(done: Done, found: Result, look: Look, files: list[File], sent_from: str | None = None) -> Result:
    """The result: what was found, what the model says of it, and each of its claims checked.

    `sent_from` is the page before the last action, if that sent something.
    """
    claims = [_checked(claim, found, look, files, sent_from) for claim in done.claims]
    return found.model_copy(update={"text": done.text, "data": done.data, "claims": claims})


def _checked(claim: Claimed, found: Result, look: Look, files: list[File], sent_from: str | None) -> Claim:
    evidence = _evidence(claim, found, look, files, sent_from)
    return Claim(kind=claim.kind, value=claim.value, verified=evidence is not None, evidence=evidence)


def _evidence(claim: Claimed, found: Result, look: Look, files: list[File], sent_from: str | None) -> str | None:
    wanted = _plain(claim.value)
    match claim.kind:
        case "shows":
            return look.url if _says(look.page, wanted) else None
        case "confirmed":
            new = sent_from is not None and not _says(sent_from, wanted)
            return look.url if new and _says(look.page, wanted) else None
        case "file":
            return next((file.file_id for file in _held(claim, files)), None)
        case "downloaded":
            return next((file.file_id for file in _held(claim, files) if file.origin is Origin.DOWNLOAD), None)
        case "read":
            named = (name for name, value in found.extracted.items() if wanted and wanted in _plain(_text(value)))
            return next(named, None)


def _says(page: str, wanted: str) -> bool:
    """Whether a page says this by itself, not as the value of a field."""
    return bool(wanted) and wanted in _plain(said_by_itself(page))


def _held(claim: Claimed, files: list[File]) -> Iterator[File]:
    """The files that are meant, and whose bytes are here: one that is only announced is nothing yet."""
    return (file for file in files if file.available and claim.value in (file.file_name, file.file_id))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _plain(text: str) -> str:
    return " ".join(re.sub(r'[\[\]"\\|]', " ", text).casefold().split())
