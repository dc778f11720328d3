"""A session's events as lines a person can follow, and a last line that says what is being done right now."""

import time
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from zenobia.cli.screen import out, sign, text
from zenobia.cli.typed import zenobia
from zenobia.protocol.events import (
    ActionEvent,
    DecisionEvent,
    ErrorEvent,
    Event,
    FilesEvent,
    MessageEvent,
    RequestEvent,
    StatusEvent,
    WarningEvent,
)
from zenobia.protocol.human import RequestStatus
from zenobia.protocol.session import Status
from zenobia.protocol.wire import Millis

WORD = 13
"""Columns of the word that says what sort of line it is."""

NARROW = 70
"""Columns below which a line has no room for what stands at its end."""

LONGEST = 600
"""Characters of a sentence that a line shows; a page can make one as long as it likes."""

STATUSES: dict[Status, tuple[str, str]] = {
    Status.QUEUED: ("○", "quiet"),
    Status.RUNNING: ("▶", "quiet"),
    Status.WAITING: ("◆", "asked"),
    Status.PAUSED: ("‖", "careful"),
    Status.COMPLETED: ("✔", "good"),
    Status.FAILED: ("✘", "bad"),
    Status.CANCELLED: ("■", "careful"),
}
"""Each status's icon and style."""

PHASES = {"done": ("●", "good"), "failed": ("✘", "bad"), "unknown": ("▲", "careful")}

IDLE = {
    Status.QUEUED: "Waiting for a free browser",
    Status.RUNNING: "Deciding what to do",
    Status.WAITING: "Waiting for a person",
    Status.PAUSED: f"Paused: {zenobia()} resume lets it go on",
}
"""What a session does while it does nothing in its browser."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, an icon, a word, a sentence, and what stands at its end."""

    at: Millis
    icon: str
    style: str
    word: str
    sentence: str
    end: str = ""

    def shown(self, console: Console) -> RenderableType:
        """In columns on a terminal, as one plain line elsewhere."""
        sentence = self.sentence if len(self.sentence) <= LONGEST else self.sentence[:LONGEST] + "…"
        cells = (
            Text(clock(self.at), "quiet"),
            Text(sign(self.icon), self.style),
            text(self.word, "verb"),
            text(sentence),
            Text(self.end, "quiet"),
        )
        if not console.is_terminal:
            cells[2].pad_right(WORD - len(cells[2]))
            return Text("  ").join(cell for cell in cells if cell.plain)
        row = Table.grid(padding=(0, 2, 0, 0), expand=True)
        row.add_column(width=8)
        row.add_column(width=1)
        row.add_column(width=WORD, no_wrap=True)
        row.add_column(ratio=1, overflow="fold")
        row.add_column(justify="right", no_wrap=True)
        row.add_row(*(cells if console.width >= NARROW else cells[:-1]))
        return row


class Timeline:
    """What has been told of one session, as far as lines need it."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._started: dict[str, Millis] = {}
        self._doing: ActionEvent | None = None
        self._doing_since = 0.0
        self._status = Status.QUEUED
        self._place: int | None = None
        self._error: str | None = None
        self._spinner = Spinner("dots" if sign("●") == "●" else "line", style="said")

    def line(self, event: Event) -> Line | None:
        """The line that tells an event; some events are told by what follows them."""
        self._status = event.status
        match event:
            case StatusEvent():
                self._place = event.data.queue_position
                return Line(
                    event.timestamp, *STATUSES[event.status], event.status.value, self._unrepeated(event.message)
                )
            case ActionEvent():
                return self._action(event)
            case MessageEvent():
                return Line(event.timestamp, "●", "said", event.data.author, event.message)
            case FilesEvent():
                return Line(event.timestamp, "●", "said", "files", event.message)
            case RequestEvent():
                return Line(event.timestamp, "◆", "asked", "asks", event.message)
            case DecisionEvent():
                agreed = event.data.request.status in {RequestStatus.APPROVED, RequestStatus.ANSWERED}
                word = event.data.request.status.value
                return Line(event.timestamp, "◆", "good" if agreed else "bad", word, event.message)
            case ErrorEvent():
                self._error = event.message
                return Line(event.timestamp, "✘", "bad", "error", event.message)
            case WarningEvent():
                return Line(event.timestamp, "▲", "careful", "warning", event.message)
            case _:
                return None

    def now(self) -> RenderableType:
        """What is being done, for how long, and how far it is."""
        row = Table.grid(padding=(0, 2, 0, 0), expand=True)
        row.width = max(20, out().width - len("^C") - 1)  # an echoed Ctrl-C must not wrap, or the line stays behind
        action = self._doing
        since = self._doing_since if action else self._since
        cells: list[RenderableType] = [self._spinner]
        row.add_column(width=1)
        if action and action.data.step and action.data.steps:
            row.add_column(no_wrap=True)
            row.add_column(width=min(20, 2 * action.data.steps))
            cells.append(Text(f"Step {action.data.step} of {action.data.steps}", "verb"))
            cells.append(_bar(action.data.step, action.data.steps))
        row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        row.add_column(justify="right", no_wrap=True)
        cells.append(text(action.data.description if action else self._idle(), "quiet" if not action else ""))
        cells.append(Text(lasted(1_000 * (time.monotonic() - since)), "quiet"))
        row.add_row(*cells)
        return row

    def _idle(self) -> str:
        place = f" (number {self._place} in the queue)" if self._status is Status.QUEUED and self._place else ""
        return IDLE.get(self._status, "Ending") + place

    def _unrepeated(self, message: str) -> str:
        """An end's sentence, less the error that the line before has told."""
        before = message.removesuffix(self._error).rstrip(": ") if self._error else message
        return message if before == message else f"{before}."

    def _action(self, event: ActionEvent) -> Line | None:
        data = event.data
        if data.phase == "started":
            self._started[data.action_id] = event.timestamp
            self._doing, self._doing_since = event, time.monotonic()
            return None
        self._doing = None
        begun = self._started.pop(data.action_id, event.timestamp)
        step = f"{data.step}/{data.steps}" if data.step and data.steps else ""
        end = f"{step:>5}  {lasted(event.timestamp - begun):>6}"
        icon, style = PHASES[data.phase]
        return Line(event.timestamp, icon, style, str(data.action.get("verb", "action")), event.message, end)


def _bar(step: int, steps: int) -> ProgressBar:
    return ProgressBar(total=steps, completed=step - 1, complete_style="good", finished_style="good")


def clock(at: Millis) -> str:
    """A moment as the time of day here."""
    return datetime.fromtimestamp(at / 1_000).astimezone().strftime("%H:%M:%S")


def lasted(millis: float) -> str:
    """A duration in the unit that fits."""
    seconds = millis / 1_000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
