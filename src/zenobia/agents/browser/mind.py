"""A model that is asked until it answers: one layer of retries, a deadline over all of them, a fallback.

The provider's client retries nothing. Whoever follows the session is told of every wait, and when the next try is.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelHTTPError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from zenobia.telemetry.tracing import provider

FIRST_WORD_WITHIN = 120.0
"""Seconds that a model may think before it says anything."""

SILENT_FOR = 30.0
"""Seconds between two pieces of an answer after which it is given up as stalled."""

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
TRIES_BEFORE_FALLBACK = 2

PASSING = (ModelRateLimitError, ModelUnavailableError, ModelServerError, ModelConnectionError)
"""What another try can mend."""

FINAL = (ModelRequestRejectedError, ModelQuotaExceededError, UserError)
"""What no other try at the same model can mend."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A model is waited for: why, for how many seconds, and when (Unix milliseconds) it is asked again."""

    model: str
    problem: str
    seconds: float
    next_try_at: int
    tries: int


class ModelFailed(Exception):
    """No model answered; says why in words that may be shown."""


class Mind:
    """The models of one session, the first that answers being asked."""

    def __init__(self, models: Sequence[Model], within: float, tell: Callable[[Wait], Awaitable[None]]) -> None:
        self.models = models
        self.silent_for = SILENT_FOR
        self.first_word_within = FIRST_WORD_WITHIN
        self._within = within
        self._tell = tell
        self._clients = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for model in self.models:
            await self._clients.enter_async_context(model)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._clients.aclose()

    async def answer(self, messages: list[ModelMessage], tools: list[ToolDefinition]) -> ModelResponse:
        """What a model answers.

        Raises:
            ModelFailed: none did, within the time for one decision.
        """
        until = time.monotonic() + self._within
        problem = ""
        for model in self.models:
            last = model is self.models[-1]
            try:
                return await self._persist(model, messages, tools, until, tries=None if last else TRIES_BEFORE_FALLBACK)
            except ModelFailed as failed:
                problem = f"{problem} {failed}".strip()
        raise ModelFailed(problem)

    async def _persist(
        self, model: Model, messages: list[ModelMessage], tools: list[ToolDefinition], until: float, tries: int | None
    ) -> ModelResponse:
        """Ask one model, again and again while that can help and there is time."""
        tried = 0
        while True:
            tried += 1
            try:
                async with asyncio.timeout_at(_on_loop(until)):
                    return await self._once(model, messages, tools)
            except FINAL as error:
                raise ModelFailed(f"{model.model_name}: {_said(error)}.") from error
            except (*PASSING, ModelAPIError, UnexpectedModelBehavior, TimeoutError) as error:
                problem, wait = _said(error), _pause(error, tried)
                if tried == tries or time.monotonic() + wait >= until:
                    raise ModelFailed(f"{model.model_name}: {problem}, {_times(tried)}.") from error
            next_try_at = time.time_ns() // 1_000_000 + int(wait * 1_000)
            await self._tell(Wait(model.model_name, problem, round(wait, 1), next_try_at, tried))
            await asyncio.sleep(wait)

    async def _once(self, model: Model, messages: list[ModelMessage], tools: list[ToolDefinition]) -> ModelResponse:
        settings = ModelSettings(max_retries=0, parallel_tool_calls=True)
        offered = ModelRequestParameters(function_tools=tools)
        loop = asyncio.get_running_loop()
        async with (
            asyncio.timeout(self.first_word_within) as patience,
            model_request_stream(
                model, messages, model_settings=settings, model_request_parameters=offered, instrument=_watched()
            ) as stream,
        ):
            async for _ in stream:
                patience.reschedule(loop.time() + self.silent_for)
            response = stream.get()
        if not response.parts and response.finish_reason is None:
            raise UnexpectedModelBehavior("there is nothing in it")  # some clients take anything for an answer
        return response


def _watched() -> InstrumentationSettings | None:
    """How a request is traced, if anybody collects traces: by its model and its tokens, not by what was said."""
    if (there := provider()) is None:
        return None
    return InstrumentationSettings(
        tracer_provider=there,
        include_content=False,
        include_binary_content=False,
        include_model_request_parameters=False,
    )


def _on_loop(until: float) -> float:
    return asyncio.get_running_loop().time() + until - time.monotonic()


def _pause(error: Exception, tried: int) -> float:
    """Seconds until the next try: what the provider asks for, else twice as long each time; never all at once."""
    asked = error.retry_after if isinstance(error, ModelAPIError) else None
    if asked is not None:
        return asked + random.uniform(0, 0.1 * asked)  # noqa: S311 - spreads load, guards nothing
    return random.uniform(0.5, 1) * min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1))  # noqa: S311 - as above


def _said(error: Exception) -> str:
    """What is the matter, without what a provider may have repeated of the conversation or its keys."""
    match error:
        case ModelRateLimitError():
            return "too many requests"
        case ModelQuotaExceededError():
            return "the account's quota is used up"
        case ModelUnavailableError():
            return "it is overloaded"
        case ModelHTTPError():
            return f"the provider refused the request with status {error.status_code}"
        case ModelConnectionError():
            return "the connection failed"
        case TimeoutError():
            return "it did not answer in time"
        case UnexpectedModelBehavior():
            return "its answer could not be read"
        case _:
            return "the request failed"


def _times(tried: int) -> str:
    return "tried once" if tried == 1 else f"tried {tried} times"
