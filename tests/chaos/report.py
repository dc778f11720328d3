"""Numbers of a run, said the same way everywhere."""

from collections.abc import Sequence


def spread(seconds: Sequence[float]) -> dict[str, float] | None:
    """The middle, the 95th percentile and the worst, in seconds; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    at = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 3) for name, part in at.items()}
