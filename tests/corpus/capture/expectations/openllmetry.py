"""Spans of OpenLLMetry's (Traceloop's) instrumentations, which since 0.53 use OpenTelemetry's names and add their own."""

from __future__ import annotations

from tests.corpus.capture.expectations.span import Spans
from tests.corpus.capture.rows import (
    AGENT_ANSWER,
    AGENT_CALL,
    CHAT,
    CLAUDE_CHAT,
    CLAUDE_STREAM,
    CLAUDE_TOOL_ANSWER,
    CLAUDE_TOOL_CALL,
    EMBEDDING,
    FAILED,
    NATIVE_CLAUDE,
    RESPONSE,
    STREAM,
    TOOL_ANSWER,
    TOOL_CALL,
    changed,
)

_CHAT = "openai.chat"
_WHO = {"session_id": "session-1", "user_id": "user-1"}
# The old one numbers its messages, counts what a model only thought nowhere, and asks no stream for its usage.
_INDEXED = {"is_stream": False, "provider": "openai"}
_UNCOUNTED = {"input_tokens": None, "output_tokens": None, "cache_read_tokens": None, "cost_status": "no_usage"}

EXPECTED: dict[str, Spans] = {
    "openllmetry/openai": [
        (_CHAT, changed(CHAT, is_stream=False)),
        (_CHAT, changed(STREAM, "reasoning_tokens")),
        (_CHAT, changed(TOOL_CALL, is_stream=False)),
        (_CHAT, changed(TOOL_ANSWER, is_stream=False)),
        ("openai.response", changed(RESPONSE, is_stream=False)),
        ("openai.embeddings", changed(EMBEDDING, is_stream=False)),
        (_CHAT, changed(FAILED, error_type="NotFoundError", is_stream=False)),
    ],
    "openllmetry/openai_indexed": [
        (_CHAT, changed(CHAT, "reasoning_tokens", **_INDEXED)),
        (_CHAT, changed(STREAM, "reasoning_tokens", **_UNCOUNTED)),
        (_CHAT, changed(TOOL_CALL, "reasoning_tokens", **_INDEXED)),
        (_CHAT, changed(TOOL_ANSWER, "reasoning_tokens", **_INDEXED)),
        ("openai.embeddings", changed(EMBEDDING, **_INDEXED)),
        (_CHAT, changed(FAILED, **_INDEXED)),
    ],
    # Its stream's output counts the answer's first token twice: 1 as the message begins, and 5 in all as it ends.
    "openllmetry/anthropic": [
        ("anthropic.chat", CLAUDE_CHAT),
        ("anthropic.messages.create", NATIVE_CLAUDE),
        ("anthropic.chat", changed(CLAUDE_STREAM, "is_stream", "has_time_to_first_chunk", output_tokens=6)),
        ("anthropic.chat", changed(CLAUDE_TOOL_CALL, "tool_definitions")),
        ("anthropic.chat", changed(CLAUDE_TOOL_ANSWER, "tool_definitions")),
    ],
    "openllmetry/langchain": [
        ("support.workflow", {"kind": "workflow", "workflow_name": "support", "cost_status": "roll_up", **_WHO}),
        ("invoke_agent order_agent", {"kind": "agent", "operation": "invoke_agent", "agent_name": "order_agent"}),
        ("ChatOpenAI.chat", changed(AGENT_CALL, "reasoning_tokens", **_WHO)),
        ("execute_tool get_order", {"kind": "tool", "operation": "execute_tool", "tool_name": "get_order", **_WHO}),
        ("ChatOpenAI.chat", changed(AGENT_ANSWER, "reasoning_tokens", **_WHO)),
    ],
}
