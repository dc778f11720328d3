"""One answer of a model, as the pieces that OpenAI's and Anthropic's servers stream it in."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

NAME = "scripted"
ToolCall = tuple[str, str]
"""A tool's name and its arguments as JSON text."""


def openai_whole(text: str, calls: Sequence[ToolCall]) -> dict[str, Any]:
    """A chat completion in one piece."""
    message = {"role": "assistant", "content": text or None, "tool_calls": _openai_calls(calls) or None}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    usage = {"prompt_tokens": 1_000, "completion_tokens": 50, "total_tokens": 1_050}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": NAME, "choices": [choice], "usage": usage}


def openai_pieces(text: str, calls: Sequence[ToolCall], input_tokens: int, output_tokens: int) -> Iterator[bytes]:
    """A chat completion as server-sent events."""
    yield _openai_piece({"role": "assistant", "content": ""})
    if text:
        yield _openai_piece({"content": text})
    for index, call in enumerate(_openai_calls(calls)):
        arguments: str = call["function"]["arguments"]
        half = len(arguments) // 2
        call["function"]["arguments"] = arguments[:half]
        yield _openai_piece({"tool_calls": [{"index": index, **call}]})
        yield _openai_piece({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]})
    yield _openai_piece({}, finish="tool_calls" if calls else "stop")
    total = input_tokens + output_tokens
    usage = {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": total}
    yield _data({**_openai_frame(), "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _openai_calls(calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]


def _openai_frame() -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": NAME}


def _openai_piece(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _data({**_openai_frame(), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _data(value: Any) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


def anthropic_pieces(text: str, calls: Sequence[ToolCall], input_tokens: int, output_tokens: int) -> Iterator[bytes]:
    """A message as Anthropic's server-sent events."""
    usage = {"input_tokens": input_tokens, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": NAME,
        "content": [],
        "usage": usage,
    }
    yield _event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})
    index = 0
    if text:
        yield _event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        yield _event("content_block_delta", index=index, delta={"type": "text_delta", "text": text})
        yield _event("content_block_stop", index=index)
        index += 1
    for number, (name, arguments) in enumerate(calls):
        block: dict[str, Any] = {"type": "tool_use", "id": f"call_{number}", "name": name, "input": {}}
        yield _event("content_block_start", index=index, content_block=block)
        delta = {"type": "input_json_delta", "partial_json": arguments}
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
        index += 1
    stop = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage={"output_tokens": output_tokens})
    yield _event("message_stop")


def _event(kind: str, **facts: Any) -> bytes:
    return f"event: {kind}\n".encode() + _data({"type": kind, **facts})
