"""What was said between a session and its model: kept short, stored as it stands, taken up again after a crash.

A look at the page is added only to the request that it is for. What stays is the task, what the model did and noted,
what came of it, and what people said; so requests begin alike, which providers need not charge in full.
"""

from dataclasses import dataclass, field

from pydantic_ai.messages import (
    BinaryContent,
    CachePoint,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)

from zenobia.agents.browser.tools import Wanted
from zenobia.operators.base import Picture
from zenobia.protocol.session import Result
from zenobia.protocol.wire import Json

LONG = 120_000
"""Characters of a conversation beyond which its older part is summed up."""

SUMMARY = "What was done before, summed up:\n"
SUMMED_UP = LONG // 4
"""Characters of a summary; of what was done first, the least is kept. What people said is not part of it, but kept."""

KEPT = 8
"""Decisions that stay as they are when a conversation is summed up."""

NOTE = 400
RETURNED = 200
"""Characters that a summary keeps of a note of the model, and of what came of an action."""


@dataclass(slots=True)
class Conversation:
    """The messages so far, the steps taken, the seconds they took, what was found, and in which life of the session."""

    messages: list[ModelMessage] = field(default_factory=list[ModelMessage])
    steps: int = 0
    seconds: float = 0.0
    result: Result = field(default_factory=Result)
    warned: bool = False
    since: int = 0
    sent_from: str | None = None
    """The page before the last action, if that sent something that a page may confirm now."""

    @classmethod
    def recalled(cls, memo: Json) -> "Conversation":
        """The conversation as it was stored."""
        return cls(
            messages=ModelMessagesTypeAdapter.validate_python(memo["messages"]),
            steps=memo["steps"],
            seconds=memo["seconds"],
            result=Result.model_validate(memo["result"]),
            warned=memo["warned"],
            since=memo.get("since", 0),
            sent_from=memo.get("sentFrom"),
        )

    def memo(self) -> Json:
        """What is stored of it."""
        return {
            "messages": ModelMessagesTypeAdapter.dump_python(self.messages, mode="json"),
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            "result": self.result.wire(),
            "warned": self.warned,
            "since": self.since,
            "sentFrom": self.sent_from,
        }

    def take_up(self, since: int) -> None:
        """Begin another life of the session: its time, and the warning that it runs low, count anew."""
        self.since, self.seconds, self.warned = since, 0.0, False

    def hear(self, text: str) -> None:
        """Add what a person said."""
        part = UserPromptPart(text)
        if self.messages and isinstance(last := self.messages[-1], ModelRequest):
            self.messages[-1] = ModelRequest(parts=[*last.parts, part])
        else:
            self.messages.append(ModelRequest(parts=[part]))

    def request(self, instructions: str, look: str, picture: Picture | None, problem: str = "") -> list[ModelMessage]:
        """The messages of one request: all there are, how the page stands, and what was wrong with the last answer."""
        content: list[UserContent] = [CachePoint(), look]
        if picture is not None:
            content.append(BinaryContent(picture.data, media_type=picture.mime_type))
        if problem:
            content.append(problem)
        last = self.messages[-1]
        parts = list(last.parts) if isinstance(last, ModelRequest) else []
        before = self.messages[:-1] if isinstance(last, ModelRequest) else self.messages
        return [*before, ModelRequest(parts=[*parts, UserPromptPart(content)], instructions=instructions)]

    def answered(self, response: ModelResponse) -> None:
        """Add what the model answered."""
        self.messages.append(response)

    def returned(self, results: list[tuple[Wanted, str]]) -> None:
        """Add what came of the calls of the last answer."""
        if not results:
            return
        parts = [ToolReturnPart(call.tool, text, tool_call_id=call.id) for call, text in results]
        self.messages.append(ModelRequest(parts=parts))

    @property
    def pending(self) -> list[Wanted]:
        """The calls of the last answer, if nothing was returned for them yet."""
        last = self.messages[-1] if self.messages else None
        return calls(last) if isinstance(last, ModelResponse) else []

    @property
    def length(self) -> int:
        """Characters, about."""
        return sum(len(text) for message in self.messages for text in _texts(message))

    def shorten(self) -> bool:
        """Sum up the older part if the whole has become long; whether that was done."""
        answers = [at for at, message in enumerate(self.messages) if isinstance(message, ModelResponse)]
        if self.length < LONG or len(answers) <= KEPT:
            return False
        cut = answers[-KEPT]
        said = [part for message in self.messages[:cut] for part in _said_by_people(message)]
        told = [part for part in said if not _is_summary(part)]
        before = [str(part.content).removeprefix(SUMMARY) for part in said if _is_summary(part)]
        lines = [line for message in self.messages[1:cut] for line in _summed_up(message)]
        summary = "\n".join([*before, *lines])[-SUMMED_UP:]
        self.messages = [ModelRequest(parts=[*told, UserPromptPart(SUMMARY + summary)]), *self.messages[cut:]]
        return True


def _said_by_people(message: ModelMessage) -> list[UserPromptPart]:
    """What a message holds of people's words and decisions."""
    found: list[UserPromptPart] = []
    for part in message.parts:
        if isinstance(part, UserPromptPart):
            found.append(part)
        elif isinstance(part, ToolReturnPart):
            text = str(part.content)
            if part.tool_name == "ask" or (text.startswith("Not done: ") and " person " in text):
                found.append(UserPromptPart(f"In answer to {part.tool_name}: {text}"))
    return found


def _is_summary(part: UserPromptPart) -> bool:
    return isinstance(part.content, str) and part.content.startswith(SUMMARY)


def calls(response: ModelResponse) -> list[Wanted]:
    """The calls in an answer, each with an id of its own."""
    found: dict[str, Wanted] = {}
    for part in response.parts:
        if isinstance(part, ToolCallPart) and part.tool_call_id not in found:
            arguments = part.args if isinstance(part.args, str) else dict(part.args or {})
            found[part.tool_call_id] = Wanted(part.tool_call_id, part.tool_name, arguments)
    return list(found.values())


def words(response: ModelResponse) -> str:
    """What an answer says beside its calls."""
    return " ".join(part.content for part in response.parts if isinstance(part, TextPart)).strip()


def _texts(message: ModelMessage) -> list[str]:
    texts: list[str] = []
    for part in message.parts:
        match part:
            case TextPart(content=content):
                texts.append(content)
            case ToolCallPart(args=arguments):
                texts.append(str(arguments))
            case ToolReturnPart(content=content) | UserPromptPart(content=content):
                texts.append(str(content))
            case _:
                pass
    return texts


def _summed_up(message: ModelMessage) -> list[str]:
    lines: list[str] = []
    for part in message.parts:
        match part:
            case TextPart(content=content) if content.strip():
                lines.append(f"Noted: {_cut(content, NOTE)}")
            case ToolCallPart(tool_name=name, args=arguments):
                lines.append(f"- {name} {_cut(str(arguments), RETURNED)}")
            case ToolReturnPart(content=content):
                lines.append(f"  → {_cut(str(content), RETURNED)}")
            case _:
                pass
    return lines


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + "…"
