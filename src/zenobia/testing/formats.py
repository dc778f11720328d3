"""One answer of a model, as the pieces that OpenAI's, Anthropic's and Google's servers stream it in."""

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


def responses_pieces(text: str, calls: Sequence[ToolCall], input_tokens: int, output_tokens: int) -> Iterator[bytes]:
    """An answer in the format of OpenAI's Responses, as server-sent events."""
    whole: dict[str, Any] = {"id": "r1", "object": "response", "created_at": 1, "model": NAME, "output": []}
    whole |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "in_progress"}
    pieces = [("response.created", {"response": whole}), *_responses_items(text, calls)]
    items = [facts["item"] for kind, facts in pieces if kind == "response.output_item.done"]
    usage = {"input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": input_tokens + output_tokens}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    done = {**whole, "status": "completed", "output": items, "usage": {**usage, **details}}
    for number, (kind, facts) in enumerate([*pieces, ("response.completed", {"response": done})]):
        yield _event(kind, sequence_number=number, **facts)


def _responses_items(text: str, calls: Sequence[ToolCall]) -> Iterator[tuple[str, dict[str, Any]]]:
    added, finished, at = "response.output_item.added", "response.output_item.done", 0
    if text:
        message: dict[str, Any] = {"type": "message", "id": "m0", "role": "assistant", "status": "completed"}
        said: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
        yield added, {"output_index": at, "item": {**message, "content": []}}
        place = {"item_id": "m0", "output_index": at, "content_index": 0}
        yield "response.content_part.added", {**place, "part": {**said, "text": ""}}
        yield "response.output_text.delta", {**place, "delta": text, "logprobs": []}
        yield finished, {"output_index": at, "item": {**message, "content": [said]}}
        at += 1
    for number, (name, arguments) in enumerate(calls):
        call = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": name}
        place = {"item_id": call["id"], "output_index": at + number}
        yield added, {"output_index": at + number, "item": {**call, "arguments": "", "status": "in_progress"}}
        yield "response.function_call_arguments.delta", {**place, "delta": arguments}
        yield finished, {"output_index": at + number, "item": {**call, "arguments": arguments, "status": "completed"}}


def google_pieces(text: str, calls: Sequence[ToolCall], input_tokens: int, output_tokens: int) -> Iterator[bytes]:
    """An answer in the format of Google's generateContent, as server-sent events."""
    parts: list[dict[str, Any]] = [{"text": text}] if text else []
    end = "STOP"
    for number, (name, arguments) in enumerate(calls):
        try:
            parts.append({"functionCall": {"id": f"call_{number}", "name": name, "args": orjson.loads(arguments)}})
        except orjson.JSONDecodeError:
            end = "MALFORMED_FUNCTION_CALL"  # which is how Google tells of it
    for part in parts:
        yield _data({"candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}], "modelVersion": NAME})
    usage = {"promptTokenCount": input_tokens, "candidatesTokenCount": output_tokens}
    last: dict[str, Any] = {"index": 0, "finishReason": end, "content": {"role": "model", "parts": []}}
    yield _data({"candidates": [last], "usageMetadata": usage, "modelVersion": NAME})
