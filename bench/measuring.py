"""What was measured, and what may be said of it: percentiles, a ratio, and how far that ratio may be off.

The two sides of a comparison are measured in turns, block by block, so that a noisy minute hits both. The interval
comes from resampling whole blocks and then what is in them, with a fixed seed: the same measurements give the same
interval. A target counts as met only if the whole interval meets it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

RESAMPLES = 1_000
SEED = 1
CONFIDENCE = 0.95

Block = Sequence[float]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, between neighbours in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return percentile(values, 0.5)


def number(value: float) -> str:
    """A value with as many digits as mean something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def together(blocks: Sequence[Block]) -> list[float]:
    """Every value of every block."""
    return [value for block in blocks for value in block]


def summed(some: Block, others: Block) -> list[float]:
    """One cost after another: each value and the one at its place on the other side."""
    return [value + other for value, other in zip(some, others, strict=True)]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same thing done by us and by a reference, in blocks taken in turns."""

    what: str
    ours: list[Block]
    reference: str
    theirs: list[Block]
    target: float
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """Our median, as a multiple of the reference's."""
        return median(together(self.ours)) / median(together(self.theirs))

    def interval(self) -> tuple[float, float]:
        """Where the ratio lies, with `CONFIDENCE`."""
        chance = random.Random(SEED)
        ratios: list[float] = []
        for _ in range(RESAMPLES):
            drawn = chance.choices(range(len(self.ours)), k=len(self.ours))
            ours = together([chance.choices(self.ours[at], k=len(self.ours[at])) for at in drawn])
            theirs = together([chance.choices(self.theirs[at], k=len(self.theirs[at])) for at in drawn])
            ratios.append(median(ours) / median(theirs))
        rest = (1 - CONFIDENCE) / 2
        return percentile(ratios, rest), percentile(ratios, 1 - rest)

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        low, high = self.interval()
        if high <= self.target:
            return "met"
        return "missed" if low > self.target else "open"

    def told(self) -> str:
        """All of it, for people."""
        low, high = self.interval()
        ours, theirs = together(self.ours), together(self.theirs)
        tail = percentile(ours, 0.99) / percentile(theirs, 0.99)
        return "\n".join(
            [
                self.what,
                f"  {'Zenobia':<34}{_spread(ours, self.unit)}   n = {len(ours):,}",
                f"  {self.reference:<34}{_spread(theirs, self.unit)}   n = {len(theirs):,}",
                f"  ratio of p50: {self.ratio:.2f}x (95 %: {low:.2f} to {high:.2f}); of p99: {tail:.2f}x;"
                f" target at most {self.target:g}x: {self.verdict}",
            ]
        )

    def row(self) -> str:
        """All of it, as a row of `COMPARISONS`."""
        low, high = self.interval()
        ratio = f"**{self.ratio:.2f}x** ({low:.2f} to {high:.2f})"
        sides = f"{_cell(self.ours, self.unit)} | {self.reference}: {_cell(self.theirs, self.unit)}"
        return f"| {self.what} | {sides} | {ratio} | ≤ {self.target:g}x | {self.verdict} |"


COMPARISONS = "| what | Zenobia: p50 / p95 / p99 | reference: p50 / p95 / p99 | ratio of p50 (95 %) | target | |"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number by itself; of several measurements, the middle one stands for all."""

    what: str
    values: list[float]
    unit: str
    target: float | None = None
    note: str = field(default="")

    @property
    def verdict(self) -> str:
        """Whether the target, if there is one, is met."""
        if self.target is None:
            return ""
        return "met" if median(self.values) <= self.target else "missed"

    @property
    def value(self) -> str:
        """The number, with its range if it was measured several times."""
        middle = f"{number(median(self.values))} {self.unit}"
        if len(self.values) == 1:
            return middle
        return f"{middle} ({number(min(self.values))} to {number(max(self.values))}, n = {len(self.values)})"

    def told(self) -> str:
        """All of it, for people."""
        target = "" if self.target is None else f"   target at most {self.target:g} {self.unit}: {self.verdict}"
        note = f"   {self.note}" if self.note else ""
        return f"{self.what}\n  {self.value}{target}{note}"

    def row(self) -> str:
        """All of it, as a row of `AMOUNTS`."""
        target = "" if self.target is None else f"≤ {self.target:g} {self.unit}"
        return f"| {self.what} | {self.value} | {target} | {self.verdict or self.note} |"


AMOUNTS = "| what | value | target | |"

Finding = Comparison | Amount


def table(head: str, rows: Sequence[str]) -> str:
    """A Markdown table."""
    rule = "|---" * (head.count("|") - 1) + "|"
    return "\n".join([head, rule, *rows])


def _spread(values: Sequence[float], unit: str) -> str:
    shown = [f"{name} {number(percentile(values, share)):>7}" for name, share in _SHARES]
    return "   ".join(shown) + f" {unit}"


def _cell(blocks: Sequence[Block], unit: str) -> str:
    values = together(blocks)
    return " / ".join(number(percentile(values, share)) for _, share in _SHARES) + f" {unit}"


_SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
