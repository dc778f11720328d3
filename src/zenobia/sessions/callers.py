"""Who asks: a client of some workspace, over some wire, perhaps with a key that allows only some of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from zenobia.protocol.access import DEFAULT_WORKSPACE, MissingScope, Scope
from zenobia.protocol.audit import Deed
from zenobia.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class Caller:
    """One asker. `name` is what records show, and `address` where it asks from; an `observer` may only look.

    `key` is the id of the API key that it showed; None where none is needed.
    """

    name: str
    workspace: str = DEFAULT_WORKSPACE
    observer: bool = False
    key: str | None = None
    scopes: frozenset[Scope] = frozenset(Scope)
    address: str | None = None

    def deed(self, what: str, about: Mapping[str, Json]) -> Deed:
        """What it does, as the audit record has it; `about` holds ids only."""
        return Deed(self.workspace, what, self.name, self.key, self.address, about)

    def require(self, scope: Scope) -> None:
        """Make sure that it may do what needs this scope.

        Raises:
            MissingScope: its key does not allow that.
        """
        if scope not in self.scopes:
            raise MissingScope(scope=scope)
