"""OpenAI, and servers that speak as it does, given each conversation and its tools as they stand.

OpenAI's client compares every part of a request with every kind of part there is, in search of names to change. Ours
are written as they are sent, and the search grows with the conversation until it is the dearest part of a step.
"""

from functools import cached_property
from types import TracebackType
from typing import Any

from openai import AsyncOpenAI
from openai.resources.chat import AsyncChat, AsyncCompletions
from openai.resources.responses import AsyncResponses
from pydantic_ai.providers import Provider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

LONG = ("messages", "input", "tools")
"""What is long in a request, whichever format it has."""


class _Completions(AsyncCompletions):
    async def create(self, **given: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        send: Any = super().create
        return await send(**_as_it_stands(given))


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Completions(self._client)


class _Responses(AsyncResponses):
    async def create(self, **given: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        send: Any = super().create
        return await send(**_as_it_stands(given))


class _Client(AsyncOpenAI):
    @cached_property
    def chat(self) -> AsyncChat:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Chat(self)

    @cached_property
    def responses(self) -> AsyncResponses:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Responses(self)


def _as_it_stands(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments with an empty list in the place of each long one, which goes along in `extra_body`, unsearched."""
    long = {name: given[name] for name in LONG if isinstance(given.get(name), list)}
    empty: dict[str, list[Any]] = {name: [] for name in long}
    return {**given, **empty, "extra_body": {**(given.get("extra_body") or {}), **long}}


class _Closed(Provider[AsyncOpenAI]):
    """A way to a model whose connections are closed when that is left."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        await super().__aexit__(kind, error, trace)
        await self.client.close()


class CompatibleProvider(_Closed, OpenAICompatibleProvider):
    """The way to a server that speaks as OpenAI's does."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__("openai-compatible", openai_client=_Client(base_url=base_url, api_key=api_key))


class OpenAIItself(_Closed, OpenAIProvider):
    """The way to OpenAI; its key and address are in the environment."""

    def __init__(self) -> None:
        super().__init__(openai_client=_Client())
