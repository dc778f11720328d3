"""What a model reads of the browser: where it is, what the page shows and what is new there, files, tabs and dialogs.

Everything a page says stands between two marks that no page can know, and is declared to be data.
"""

import hashlib
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field

from zenobia.agents.browser.brief import LINE, brief
from zenobia.operators.base import Observation
from zenobia.protocol.actions import Target
from zenobia.protocol.files import File

ESCAPED = re.compile(r"\\(.)")
NEW = "*"
MARKS = 10**9
"""How many marks there are to choose from: digits are cheaper for a model to read than letters."""

MOSTLY_NEW = 0.6
"""Part of a page's lines beyond which it is another page rather than a changed one, and nothing is marked as new."""

NARROWING = frozenset({"button", "link", "checkbox", "radio", "tab", "menuitem"})
"""Roles that a person would say along with a name; a "field" may be one of several."""

UNNAMED = Target()
TITLE = 200
FILES = 50


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the browser: as text for the model, with what each reference is called."""

    text: str
    page: str
    url: str
    picture: bool
    names: dict[str, Target]
    files: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """The same for two looks that show the same."""
        return hashlib.sha256(f"{self.url}\n{self.page}".encode()).hexdigest()[:16]

    def name(self, reference: str) -> Target:
        """How the element would be named by a person; without a name if there is none with that reference."""
        return self.names.get(reference, UNNAMED)


@dataclass(slots=True)
class Eyes:
    """Looks again and again, and says what is new since the last time."""

    mark: str = field(default_factory=lambda: f"{secrets.randbelow(MARKS):09d}")
    last: Look | None = None

    def look(self, seen: Observation, files: list[File]) -> Look:
        """Put what is seen into words."""
        held = frozenset(file.file_id for file in files)
        parts = [_place(seen), _tabs(seen), self._files(files), _dialog(seen)]
        if seen.dialog is None:
            shown = seen.snapshot or "(the page shows nothing that can be read)"
            parts.append(f"<page {self.mark}>\n{self._shown(seen)}\n</page {self.mark}>" if seen.snapshot else shown)
        text = "\n".join(part for part in parts if part)
        self.last = Look(text, seen.snapshot, seen.url, seen.picture, _names(seen.snapshot), held)
        return self.last

    def _shown(self, seen: Observation) -> str:
        """The page's lines in brief, with a mark on those that were not there at the last look."""
        lines = seen.snapshot.split("\n")
        away = (*seen.away, *(0.0 for _ in lines))[: len(lines)]
        new = self._new(lines, seen.url)
        return "\n".join(NEW + text if new[number] else text for number, text in brief(lines, away, new))

    def _new(self, lines: list[str], url: str) -> list[bool]:
        """Which lines are new on a page that is the same as at the last look; none if most of them are."""
        none = [False] * len(lines)
        if self.last is None or self.last.url != url:
            return none
        before = {line.strip() for line in self.last.page.split("\n")}
        new = [line.strip() not in before for line in lines]
        return none if sum(new) > MOSTLY_NEW * len(lines) else new

    def _files(self, files: list[File]) -> str:
        if not files:
            return ""
        known = self.last.files if self.last else frozenset[str]()
        told = [
            f"{NEW if self.last and file.file_id not in known else ''}{file.file_name or file.file_id}"
            + ("" if file.available else " (not here yet)")
            for file in files[-FILES:]
        ]
        return "Files: " + "; ".join(told)


def _place(seen: Observation) -> str:
    return f"Page: {seen.title[:TITLE]!r} at {seen.url[:1_000]}"


def _tabs(seen: Observation) -> str:
    if len(seen.tabs) < 2:
        return ""
    tabs = [f"{tab.number}{' (this)' if tab.current else ''} {tab.title[:60]!r} {tab.url[:100]}" for tab in seen.tabs]
    return "Tabs: " + "; ".join(tabs)


def _dialog(seen: Observation) -> str:
    if seen.dialog is None:
        return ""
    return f"A dialog ({seen.dialog.kind}) holds the page until it is answered: {seen.dialog.text[:1_000]!r}"


def _names(snapshot: str) -> dict[str, Target]:
    """What each reference stands for: its name, the role where that narrows, its number among equals."""
    found = [match for line in snapshot.split("\n") if (match := LINE.match(line))]
    equal = Counter((match[3], match[4]) for match in found)
    seen = Counter[tuple[str, str | None]]()
    names: dict[str, Target] = {}
    for match in found:
        _, reference, kind, name, _ = match.groups()
        seen[kind, name] += 1
        names[reference] = Target(
            text=ESCAPED.sub(r"\1", (name or "")[1:-1]),
            role=kind if kind in NARROWING and name else None,
            nth=seen[kind, name] if equal[kind, name] > 1 and name else None,
        )
    return names
