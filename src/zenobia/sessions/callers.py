"""Who asks: a client of some workspace, over some wire."""

from dataclasses import dataclass

DEFAULT_WORKSPACE = "default"


@dataclass(frozen=True, slots=True)
class Caller:
    """One asker. `name` is what records show; an `observer` may only look."""

    name: str
    workspace: str = DEFAULT_WORKSPACE
    observer: bool = False
