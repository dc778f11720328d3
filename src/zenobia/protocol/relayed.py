"""An error that was raised elsewhere, or earlier, and is raised again here in the words in which it was told."""

from zenobia.protocol.errors import ZenobiaError
from zenobia.protocol.wire import Json


class Relayed(ZenobiaError):
    """Something was refused before it came here."""

    def __init__(self, *, error: str, code: str, retryable: bool, details: dict[str, Json] | None) -> None:
        self._sentence = error
        self.code = code
        self.retryable = retryable
        super().__init__(**(details or {}))

    @property
    def message(self) -> str:
        """The sentence as it was told first."""
        return self._sentence
