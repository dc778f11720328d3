"""A model that is asked through the real clients: what it answers, and what becomes of every way in which it fails."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from openai.resources.chat.completions import completions
from openai.resources.responses import responses
from pydantic_ai.messages import (
    BinaryContent,
    CachePoint,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.tools import ToolDefinition

from zenobia.agents.browser.choice import ModelChoice
from zenobia.agents.browser.mind import Mind, ModelFailed, Wait
from zenobia.agents.browser.providers import NoSuchModel, models
from zenobia.testing.models import Call, Calls, CutOff, Fails, Garbage, ScriptedModel, Stalls, scripted_model

QUESTION: list[Any] = [ModelRequest(parts=[UserPromptPart("What now?")])]
TOOLS = [ToolDefinition(name="click", parameters_json_schema={"type": "object", "properties": {"ref": {}}})]
CLICK = Calls(Call("click", ref="e5"), text="I click.", input_tokens=700, output_tokens=20)


class Listener:
    """Keeps what was told of waits."""

    def __init__(self) -> None:
        self.waits: list[Wait] = []

    async def __call__(self, wait: Wait) -> None:
        self.waits.append(wait)


@pytest.fixture
async def model() -> AsyncGenerator[ScriptedModel]:
    async with scripted_model() as running:
        yield running


def choice(model: ScriptedModel, within: float = 5.0, fallback: str | None = None) -> ModelChoice:
    return ModelChoice("openai:scripted", fallback=fallback, base_url=f"{model.url}/v1", within=within)


async def answer(model: ScriptedModel, told: Listener | None = None, **how: Any) -> Any:
    return await asked(choice(model, **how), told)


async def asked(
    choice: ModelChoice, told: Listener | None = None, question: list[Any] = QUESTION, silent_for: float = 30.0
) -> Any:
    async with Mind(models(choice), choice.within, told or Listener()) as mind:
        mind.silent_for = silent_for
        return await mind.answer(question, TOOLS)


PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "openai": "/v1/responses",
    "anthropic": "/v1/messages",
    "google": "/v1beta/models/scripted:streamGenerateContent",
}
"""Where each provider's client asks. What is called `openai` is OpenAI itself, without a base URL of ours."""


