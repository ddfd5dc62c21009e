"""Parts of messages: what each way of writing a piece of content down becomes in OpenTelemetry's schema of parts.

A piece that nobody knows stays what it is, under its own type. Must not know roles, nor where messages stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanhouse_collector.ingest.dialects import reading

Part = dict[str, Any]
Piece = dict[str, Any]


def parts(content: Any) -> list[Part]:
    """The parts of a message's content: a text, a piece, or a list of either."""
    if content in (None, "", []):
        return []
    if isinstance(content, list):
        return [part(piece) for piece in content[: reading.MAX_ITEMS] if piece not in (None, "")]
    return [part(content)]


def part(piece: Any) -> Part:
    """One part."""
    if not isinstance(piece, dict):
        return text(reading.text(piece))
    kind = piece.get("type")
    convert = _BY_TYPE.get(kind) if isinstance(kind, str) else None
    if convert is None:
        convert = next((found for key, found in _BY_KEY.items() if key in piece), None)
    if convert is not None:
        return convert(piece)
    return piece if isinstance(kind, str) else text(reading.text(piece))


def text(content: str) -> Part:
    """A part of text."""
    return {"type": "text", "content": content}


def tool_call(call: Piece) -> Part:
    """A call of a tool, as OpenAI, Anthropic, Gemini, LangChain and the AI SDK write it."""
    function = call.get("function")
    inner = function if isinstance(function, dict) else call
    arguments = _first(inner, "arguments", "args", "input")
    found = {
        "type": "tool_call",
        "id": _first(call, "id", "call_id", "toolCallId", "tool_call_id", "toolUseId"),
        "name": _first(inner, "name", "toolName", "tool_name"),
        "arguments": _value(arguments),
    }
    return {key: value for key, value in found.items() if value is not None}


def tool_response(piece: Piece) -> Part:
    """What a tool gave back."""
    response = _first(piece, "response", "result", "output", "content")
    if isinstance(response, dict) and response.keys() == {"type", "value"}:
        # The AI SDK says how the value is to be read.
        response = response["value"]
    if isinstance(response, list) and len(response) == 1 and isinstance(response[0], dict):
        # Anthropic and Bedrock wrap a text that is all there is.
        only = response[0]
        response = only["text"] if only.keys() <= {"type", "text"} and "text" in only else response
    found = {
        "type": "tool_call_response",
        "id": _first(piece, "id", "tool_call_id", "tool_use_id", "toolCallId", "call_id", "toolUseId"),
        "response": _value(response),
    }
    return {key: value for key, value in found.items() if value is not None}


def _value(value: Any) -> Any:
    """Arguments and results often arrive as JSON texts; they become values, so that they are one thing in every dialect."""
    found = reading.decoded(value) if isinstance(value, str) else None
    return value if found is None else found


def _first(piece: Piece, *names: str) -> Any:
    return next((piece[name] for name in names if piece.get(name) not in (None, "")), None)


def _text(piece: Piece) -> Part:
    found = _first(piece, "content", "text")
    return text(found if isinstance(found, str) else reading.text(found))


def _reasoning(piece: Piece) -> Part:
    found = _first(piece, "content", "text", "thinking", "reasoning", "summary", "data")
    return {"type": "reasoning", "content": found if isinstance(found, str) else reading.text(found)}


def _media(modality: str) -> Callable[[Piece], Part]:
    """A piece that holds an image, a sound, a film or a file: by its address, its bytes or its id."""

    def convert(piece: Piece) -> Part:
        held = _first(piece, "image_url", "image", "input_audio", "audio", "source", "file", "document", "inlineData")
        inner = held if isinstance(held, dict) else {"url": held} if held is not None else piece
        nested = inner.get("image")
        inner = nested if isinstance(nested, dict) else inner
        return _located(inner, piece, modality)

    return convert


def _located(inner: Piece, piece: Piece, modality: str) -> Part:
    mime_type = _first(inner, "mime_type", "media_type", "mimeType", "mediaType") or _first(piece, "mediaType", "mimeType")
    file_id = _first(inner, "file_id")
    if file_id is not None:
        return {"type": "file", "modality": modality, "file_id": file_id}
    data = _first(inner, "data", "bytes", "file_data")
    if data is None:
        return {"type": "uri", "modality": modality, "uri": reading.text(_first(inner, "url", "uri", "fileUri", "value"))}
    found = {"type": "blob", "modality": modality, "content": reading.text(data)}
    return {**found, "mime_type": mime_type} if mime_type is not None else found


def _wrapped(key: str, convert: Callable[[Piece], Part]) -> Callable[[Piece], Part]:
    """A piece that stands alone under a key."""

    def unwrap(piece: Piece) -> Part:
        inner = piece[key]
        return convert(inner) if isinstance(inner, dict) else text(reading.text(inner))

    return unwrap


def _as_is(piece: Piece) -> Part:
    return piece


_BY_TYPE: dict[str, Callable[[Piece], Part]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "refusal": lambda piece: text(reading.text(piece.get("refusal"))),
    "reasoning": _reasoning,
    "thinking": _reasoning,
    "redacted_thinking": _reasoning,
    "tool_call": tool_call,
    "tool_use": tool_call,
    "tool-call": tool_call,
    "function_call": tool_call,
    "function": tool_call,
    "tool_call_response": tool_response,
    "tool_result": tool_response,
    "tool-result": tool_response,
    "function_call_output": tool_response,
    "image_url": _media("image"),
    "input_image": _media("image"),
    "image": _media("image"),
    "input_audio": _media("audio"),
    "audio": _media("audio"),
    "video": _media("video"),
    "file": _media("document"),
    "input_file": _media("document"),
    "document": _media("document"),
    "blob": _as_is,
    "uri": _as_is,
}
# Gemini and Bedrock tell pieces apart by a key instead of a type.
_BY_KEY: dict[str, Callable[[Piece], Part]] = {
    "functionCall": _wrapped("functionCall", tool_call),
    "function_call": _wrapped("function_call", tool_call),
    "functionResponse": _wrapped("functionResponse", tool_response),
    "function_response": _wrapped("function_response", tool_response),
    "toolUse": _wrapped("toolUse", tool_call),
    "toolResult": _wrapped("toolResult", tool_response),
    "inlineData": _media("image"),
    "inline_data": _wrapped("inline_data", _media("image")),
    "text": _text,
}
