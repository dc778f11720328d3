"""Models made from their names. Importing this takes seconds and much memory: only a session that thinks does."""

import os
from dataclasses import replace

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.providers import infer_provider_class
from pydantic_ai.tools import ToolDefinition

from zenobia.agents.browser.choice import ModelChoice

RESPONSES = "openai-responses"
"""OpenAI's newer format; OpenAI itself is asked in it by the name `openai` too."""

OPENAI = ("openai", "openai-chat", "openai-compatible")
ITSELF = ("openai", "openai-chat", RESPONSES)
"""Names under which OpenAI itself is asked, where there is no base URL."""


class NoSuchModel(Exception):
    """A model's name cannot be used; says why, and what to do."""


def models(choice: ModelChoice) -> list[Model]:
    """The models to be asked, in order, at least one.

    Raises:
        NoSuchModel: none is configured, or one cannot be made: a wrong name, or a missing key.
    """
    if not choice.names:
        raise NoSuchModel("No model is configured: set ZENOBIA_MODEL, or name one in config.model of the session.")
    try:
        return [_fitted_once(_model(name, choice)) for name in choice.names]
    except (UserError, ImportError, ValueError) as error:
        raise NoSuchModel(f"The model cannot be used: {error}") from error


def _model(name: str, choice: ModelChoice) -> Model:
    provider, colon, model = name.partition(":")
    if choice.base_url is None:
        return _itself(name) if provider in ITSELF and os.environ.get("OPENAI_API_KEY") else infer_model(name)
    if colon and provider in OPENAI:
        return _compatible(model, choice.base_url, choice.api_key)
    if colon and provider == RESPONSES:
        return _compatible(model, choice.base_url, choice.api_key, responses=True)
    if colon and _known(provider):
        return infer_model(name)
    return _compatible(name, choice.base_url, choice.api_key)  # the colon of "qwen3:8b" belongs to the name


def _fitted_once(model: Model) -> Model:
    """The same model, which fits tools to its provider's ways once for as long as they are the same.

    The library does so for every request, and with two dozen tools it is the dearest part of one.
    """
    fit, given, fitted = model.customize_request_parameters, list[ToolDefinition](), list[ToolDefinition]()

    def customized(asked: ModelRequestParameters) -> ModelRequestParameters:
        nonlocal given, fitted
        tools = asked.function_tools
        if [id(tool) for tool in tools] != [id(tool) for tool in given]:
            given, fitted = list(tools), fit(asked).function_tools
        return replace(fit(replace(asked, function_tools=[])), function_tools=fitted)

    model.customize_request_parameters = customized  # pyright: ignore[reportAttributeAccessIssue]
    return model


def _known(provider: str) -> bool:
    try:
        infer_provider_class(provider)
    except ValueError:
        return False
    return True


def _itself(name: str) -> Model:
    from zenobia.agents.browser.compatible import OpenAIItself

    return infer_model(name, lambda _: OpenAIItself())


def _compatible(model: str, base_url: str, api_key: str | None, *, responses: bool = False) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel

    from zenobia.agents.browser.compatible import CompatibleProvider

    provider = CompatibleProvider(base_url, api_key or "none")  # servers on this machine want none, the client does
    return OpenAIResponsesModel(model, provider=provider) if responses else OpenAIChatModel(model, provider=provider)
