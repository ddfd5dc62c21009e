"""Messages: lists of what was said, as providers and frameworks write them, in OpenTelemetry's schema of messages.

Must not know dialects.
"""

from __future__ import annotations

from typing import Any

from spanhouse_collector.ingest.dialects import reading
from spanhouse_collector.ingest.dialects.parts import parts, text, tool_call, tool_response

Message = dict[str, Any]

_ROLES = {
    "human": "user",
    "ai": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "function": "tool",
    "developer": "system",
    "humanmessage": "user",
    "aimessage": "assistant",
    "systemmessage": "system",
    "toolmessage": "tool",
}
# Keys under which requests, answers and frameworks' states keep their messages, most telling first.
_HOLDERS = ("messages", "message", "choices", "candidates", "generations", "contents", "items")
_PLAIN_HOLDERS = ("prompt", "input", "output", "text", "query", "question", "answer")
_MAX_DEPTH = 6


def messages(value: Any, role: str) -> list[Message]:
    """The messages in a value, whatever way they are held; one of `role` with the text of the value if none are found."""
    found = held(value, role)
    if found or value in (None, "", [], {}):
        return found
    inner = plain(value)
    return [{"role": role, "parts": parts(value)}] if inner is None else _with_frame(value, [_text_message(inner, role)], role)


def plain(value: Any) -> str | None:
    """The text that was asked or answered, where an object holds it under a usual key."""
    if not isinstance(value, dict):
        return None
    return next((value[key] for key in _PLAIN_HOLDERS if isinstance(value.get(key), str)), None)


def held(value: Any, role: str, *, depth: int = 0) -> list[Message]:
    """The messages in a value; none if it is not made of messages."""
    if depth > _MAX_DEPTH:
        return []
    if isinstance(value, list):
        return [message for item in value[: reading.MAX_ITEMS] for message in held(item, role, depth=depth + 1)]
    if not isinstance(value, dict):
        return []
    for key in _HOLDERS:
        inner = value.get(key)
        if isinstance(inner, list | dict):
            found = held(inner, role, depth=depth + 1)
            if found:
                return _with_frame(value, found, role)
    return [message(value, role)] if _is_message(value) else []


def _is_message(value: dict[str, Any]) -> bool:
    is_typed = isinstance(value.get("type"), str) and value["type"].lower() in (*_ROLES, "system", "tool", "user", "assistant")
    return "role" in value or "tool_calls" in value or "kwargs" in value or (is_typed and "content" in value)


def _with_frame(holder: dict[str, Any], found: list[Message], role: str) -> list[Message]:
    """What the holder says of its messages: a system prompt before them, a finish reason of the one that it ended with."""
    system = holder.get("system") or holder.get("instructions")
    if role == "user" and isinstance(system, str | list):
        found = [{"role": "system", "parts": parts(system)}, *found]
    reason = holder.get("finish_reason") or holder.get("finishReason")
    if isinstance(reason, str) and role == "assistant":
        found[-1].setdefault("finish_reason", reason)
    return found


def message(value: dict[str, Any], role: str) -> Message:
    """One message. `role` is that of a message which does not say."""
    if isinstance(value.get("kwargs"), dict):
        # LangChain's serialised form: the class is the last word of its path.
        path = value.get("id")
        name = path[-1] if isinstance(path, list) and path else ""
        value = {"type": name, **value["kwargs"]}
    said = _role(value, role)
    found: Message = {"role": said, "parts": _said(value, said)}
    if isinstance(value.get("name"), str) and value["name"]:
        found["name"] = value["name"]
    reason = value.get("finish_reason") or value.get("finishReason") or value.get("stop_reason")
    if isinstance(reason, str) and reason:
        found["finish_reason"] = reason
    return found


def _role(value: dict[str, Any], role: str) -> str:
    given = value.get("role") or value.get("type")
    if not isinstance(given, str) or given in ("message", "constructor"):
        return role
    return _ROLES.get(given.lower(), given)


def _said(value: dict[str, Any], role: str) -> list[dict[str, Any]]:
    answered = value.get("tool_call_id") or value.get("toolCallId")
    content = value.get("parts") or value.get("content")
    if role == "tool" and not isinstance(value.get("parts"), list) and not _is_tool_response(content):
        given = {"id": answered or value.get("id"), "response": content}
        return [tool_response(given)]
    if isinstance(content, dict) and "parts" in content:
        content = content["parts"]
    said = [*_reasoned(value), *parts(content)]
    calls = value.get("tool_calls") or value.get("toolCalls") or []
    if isinstance(calls, list):
        said += [tool_call(call) for call in calls[: reading.MAX_ITEMS] if isinstance(call, dict)]
    if isinstance(value.get("function_call"), dict):
        said.append(tool_call(value["function_call"]))
    return said


def _is_tool_response(content: Any) -> bool:
    types = ("tool-result", "tool_result", "tool_call_response")
    keys = ("toolResult", "functionResponse", "function_response")
    pieces = [piece for piece in content if isinstance(piece, dict)] if isinstance(content, list) else []
    return any(piece.get("type") in types or any(key in piece for key in keys) for piece in pieces)


def _reasoned(value: dict[str, Any]) -> list[dict[str, Any]]:
    reasoning = value.get("reasoning_content") or value.get("reasoning") or value.get("thinking")
    return [{"type": "reasoning", "content": reasoning}] if isinstance(reasoning, str) else []


def _text_message(content: str, role: str) -> Message:
    return {"role": role, "parts": [text(content)]}
