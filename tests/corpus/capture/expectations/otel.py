"""Spans of OpenTelemetry's own instrumentations, of generations G1 (openai-v2) to G3."""

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
    RETRIEVAL,
    STREAM,
    TOOL,
    TOOL_ANSWER,
    TOOL_CALL,
    changed,
    text,
)

_QUIET_COUNTS = ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")  # told only when they are not 0
_CHAT = "chat gpt-4o-mini"
_CLAUDE = "chat claude-sonnet-4-5"
_NATIVE = "anthropic.messages.create"

_AGENT = {"kind": "agent", "operation": "invoke_agent", "agent_name": "order_agent", "cost_status": "roll_up"}
# openai-v2 tells neither what was read from the cache nor what was only thought.
_V2_SILENT = ("cache_read_tokens", "reasoning_tokens", "tool_definitions", "is_stream", "has_time_to_first_chunk")
_SAID = ("input_messages", "output_messages")

EXPECTED: dict[str, Spans] = {
    "otel/openai": [
        (_CHAT, CHAT),
        (_CHAT, STREAM),
        (_CHAT, changed(TOOL_CALL, *_QUIET_COUNTS)),
        (_CHAT, changed(TOOL_ANSWER, *_QUIET_COUNTS[1:])),
        (_CHAT, RESPONSE),
        ("embeddings text-embedding-3-small", EMBEDDING),
        ("chat no-such-model", changed(FAILED, error_type="openai.NotFoundError")),
    ],
    # Since its release 2, Anthropic's client records every call itself, as a child of whatever span is current.
    "otel/anthropic": [
        (_CLAUDE, CLAUDE_CHAT),
        (_NATIVE, NATIVE_CLAUDE),
        (_CLAUDE, changed(CLAUDE_STREAM, "has_time_to_first_chunk")),
        (_NATIVE, changed(NATIVE_CLAUDE, is_stream=True, has_time_to_first_chunk=True)),
        (_CLAUDE, changed(CLAUDE_TOOL_CALL, *_QUIET_COUNTS)),
        (_CLAUDE, changed(CLAUDE_TOOL_ANSWER, *_QUIET_COUNTS[1:])),
    ],
    "otel/langchain": [
        ("invoke_agent order_agent", {**_AGENT, "output_messages": [text("assistant", "It arrives on Friday.")]}),
        (_CHAT, changed(AGENT_CALL, *_QUIET_COUNTS)),
        ("execute_tool get_order", TOOL),
        (_CHAT, changed(AGENT_ANSWER, *_QUIET_COUNTS[1:])),
        (_CHAT, changed(STREAM, "response_id", "parameters", input_messages=[text("user", "How long does a refund take?")])),
        ("retrieval", changed(RETRIEVAL, retrieval_documents=[{"id": "policy-1"}])),
    ],
    "otel/llama_index": [
        ("retrieval", changed(RETRIEVAL, "retrieval_documents", retrieval_query="How long does a refund take?")),
    ],
    "otel/openai_agents": [
        (
            "invoke_workflow Agent workflow",
            {"kind": "workflow", "operation": "invoke_workflow", "workflow_name": "Agent workflow", "cost_status": "roll_up"},
        ),
        ("invoke_agent order_agent", _AGENT),
        (_CHAT, changed(AGENT_CALL, *_QUIET_COUNTS, response_id="resp_7")),
        ("execute_tool get_order", TOOL),
        (_CHAT, changed(AGENT_ANSWER, *_QUIET_COUNTS[1:], response_id="resp_7")),
    ],
    # What was said stands in the log signal, an event a message (openai_v2.logs.otlp); the span alone does not tell it.
    "otel/openai_v2": [
        (_CHAT, changed(CHAT, *_V2_SILENT, *_SAID)),
        (_CHAT, changed(STREAM, *_V2_SILENT, *_SAID, "finish_reasons")),
        (_CHAT, changed(TOOL_CALL, *_V2_SILENT, *_SAID)),
        (_CHAT, changed(TOOL_ANSWER, *_V2_SILENT, *_SAID)),
        ("embeddings text-embedding-3-small", EMBEDDING),
        ("chat no-such-model", changed(FAILED, *_SAID)),
    ],
    "otel/openai_v2_latest": [
        (_CHAT, changed(CHAT, *_V2_SILENT)),
        (_CHAT, changed(STREAM, *_V2_SILENT, "finish_reasons")),
        (_CHAT, changed(TOOL_CALL, *_V2_SILENT)),
        (_CHAT, changed(TOOL_ANSWER, *_V2_SILENT)),
        ("embeddings text-embedding-3-small", EMBEDDING),
        ("chat no-such-model", FAILED),
    ],
}
