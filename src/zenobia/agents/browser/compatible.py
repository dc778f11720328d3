"""A server that speaks as OpenAI's does, given each conversation as it stands.

OpenAI's client compares every message of a request with every kind of message there is, in search of names to change.
Ours are written as they are sent, and the search grows with the conversation until it is the dearest part of a step.
"""

from functools import cached_property
from types import TracebackType
from typing import Any

from openai import AsyncOpenAI
from openai.resources.chat import AsyncChat, AsyncCompletions
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider


class CompatibleProvider(OpenAICompatibleProvider):
    """The way to one such server, closed when its model is left."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__("openai-compatible", openai_client=_Client(base_url=base_url, api_key=api_key))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Close its connections."""
        await super().__aexit__(kind, error, trace)
        await self.client.close()


class _Completions(AsyncCompletions):
    async def create(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, *, messages: list[Any], extra_body: dict[str, Any] | None = None, **given: Any
    ) -> Any:
        body = {**(extra_body or {}), "messages": messages}  # what is given here is sent as it is
        send: Any = super().create
        return await send(messages=[], extra_body=body, **given)


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Completions(self._client)


class _Client(AsyncOpenAI):
    @cached_property
    def chat(self) -> AsyncChat:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _Chat(self)
