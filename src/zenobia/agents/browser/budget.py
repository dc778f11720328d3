"""What a session may spend: tokens, dollars, steps, minutes; warned of at four fifths, ended when it is used up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from zenobia.protocol.session import Usage
from zenobia.protocol.wire import Json

WARNED_AT = 0.8


@dataclass(frozen=True, slots=True)
class Budget:
    """The bounds; None for none. `cost` is US dollars."""

    tokens: int | None = None
    cost: float | None = None
    steps: int | None = None
    minutes: float | None = None

    def of(self, config: dict[str, Json]) -> "Budget":
        """The bounds of a session with this configuration, which can only be tighter than the server's."""
        given = config.get("budget")
        if not isinstance(given, dict):
            return self
        told = cast("dict[str, Json]", given)
        tokens, steps = _least(self.tokens, told.get("tokens")), _least(self.steps, told.get("steps"))
        return replace(
            self,
            tokens=None if tokens is None else int(tokens),
            cost=_least(self.cost, told.get("cost")),
            steps=None if steps is None else int(steps),
            minutes=_least(self.minutes, told.get("minutes")),
        )

    def used(self, usage: Usage, minutes: float) -> tuple[float, str]:
        """Which bound is nearest: the part of it that is used, and a sentence about it."""
        parts = list(self._parts(usage, minutes))
        return max(parts) if parts else (0.0, "")

    def _parts(self, usage: Usage, minutes: float) -> Iterator[tuple[float, str]]:
        tokens = usage.input_tokens + usage.output_tokens
        if self.tokens is not None:
            yield tokens / self.tokens, f"{tokens} of {self.tokens} tokens are used"
        if self.cost is not None and usage.cost is not None:
            yield usage.cost / self.cost, f"${usage.cost:.4f} of ${self.cost:g} are spent"
        if self.steps is not None:
            yield usage.steps / self.steps, f"{usage.steps} of {self.steps} steps are taken"
        if self.minutes is not None:
            yield minutes / self.minutes, f"{minutes:.1f} of {self.minutes:g} minutes have passed"


def _least(server: float | None, session: Json) -> float | None:
    if isinstance(session, bool) or not isinstance(session, int | float) or session <= 0:
        return server
    return session if server is None else min(server, session)
