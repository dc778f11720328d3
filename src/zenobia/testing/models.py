"""A language model that follows a script, behind a real port: it speaks the wire formats of OpenAI (chat completions
and Responses), Anthropic and Google.

    async with scripted_model([Calls(Call("open", url="…")), Calls(Call("done", text="Seen."))]) as model:
        ...  # point the OpenAI client at model.url + "/v1", or those of Anthropic and Google at model.url

Real provider clients run against it, and with them everything between a session and a model.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from zenobia.agents.browser.brief import spelled_out
from zenobia.server.listening import Listening
from zenobia.testing.formats import anthropic_pieces, google_pieces, openai_pieces, openai_whole, responses_pieces

LARGEST = 1 << 26
PIECES = {
    "/v1/chat/completions": openai_pieces,
    "/v1/responses": responses_pieces,
    "/v1/messages": anthropic_pieces,
}
"""How an answer is streamed, by the path at which it was asked for."""

THOUGHT = "Let me think"
GOOGLE = "/v1beta/models/{call:path}"


class Call:
    """One tool call; `raw` takes the place of well-formed arguments."""

    def __init__(self, tool: str, /, raw: str | None = None, **arguments: Any) -> None:
        self.tool = tool
        self.arguments = orjson.dumps(arguments).decode() if raw is None else raw


class Calls:
    """An answer: some words, some tool calls, and the tokens it is said to have cost."""

    def __init__(self, *calls: Call, text: str = "", input_tokens: int = 1_000, output_tokens: int = 50) -> None:
        self.calls = calls
        self.text = text
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens


@dataclass(frozen=True, slots=True)
class Fails:
    """An HTTP error, with the seconds after which to come back if given; text is sent as `Retry-After` as it stands."""

    status: int
    retry_after: float | str | None = None


@dataclass(frozen=True, slots=True)
class Stalls:
    """An answer that begins and then says nothing more, until the client gives up."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """An answer that is no answer."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """An answer that breaks off in the middle of the connection."""


Turn = Calls | Fails | Stalls | Garbage | CutOff


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model was asked, read for a script's needs."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """Every text of the request, in order."""
        told = [self.body.get(name) for name in ("system", "instructions", "systemInstruction")]
        return "\n".join(_texts([*told, self._messages]))

    @property
    def last(self) -> str:
        """The texts of the newest message: what the page looks like now."""
        return "\n".join(_texts(self._messages[-1]))

    @property
    def _messages(self) -> list[Any]:
        return next(self.body[name] for name in ("messages", "input", "contents") if name in self.body)

    @property
    def images(self) -> int:
        """How many pictures came with it."""
        return len(re.findall(rb'"type":"(?:image_url|image|input_image)"|"inlineData"', orjson.dumps(self.body)))

    @property
    def tools(self) -> set[str]:
        """The names of the tools on offer."""
        tools = self.body.get("tools", [])
        declared = [one for tool in tools for one in tool.get("functionDeclarations", [])]
        return {(tool.get("function") or tool)["name"] for tool in declared or tools}

    def ref(self, words: str) -> str:
        """The reference of the first element in the newest message that `words` are said of, as `button "Save"`.

        Raises:
            LookupError: no line does.
        """
        for line in self.last.splitlines():
            if (said := spelled_out(line)) is not None and words in said:
                return said[1:].partition("]")[0]
        raise LookupError(f"no element with {words!r} in:\n{self.last}")


Decide = Callable[[Asked], Turn | Awaitable[Turn]]


@dataclass
class ScriptedModel:
    """The running model: what it was asked, and its script; an answer that is a function is made from the question."""

    script: list[Turn | Decide] = field(default_factory=list[Turn | Decide])
    asked: list[Asked] = field(default_factory=list[Asked])
    url: str = ""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever it is asked."""

    async def answer(self, request: Request) -> Response:
        """Answer one request by the script; beyond its end, with an error that no retry mends."""
        asked = Asked(request.url.path, orjson.loads(await request.body()), dict(request.headers))
        self.asked.append(asked)
        self.woken.set()
        turn = self.script.pop(0) if self.script else Fails(400)
        if not isinstance(turn, Turn):
            made = turn(asked)
            turn = made if isinstance(made, Turn) else await made
        return _response(asked, turn)


@asynccontextmanager
async def scripted_model(script: Iterable[Turn | Decide] = ()) -> AsyncGenerator[ScriptedModel]:
    """A model that answers by `script`, one turn a request, for as long as the context lasts."""
    model = ScriptedModel(list(script))
    routes = [Route(path, model.answer, methods=["POST"]) for path in (*PIECES, GOOGLE)]
    listening = Listening(Starlette(routes=routes), "127.0.0.1", 0, largest_message=LARGEST)
    model.url = listening.url
    serving = asyncio.create_task(listening.serve(), name="scripted model")
    serving.add_done_callback(lambda _: listening.ended.set())
    await listening.ready.wait()
    try:
        yield model
    finally:
        await listening.stop()


def _response(asked: Asked, turn: Turn) -> Response:
    match turn:
        case Fails(status, retry_after):
            headers = _come_back(retry_after)
            error = {"type": "error", "error": {"type": "scripted", "message": "The script says so."}}
            return JSONResponse(error, status, headers)
        case Garbage():
            return Response(b"<html>Bad gateway</html>", 200, media_type="text/html")
        case Stalls():
            return _streamed(asked, Calls(text=THOUGHT), stall=True)
        case CutOff():
            return _streamed(asked, Calls(Call("click", ref="e1")), cut=True)
        case Calls():
            if asked.body.get("stream") or asked.path.endswith(":streamGenerateContent"):
                return _streamed(asked, turn)
            return JSONResponse(openai_whole(turn.text, [(one.tool, one.arguments) for one in turn.calls]))


def _come_back(after: float | str | None) -> dict[str, str]:
    """The header that says when to come back."""
    if isinstance(after, str):
        return {"retry-after": after}
    return {} if after is None else {"retry-after-ms": str(int(after * 1_000))}


def _streamed(asked: Asked, turn: Calls, *, stall: bool = False, cut: bool = False) -> Response:
    make = PIECES.get(asked.path, google_pieces)
    calls = [(one.tool, one.arguments) for one in turn.calls]
    pieces = make(turn.text, calls, turn.input_tokens, turn.output_tokens)

    async def stream() -> AsyncGenerator[bytes]:
        for number, piece in enumerate(pieces):
            yield piece
            if stall and THOUGHT.encode() in piece:
                await asyncio.Event().wait()
            if number == 1 and cut:
                raise ConnectionResetError("the script says so")

    return StreamingResponse(stream(), media_type="text/event-stream")


def _texts(value: Any) -> Iterable[str]:
    """Every text in a message, whichever wire format it has."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(one)
    elif isinstance(value, dict):
        for key in ("content", "text", "output", "parts", "functionResponse", "response", "return_value"):
            yield from _texts(value.get(key))  # pyright: ignore[reportUnknownMemberType]
