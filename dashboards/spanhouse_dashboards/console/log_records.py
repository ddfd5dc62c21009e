"""Makes of a span's log records what its panel shows: messages that were sent as events are read as messages.

Must not know HTML or the store.
Source: semantic-conventions 1.27 to 1.36, docs/gen-ai/gen-ai-events.md: one event for each message, its fields in the body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanhouse_dashboards.console.messages import Message, Part, read_message, read_value
from spanhouse_dashboards.console.repeats import Shown, is_shown, unshown

MAX_LOGS = 200
# Who speaks in an event of this name, unless its body says otherwise.
_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "assistant",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """One log record, `offset_ns` after the span's start. `message` where it is one; else `body`, None where it is empty.

    `is_repeated`: it holds a message that the span shows already, which is then left out.
    """

    name: str
    severity: str
    offset_ns: int
    message: Message | None
    body: Part | None
    attributes: Sequence[tuple[str, Part]]
    is_repeated: bool


def read_logs(rows: Sequence[Mapping[str, Any]], *, span_start_ns: int, shown: Shown) -> list[LogRecord]:
    """The records of rows of `span_logs.sql`, in their order; `shown` is what the span's messages show."""
    return [_record(row, span_start_ns, shown=shown) for row in rows]


def _record(row: Mapping[str, Any], span_start_ns: int, *, shown: Shown) -> LogRecord:
    # Before records had names of their own, an attribute held the event's.
    name = row["event_name"] or row["attributes"].get("event.name", "")
    message = _message(name, row["body"])
    attributes = unshown(name, row["attributes"], shown=shown)
    is_body_shown = message is not None and is_shown(message.parts, shown)
    return LogRecord(
        name=name,
        severity=row["severity"],
        offset_ns=row["time_ns"] - span_start_ns,
        message=None if is_body_shown else message,
        body=read_value(row["body"]) if row["body"] and message is None else None,
        attributes=[(key, read_value(attributes[key])) for key in sorted(attributes)],
        is_repeated=is_body_shown or len(attributes) < len(row["attributes"]),
    )


def _message(name: str, text: str) -> Message | None:
    """The message in an event's body, None where the event is no message or has none (content may be switched off)."""
    role = _ROLES.get(name)
    try:
        body = json.loads(text) if role else None
    except (ValueError, RecursionError):
        return None
    if role is None or not isinstance(body, Mapping):
        return None
    message = body.get("message")
    said = message if isinstance(message, Mapping) else body
    parts = _parts(said, answers_call=role == "tool")
    if not parts:
        return None
    finish_reason = body.get("finish_reason", "")
    return read_message({"role": said.get("role"), "parts": parts, "finish_reason": finish_reason}, default_role=role)


def _parts(said: Mapping[str, Any], *, answers_call: bool) -> list[Any]:
    content, calls = said.get("content"), said.get("tool_calls")
    if answers_call:
        return [{"type": "tool_call_response", "id": said.get("id"), "response": content}] if content is not None else []
    parts = content if isinstance(content, list) else [content] if content else []
    return [*parts, *(_call(call) for call in (calls if isinstance(calls, list) else []))]


def _call(call: Any) -> Any:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    return {"type": "tool_call", "id": call.get("id"), "name": function.get("name"), "arguments": function.get("arguments", "")}
