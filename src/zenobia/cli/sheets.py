"""Sessions, requests and files laid out to be read: lists as light tables, one thing as names and values."""

import time
from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zenobia.cli.findings import findings, listing
from zenobia.cli.screen import facts, indented, sign, text
from zenobia.cli.timeline import STATUSES, lasted
from zenobia.protocol.files import File
from zenobia.protocol.human import HumanLayerRequest
from zenobia.protocol.session import Session, Status
from zenobia.protocol.wire import Millis

SHORT_PROMPT = 60
"""Characters of a prompt in a list."""

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def session_list(sessions: list[Session]) -> Table:
    """One line a session."""
    table = listing("session", "status", "age", "steps", "prompt")
    for session in sessions:
        prompt = " ".join((session.prompt or "").split())
        table.add_row(
            text(session.id),
            _status(session.status),
            text(_ago(session.created_at), "quiet"),
            text(session.usage.steps, "quiet"),
            text(prompt if len(prompt) <= SHORT_PROMPT else prompt[:SHORT_PROMPT] + "…"),
        )
    return table


def session_sheet(session: Session) -> RenderableType:
    """Everything there is to know of one session."""
    return Group(*_sheet_parts(session))


def request_list(requests: list[HumanLayerRequest]) -> Table:
    """One line a request."""
    table = listing("request", "kind", "session", "left", "what")
    for request in requests:
        left = lasted(max(0, request.expires_at - _now()))
        what = request.title if request.action is None else f"{request.title} on {request.action.origin}"
        table.add_row(
            text(request.id), text(request.kind, "asked"), text(request.session_id), text(left, "quiet"), text(what)
        )
    return table


def file_list(files: list[File]) -> Table:
    """One line a file."""
    table = listing("file", "name", "type", "size", "from")
    for file in files:
        here = text(measured(file.size)) if file.available else text("not here yet", "careful")
        table.add_row(
            text(file.file_id), text(file.file_name or ""), text(file.content_type or ""), here, text(file.origin)
        )
    return table


def measured(size: int | None) -> str:
    """A number of bytes in the unit that fits."""
    amount, unit = float(size or 0), 0
    while amount >= 1_000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1_000, unit + 1
    return f"{amount:.0f} {UNITS[unit]}" if unit == 0 or amount >= 10 else f"{amount:.1f} {UNITS[unit]}"


def _sheet_parts(session: Session) -> Iterator[RenderableType]:
    yield indented(text((session.prompt or "No prompt yet").strip(), "bold", lines=True))
    yield Text()
    yield facts(
        {
            "session": session.id,
            "status": _status(session.status),
            "reason": session.reason,
            "error": session.error.error if session.error else None,
            "agent": session.type,
            "created": f"{_moment(session.created_at)} ({_ago(session.created_at)} ago)",
            "ran for": _ran(session),
            "steps": session.usage.steps,
            "place": session.queue_position,
            "page": session.title,
            "address": session.url,
            "events": session.last_seq,
        }
    )
    if session.files:
        yield Text()
        yield indented(file_list(session.files))
    if session.pending_requests:
        yield Text()
        yield indented(request_list(session.pending_requests))
    if session.result is not None:
        yield Text()
        yield findings(session.result)


def _status(status: Status) -> Text:
    icon, style = STATUSES[status]
    return Text(f"{sign(icon)} {status.value}", style)


def _ran(session: Session) -> str | None:
    if session.started_at is None:
        return None
    return lasted((session.ended_at or _now()) - session.started_at)


def _moment(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1_000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _ago(at: Millis) -> str:
    days, rest = divmod(max(0, _now() - at), 86_400_000)
    return lasted(rest) if not days else "1 day" if days == 1 else f"{days} days"


def _now() -> int:
    return time.time_ns() // 1_000_000
