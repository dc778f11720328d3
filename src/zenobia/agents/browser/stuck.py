"""Notices when an agent gets nowhere: the same on the same page again, or failure after failure."""

from collections import Counter
from dataclasses import dataclass, field

SAME_TWICE_TOO_OFTEN = 3
FAILURES_IN_A_ROW = 5
STILL_FOR = 8
"""Decisions in a row that change nothing on the page and read nothing new."""


@dataclass(slots=True)
class Rut:
    """What was tried where, since a person last helped."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    failures: int = 0
    still: int = 0
    page: str = ""

    def tries(self, page: str, what: str) -> str | None:
        """Note what is about to be tried on a page; why that is a rut, if it is one."""
        self.still = self.still + 1 if page == self.page else 0
        self.page = page
        self.tried[page, what] += 1
        if self.tried[page, what] >= SAME_TWICE_TOO_OFTEN:
            return f"it has tried the same {SAME_TWICE_TOO_OFTEN} times on the same page"
        if self.failures >= FAILURES_IN_A_ROW:
            return f"{self.failures} actions failed in a row"
        return f"nothing has changed on the page for {self.still} steps" if self.still >= STILL_FOR else None

    def went(self, *, well: bool, read: bool = False) -> None:
        """Note how an action went, and whether something was read by it."""
        self.failures = 0 if well else self.failures + 1
        if read:
            self.still = 0

    def out(self) -> None:
        """A person helped: begin anew."""
        self.tried.clear()
        self.failures = self.still = 0
