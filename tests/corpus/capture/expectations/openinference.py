"""Spans of OpenInference's instrumentations: flattened messages, no response id, the model asked for among parameters."""

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
    Row,
    changed,
    text,
)

_WHO = {"session_id": "session-1", "user_id": "user-1", "tags": ["beta", "shop"]}
_CHAT = "ChatCompletion"
_NATIVE = "anthropic.messages.create"
_SILENT_CLAUDE = ("cache_write_tokens", "reasoning_tokens", "response_id")
_THREAD = {"session_id": "session-1"}
_CHAIN = {"kind": "workflow", "operation": "invoke_workflow", "cost_status": "roll_up"}
_AGENT = {"kind": "agent", "operation": "invoke_agent", "agent_name": "order_agent", "cost_status": "roll_up"}
_TEMPLATE = {"session_id": "session-1", "prompt_version": "v3"}


def _openai() -> Spans:
    spans: list[tuple[str, Row]] = [
        (_CHAT, CHAT),
        (_CHAT, STREAM),
        (_CHAT, TOOL_CALL),
        (_CHAT, TOOL_ANSWER),
        ("Response", changed(RESPONSE, "finish_reasons")),
        ("CreateEmbeddings", changed(EMBEDDING, "response_model")),
        (_CHAT, changed(FAILED, error_type="openai.NotFoundError")),
    ]
    return [(name, changed(row, "response_id", **_WHO)) for name, row in spans]


EXPECTED: dict[str, Spans] = {
    "openinference/openai": _openai(),
    "openinference/openai_dual_write": _openai(),
    "openinference/anthropic": [
        ("messages.create", changed(CLAUDE_CHAT, "response_id")),
        (_NATIVE, NATIVE_CLAUDE),
        ("messages.stream", changed(CLAUDE_STREAM, "response_id", "has_time_to_first_chunk")),
        ("messages.create", changed(CLAUDE_TOOL_CALL, *_SILENT_CLAUDE, "cache_read_tokens")),
        ("messages.create", changed(CLAUDE_TOOL_ANSWER, *_SILENT_CLAUDE, "input_messages")),
    ],
    "openinference/langchain": [
        ("order_agent", changed(_AGENT, "agent_name", **_THREAD)),
        ("ChatOpenAI", changed(AGENT_CALL, "response_id", **_THREAD)),
        ("get_order", changed(TOOL, "tool_arguments", "tool_result", **_THREAD)),
        ("ChatOpenAI", changed(AGENT_ANSWER, "response_id", **_THREAD)),
        (
            "ChatOpenAI",
            changed(
                STREAM,
                "response_id",
                "parameters",
                "is_stream",
                "has_time_to_first_chunk",
                "response_model",
                input_messages=[text("user", "How long does a refund take?")],
                **_THREAD,
            ),
        ),
        ("PolicyRetriever", changed(RETRIEVAL, **_THREAD)),
    ],
    "openinference/llama_index": [
        ("RetrieverQueryEngine.query", _CHAIN),
        (
            "VectorIndexRetriever.retrieve",
            changed(RETRIEVAL, retrieval_query="How long does a refund take?"),
        ),
        (
            "OpenAI.chat",
            changed(
                CHAT,
                "response_id",
                "parameters",
                "response_model",
                input_messages=[text("user", "Refunds take five days.\nHow long does a refund take?")],
            ),
        ),
    ],
    "openinference/manual": [
        ("order_agent", {**changed(_AGENT, "agent_name"), **_TEMPLATE}),
        ("polite?", {"kind": "guardrail", "cost_status": "no_usage", **_TEMPLATE}),
        (
            "rerank",
            {
                "kind": "reranker",
                "request_model": "small-reranker",
                "retrieval_query": "How long does a refund take?",
                "retrieval_documents": [
                    {"content": "Refunds take five days.", "score": 0.9},
                    {"content": "We sell chairs.", "score": 0.1},
                ],
                "cost_status": "no_usage",
                **_TEMPLATE,
            },
        ),
        (
            "model",
            {
                "kind": "llm",
                "operation": "chat",
                "request_model": "gpt-4o-mini",
                "input_messages": [text("user", "Where is order 4711?")],
                "output_messages": [text("assistant", "It arrives on Friday.")],
                "input_tokens": None,
                "cost_status": "no_usage",
                **_TEMPLATE,
            },
        ),
        ("get_order", changed(TOOL, **_TEMPLATE)),
    ],
    # A response's own parameters say which model answered, not which one was asked.
    "openinference/openai_agents": [
        ("order_agent", _AGENT),
        ("response", changed(AGENT_CALL, "response_id", "request_model", "finish_reasons", "tool_definitions")),
        ("get_order", TOOL),
        ("response", changed(AGENT_ANSWER, "response_id", "request_model", "finish_reasons", "tool_definitions")),
    ],
}