@pytest.fixture(params=PATHS)
def provider(request: pytest.FixtureRequest, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every format there is, spoken by its real client, which is led to the scripted model."""
    for name, at in (("OPENAI", "/v1"), ("ANTHROPIC", ""), ("GOOGLE_GEMINI", "")):
        monkeypatch.setenv(f"{name}_BASE_URL", f"{model.url}{at}")
    for name in ("OPENAI", "ANTHROPIC", "GOOGLE"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-test")
    return request.param


def chosen(provider: str, model: ScriptedModel, within: float = 10) -> ModelChoice:
    base_url = f"{model.url}/v1" if provider in ("openai-chat", "openai-responses") else None
    return ModelChoice(f"{provider}:scripted", base_url=base_url, within=within)


async def test_a_model_is_offered_tools_and_answers_with_calls_and_what_they_cost(model: ScriptedModel) -> None:
    model.script = [CLICK]

    response = await answer(model)

    assert [(part.tool_name, part.args_as_dict()) for part in response.parts if isinstance(part, ToolCallPart)] == [
        ("click", {"ref": "e5"})
    ]
    assert (response.usage.input_tokens, response.usage.output_tokens) == (700, 20)
    assert model.asked[0].tools == {"click"}
    assert model.asked[0].last == "What now?"


async def test_every_format_carries_words_pictures_calls_and_what_they_cost(
    provider: str, model: ScriptedModel
) -> None:
    model.script = [CLICK]
    before = ModelResponse(parts=[ToolCallPart("click", {"ref": "e1"}, tool_call_id="call_0")])
    came = ToolReturnPart("click", "Clicked it.", tool_call_id="call_0")
    now = UserPromptPart([CachePoint(), "What now?", BinaryContent(b"jpeg", media_type="image/jpeg")])
    question = [*QUESTION, before, ModelRequest(parts=[came, now], instructions="Obey the user.")]

    response = await asked(chosen(provider, model), question=question)

    assert [part.args_as_dict() for part in response.parts if isinstance(part, ToolCallPart)] == [{"ref": "e5"}]
    assert [part.content for part in response.parts if isinstance(part, TextPart)] == ["I click."]
    assert (response.usage.input_tokens, response.usage.output_tokens) == (700, 20)
    [heard] = model.asked
    assert (heard.path, heard.tools, heard.images) == (PATHS[provider], {"click"}, 1)
    assert "What now?" in heard.last
    assert all(words in heard.text for words in ("Obey the user.", "Clicked it."))


@pytest.mark.parametrize("provider", ["openai-chat", "openai-responses", "openai"], indirect=True)
async def test_a_conversation_reaches_openai_and_its_like_as_the_library_itself_would_send_it_but_unsearched(
    model: ScriptedModel, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.script = [CLICK, CLICK]
    before = ModelResponse(parts=[TextPart("Hm."), ToolCallPart("click", {"ref": "e1"}, tool_call_id="call_0")])
    came = ToolReturnPart("click", "Clicked it.", tool_call_id="call_0")
    now = UserPromptPart([CachePoint(), "What now?", BinaryContent(b"jpeg", media_type="image/jpeg")])
    question = [*QUESTION, before, ModelRequest(parts=[came, now], instructions="Obey the user.")]
    [ours] = models(chosen(provider, model))
    searched: list[dict[str, Any]] = []
    for module in (completions, responses):
        monkeypatch.setattr(module, "async_maybe_transform", _noting(module.async_maybe_transform, searched))

    for asked_of in (ours, plain(provider, model)):
        async with Mind([asked_of], 5.0, Listener()) as mind:
            await mind.answer(question, TOOLS)

    sent, expected = (asked.body for asked in model.asked)
    assert sent == expected
    assert list(sent) == list(expected), "a server may keep what begins alike"
    assert isinstance(ours, OpenAIChatModel | OpenAIResponsesModel)
    assert ours.client.is_closed(), "its connections end with the session"
    [mine, theirs] = [[bool(body.get(name)) for name in ("messages", "input", "tools")] for body in searched]
    assert (any(mine), any(theirs)) == (False, True)


async def test_tools_are_fitted_to_a_provider_once_and_others_anew(provider: str, model: ScriptedModel) -> None:
    model.script = [CLICK, CLICK, CLICK]
    [ours] = models(chosen(provider, model))
    others = [ToolDefinition(name="press", parameters_json_schema={"type": "object", "properties": {"key": {}}})]

    async with Mind([ours], 5.0, Listener()) as mind:
        for tools in (TOOLS, TOOLS, others):
            await mind.answer(QUESTION, tools)
    fitted = [
        ours.customize_request_parameters(ModelRequestParameters(function_tools=list(tools))).function_tools
        for tools in (others, others, TOOLS)
    ]

    assert [asked.tools for asked in model.asked] == [{"click"}, {"click"}, {"press"}]
    assert model.asked[0].body["tools"] == model.asked[1].body["tools"]
    assert fitted[0] is fitted[1]
    assert [tools[0].name for tools in fitted] == ["press", "press", "click"]


def plain(provider: str, model: ScriptedModel) -> Model:
    """The same model by the library's own means."""
    if provider == "openai":
        return infer_model("openai:scripted")
    there = OpenAICompatibleProvider("openai-compatible", base_url=f"{model.url}/v1", api_key="none")
    kind = OpenAIChatModel if provider == "openai-chat" else OpenAIResponsesModel
    return kind("scripted", provider=there)


def _noting(search: Any, searched: list[dict[str, Any]]) -> Any:
    async def noting(body: dict[str, Any], kind: Any) -> Any:
        searched.append(body)
        return await search(body, kind)

    return noting


async def test_a_provider_that_asks_for_time_gets_it_and_whoever_follows_is_told(model: ScriptedModel) -> None:
    model.script = [Fails(429, retry_after=0.05), Fails(503, retry_after=0.05), CLICK]
    told = Listener()

    await answer(model, told)

    assert [(wait.problem, wait.tries) for wait in told.waits] == [("too many requests", 1), ("it is overloaded", 2)]
    assert all(0.05 <= wait.seconds < 0.2 and wait.next_try_at > 1_000_000_000_000 for wait in told.waits)
    assert len(model.asked) == 3, "the client below must not try again by itself"


@pytest.mark.parametrize(
    "trouble", [Stalls(), CutOff(), Garbage(), Fails(500), Fails(429)], ids=lambda one: type(one).__name__
)
async def test_an_answer_that_stalls_breaks_off_or_makes_no_sense_is_asked_for_again(
    provider: str, model: ScriptedModel, trouble: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenobia.agents.browser.mind.FIRST_WAIT", 0.01)
    model.script = [trouble, CLICK]
    told = Listener()

    silent_for = 1.0 if isinstance(trouble, Stalls) else 30.0
    response = await asked(chosen(provider, model, within=60), told, silent_for=silent_for)

    assert response.usage.output_tokens == 20
    assert len(told.waits) == 1


async def test_a_request_that_is_refused_is_not_repeated(model: ScriptedModel) -> None:
    model.script = [Fails(401), CLICK]

    with pytest.raises(ModelFailed, match="refused the request with status 401"):
        await answer(model)

    assert len(model.asked) == 1


async def test_a_try_that_would_come_after_the_deadline_is_not_waited_for(model: ScriptedModel) -> None:
    model.script = [Fails(429, retry_after=0.01), Fails(429, retry_after=3_600), CLICK]

    with pytest.raises(ModelFailed, match="too many requests, tried 2 times"):
        await answer(model, within=60)

    assert len(model.asked) == 2


async def test_an_answer_that_does_not_come_ends_at_the_deadline(model: ScriptedModel) -> None:
    model.script = [Stalls(), CLICK]

    with pytest.raises(ModelFailed, match="it did not answer in time"):
        await answer(model, within=0.5)


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_time_to_come_back_is_read_in_every_form(provider: str, model: ScriptedModel, form: str) -> None:
    later = "3600" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    model.script = [Fails(429, retry_after=later), CLICK]

    with pytest.raises(ModelFailed, match="too many requests, tried once"):
        await asked(chosen(provider, model, within=600))


async def test_no_two_wait_for_the_same_time(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return 0.0

    monkeypatch.setattr("zenobia.agents.browser.mind.random.uniform", draw)
    model.script = [Fails(500), Fails(500), Fails(429, retry_after=0.01), CLICK]

    await answer(model, within=60)

    assert drawn[:2] == [(0.5, 1), (0.5, 1)]
    assert drawn[2:] == [(0, pytest.approx(0.001))], "never before the time that the provider asks for"


async def test_another_model_takes_over_from_one_that_cannot(model: ScriptedModel) -> None:
    model.script = [Fails(404), CLICK]

    response = await answer(model, fallback="openai:other")

    assert response.usage.output_tokens == 20
    assert [asked.body["model"] for asked in model.asked] == ["scripted", "other"]


async def test_a_fallback_does_not_wait_for_the_first_model_for_long(model: ScriptedModel) -> None:
    model.script = [Fails(429, retry_after=0.01), Fails(429, retry_after=0.01), CLICK]

    await answer(model, fallback="openai:other")

    assert [asked.body["model"] for asked in model.asked] == ["scripted", "scripted", "other"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, "No model is configured"),
        ("nobody:gpt", "Unknown model"),
        ("gpt", "Unknown model"),
        ("anthropic:claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_model_that_cannot_be_used_says_why(name: str | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    with pytest.raises(NoSuchModel, match=said):
        models(ModelChoice(name))


def test_a_session_chooses_names_only() -> None:
    server = ModelChoice("openai:a", base_url="http://127.0.0.1:1/v1", api_key="secret")

    chosen = server.of({"model": "openai:b", "fallbackModel": "openai:c", "baseUrl": "http://evil.example", "x": 1})

    assert chosen.names == ("openai:b", "openai:c")
    assert (chosen.base_url, chosen.api_key) == (server.base_url, server.api_key)
    assert server.of({"model": 5, "fallbackModel": ""}).names == ("openai:a",)
    assert "secret" not in repr(server)
