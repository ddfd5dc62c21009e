"""Anthropic's messages as JSON and as an event stream. Must not know HTTP.

Anthropic counts what was read from and written to the cache apart from `input_tokens`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.corpus.capture.replies import DATED_CLAUDE, Reply, reply_to


def answer(request: dict[str, Any]) -> dict[str, Any] | Iterator[str]:
    """The body for a request to /v1/messages, or the events of a stream."""
    told = json.dumps(request.get("messages", ""))
    reply = reply_to(told, offers_tools=bool(request.get("tools")), has_tool_result="tool_result" in told)
    return _events(reply) if request.get("stream") else _message(reply)


def _message(reply: Reply) -> dict[str, Any]:
    return {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": DATED_CLAUDE,
        "content": [_block(reply)],
        "stop_reason": "tool_use" if reply.tool else "end_turn",
        "stop_sequence": None,
        "usage": _usage(reply),
    }


def _block(reply: Reply) -> dict[str, Any]:
    if reply.tool:
        return {"type": "tool_use", "id": "toolu_7", "name": reply.tool, "input": json.loads(reply.arguments)}
    return {"type": "text", "text": reply.text}


def _usage(reply: Reply) -> dict[str, int]:
    usage = reply.usage
    return {
        "input_tokens": usage.input - usage.cache_read - usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_write,
        "output_tokens": usage.output,
    }


def _events(reply: Reply) -> Iterator[str]:
    started = _message(reply) | {"content": [], "stop_reason": None, "usage": {**_usage(reply), "output_tokens": 1}}
    nothing: dict[str, Any] = {"input": {}} if reply.tool else {"text": ""}
    empty = _block(reply) | nothing
    deltas: list[dict[str, Any]] = [{"type": "text_delta", "text": word} for word in reply.words]
    if reply.tool:
        deltas.append({"type": "input_json_delta", "partial_json": reply.arguments})
    stop = {"stop_reason": _message(reply)["stop_reason"], "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": started},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": reply.usage.output}},
        {"type": "message_stop"},
    ]
    for event in events:
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
