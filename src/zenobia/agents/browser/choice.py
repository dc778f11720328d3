"""Which model drives a session: the server's choice, with what the session's own configuration may change of it.

Only names can be chosen per session. Addresses and keys are the server's, so that no session can send them elsewhere.
"""

from dataclasses import dataclass, field, replace

from zenobia.protocol.wire import Json


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model's name as `provider:model`, where it is, and how long it may take.

    `base_url` and `api_key` are those of an OpenAI-compatible server; the keys of other providers are in environment
    variables of their own. `within` is seconds that one decision may take, with all tries and the fallback.
    """

    name: str | None = None
    fallback: str | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    within: float = 300.0

    def of(self, config: dict[str, Json]) -> "ModelChoice":
        """The choice for a session with this configuration; what is no name is as if it were not there."""
        name, fallback = config.get("model"), config.get("fallbackModel")
        return replace(
            self,
            name=name if isinstance(name, str) and name else self.name,
            fallback=fallback if isinstance(fallback, str) and fallback else self.fallback,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The models to be asked, in order."""
        return tuple(dict.fromkeys(name for name in (self.name, self.fallback) if name))
