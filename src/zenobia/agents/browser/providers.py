"""Models made from their names. Importing this takes seconds and much memory: only a session that thinks does."""

import os

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import infer_provider_class

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
        return [_model(name, choice) for name in choice.names]
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
