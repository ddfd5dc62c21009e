"""OpenAI's chat completions, responses and embeddings as JSON and as event streams. Must not know HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.corpus.capture.replies import DATED_MODEL, EMBEDDING_TOKENS, VECTOR, Reply, Usage, reply_to

_CREATED_S = 1_767_225_600


def answer(path: str, request: dict[str, Any]) -> dict[str, Any] | Iterator[str]:
    """The body for a request to `path` (without /v1), or the events of a stream."""
    if path == "/embeddings":
        return _embeddings(request)
    streams = bool(request.get("stream"))
    if path == "/responses":
        reply = _reply(request, "input")
        return _response_events(reply, request) if streams else _response(reply, "completed", request)
    reply = _reply(request, "messages")
    wants_usage = bool((request.get("stream_options") or {}).get("include_usage"))
    return _chunks(reply, wants_usage=wants_usage) if streams else _completion(reply)


def _reply(request: dict[str, Any], key: str) -> Reply:
    told = json.dumps(request.get(key, ""))
    return reply_to(
        told,
        offers_tools=bool(request.get("tools")),
        has_tool_result='"role": "tool"' in told or "function_call_output" in told,
    )


def _embeddings(request: dict[str, Any]) -> dict[str, Any]:
    number = len(request["input"]) if isinstance(request["input"], list) else 1
    data = [{"object": "embedding", "index": index, "embedding": list(VECTOR)} for index in range(number)]
    usage = {"prompt_tokens": EMBEDDING_TOKENS, "total_tokens": EMBEDDING_TOKENS}
    return {"object": "list", "data": data, "model": request["model"], "usage": usage}


def _completion(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.tool:
        message["tool_calls"] = [_tool_call(reply)]
    choice = {"index": 0, "finish_reason": _finish_reason(reply), "message": message, "logprobs": None}
    return _envelope("chat.completion", choices=[choice], usage=_usage(reply.usage))


def _chunks(reply: Reply, *, wants_usage: bool) -> Iterator[str]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "" if reply.words else None}]
    deltas += [{"content": word} for word in reply.words]
    if reply.tool:
        deltas.append({"tool_calls": [{"index": 0, **_tool_call(reply)}]})
    for delta in deltas:
        yield _chunk(choices=[{"index": 0, "delta": delta, "finish_reason": None}])
    yield _chunk(choices=[{"index": 0, "delta": {}, "finish_reason": _finish_reason(reply)}])
    if wants_usage:
        yield _chunk(choices=[], usage=_usage(reply.usage))
    yield "data: [DONE]\n\n"


def _chunk(**rest: Any) -> str:
    return f"data: {json.dumps(_envelope('chat.completion.chunk', **rest))}\n\n"


def _envelope(kind: str, **rest: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-7", "object": kind, "created": _CREATED_S, "model": DATED_MODEL, **rest}


def _finish_reason(reply: Reply) -> str:
    return "tool_calls" if reply.tool else "stop"


def _tool_call(reply: Reply) -> dict[str, Any]:
    return {"id": "call_7", "type": "function", "function": {"name": reply.tool, "arguments": reply.arguments}}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _response(reply: Reply, status: str, request: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "input_tokens": reply.usage.input,
        "input_tokens_details": {"cached_tokens": reply.usage.cache_read},
        "output_tokens": reply.usage.output,
        "output_tokens_details": {"reasoning_tokens": reply.usage.reasoning},
        "total_tokens": reply.usage.input + reply.usage.output,
    }
    done = status == "completed"
    return {
        "id": "resp_7",
        "object": "response",
        "created_at": _CREATED_S,
        "status": status,
        "model": DATED_MODEL,
        "output": [_output_item(reply)] if done else [],
        "usage": usage if done else None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "instructions": request.get("instructions"),
        "tools": request.get("tools", []),
        "temperature": request.get("temperature", 1.0),
        "max_output_tokens": request.get("max_output_tokens"),
    }


def _output_item(reply: Reply) -> dict[str, Any]:
    if reply.tool:
        call = {"call_id": "call_7", "name": reply.tool, "arguments": reply.arguments}
        return {"type": "function_call", "id": "fc_7", "status": "completed", **call}
    content = [{"type": "output_text", "text": reply.text, "annotations": []}]
    return {"type": "message", "id": "msg_7", "role": "assistant", "status": "completed", "content": content}


def _response_events(reply: Reply, request: dict[str, Any]) -> Iterator[str]:
    item = _output_item(reply)
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": _response(reply, "in_progress", request)},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress", "content": []}},
    ]
    where = {"item_id": "msg_7", "output_index": 0, "content_index": 0}
    if reply.words:
        part = {"type": "output_text", "text": "", "annotations": []}
        events.append({"type": "response.content_part.added", **where, "part": part})
    events += [{"type": "response.output_text.delta", **where, "delta": word, "logprobs": []} for word in reply.words]
    if reply.words:
        events.append({"type": "response.output_text.done", **where, "text": reply.text, "logprobs": []})
    events += [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": _response(reply, "completed", request)},
    ]
    for number, event in enumerate(events):
        yield f"event: {event['type']}\ndata: {json.dumps({'sequence_number': number, **event})}\n\n"
