"""Spans of agent frameworks and coding agents."""

from __future__ import annotations

from typing import Any

from tests.corpus.capture.calls import ORDER, REFUND, SYSTEM
from tests.corpus.capture.expectations.span import Spans
from tests.corpus.capture.rows import (
    AGENT_ANSWER,
    AGENT_CALL,
    CHAT,
    EMBEDDING,
    STREAM,
    TOOL,
    Row,
    changed,
    text,
    tool_call,
)

_WHO = {"session_id": "session-1", "user_id": "user-1"}
_AGENT: Row = {"kind": "agent", "operation": "invoke_agent", "agent_name": "order_agent", "cost_status": "roll_up"}
_TAGGED = {**_WHO, "tags": ["beta", "shop"]}
_PIECES = [{"text": '{"arrives": "Friday"}'}]
_ANSWERED = {"role": "user", "parts": [{"type": "tool_call_response", "id": "call_7", "response": _PIECES}]}
_ASKED = [text("user", "Where is order 4711?")]
_ROLL_UP = {"kind": "agent", "cost_status": "roll_up", "input_tokens": 118, "output_tokens": 26}


def _strands(asked: list[dict[str, Any]] | None = None) -> Spans:
    # It says neither who the provider is nor which model answered.
    silent = ("provider", "response_model", "response_id", "parameters", "tool_definitions", "reasoning_tokens", "cost_status")
    known = {**_WHO, "has_time_to_first_chunk": True}
    return [
        ("invoke_agent order_agent", {**_AGENT, **_WHO, "input_tokens": 118, "output_tokens": 26, "cache_read_tokens": 32}),
        ("chat", changed(AGENT_CALL, *silent, **known)),
        ("execute_tool get_order", changed(TOOL, "tool_result", **_WHO)),
        ("chat", changed(AGENT_ANSWER, *silent, **known, **({"input_messages": asked} if asked else {}))),
    ]


def _livekit(row: Row) -> Row:
    silent = ("provider", "response_model", "parameters", "reasoning_tokens", "cost_status")
    return changed(row, *silent, is_stream=True, has_time_to_first_chunk=True)


def _claude_code(row: Row, finish_reason: str) -> Row:
    wanted = {name: row[name] for name in ("kind", "operation", "input_tokens", "output_tokens", "cache_read_tokens")}
    return {
        **wanted,
        **_WHO,
        "provider": "anthropic",
        "request_model": "claude-sonnet-4-5-20250929",
        "cache_write_tokens": 0,
        "has_time_to_first_chunk": True,
        "finish_reasons": [finish_reason],
    }


def _claude_event(row: Row, *, cost_usd: float) -> Row:
    told = _claude_code(row, "")
    return changed(told, "finish_reasons", "has_time_to_first_chunk", cost_status="reported", cost_usd=cost_usd)


# One call, as both of its reports tell it.
_CLAUDE_PRINTED: Row = {
    "operation": "chat",
    "provider": "anthropic",
    "response_id": "req_7",
    "input_tokens": 21,
    "output_tokens": 5,
    "cache_read_tokens": 8,
    "cache_write_tokens": 4,
    "has_time_to_first_chunk": True,
}


def _codex_event(row: Row) -> Row:
    wanted = ("kind", "operation", "provider", "input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    told = {"request_model": "gpt-5-codex", "session_id": "session-1", "cost_status": "computed"}
    return {**{name: row[name] for name in wanted}, **told}


def _vercel_6(row: Row, *unknown: str) -> Row:
    return changed(row, "has_time_to_first_chunk", *unknown, **_TAGGED)


EXPECTED: dict[str, Spans] = {
    "strands/agent": _strands(),
    # A tool's answer is a list of pieces here, and the user's.
    "strands/agent_latest": _strands([text("system", SYSTEM), text("user", ORDER), tool_call(), _ANSWERED]),
    # Its prompt is ours and a sentence of its own; the model's name begins with its provider's.
    "google_adk/agent": [
        ("invoke_agent order_agent", {**_AGENT, "session_id": "session-1"}),
        (
            "generate_content openai/gpt-4o-mini",
            changed(
                AGENT_CALL,
                "response_model",
                "response_id",
                "parameters",
                "input_messages",
                "finish_reasons",
                "reasoning_tokens",
                "cost_status",
                operation="generate_content",
                request_model="openai/gpt-4o-mini",
                session_id="session-1",
                agent_name="order_agent",
            ),
        ),
        ("execute_tool get_order", changed(TOOL, tool_result={"result": '{"arrives": "Friday"}'}, agent_name="order_agent")),
        (
            "generate_content openai/gpt-4o-mini",
            changed(
                AGENT_ANSWER,
                "response_model",
                "response_id",
                "parameters",
                "input_messages",
                "reasoning_tokens",
                "cost_status",
                operation="generate_content",
                request_model="openai/gpt-4o-mini",
                session_id="session-1",
                agent_name="order_agent",
            ),
        ),
    ],
    # Its provider is the address of the model server; parameters and the model that answered are not told.
    "livekit/agent": [
        ("agent_session", {"kind": "workflow", "workflow_name": "agent_session", "cost_status": "roll_up"}),
        ("agent_turn", {"kind": "agent", "operation": "invoke_agent", "agent_name": "default_agent", "cost_status": "roll_up"}),
        ("llm_request", _livekit(changed(AGENT_CALL, "cache_read_tokens"))),
        ("function_tool", changed(TOOL, agent_name="default_agent")),
        ("llm_request", _livekit(AGENT_ANSWER)),
    ],
    "mcp/tools": [
        ("tools/call get_order", {"kind": "tool", "operation": "execute_tool", "tool_name": "get_order"}),
        ("prompts/get greeting", {"kind": "prompt", "prompt_name": "greeting"}),
    ],
    "vercel/ai_6": [
        ("ai.generateText", {"kind": "agent", "cost_status": "roll_up", "input_tokens": 21, "output_tokens": 5, **_TAGGED}),
        ("ai.generateText.doGenerate", _vercel_6(CHAT)),
        ("ai.streamText.doStream", changed(STREAM, **_TAGGED)),
        ("ai.generateText", {**_ROLL_UP, **_TAGGED}),
        ("ai.generateText.doGenerate", _vercel_6(AGENT_CALL, "parameters")),
        ("ai.toolCall", changed(TOOL, **_TAGGED)),
        ("ai.generateText.doGenerate", _vercel_6(AGENT_ANSWER, "parameters")),
        ("ai.embed", {"kind": "workflow", "cost_status": "roll_up"}),
        ("ai.embed.doEmbed", changed(EMBEDDING, "response_model", **_TAGGED)),
    ],
    "vercel/ai_7": [
        ("invoke_agent gpt-4o-mini", {"kind": "agent", "agent_name": "support", "cost_status": "roll_up", "input_tokens": 21}),
        ("chat gpt-4o-mini", changed(CHAT, "reasoning_tokens")),
        ("chat gpt-4o-mini", changed(STREAM, "reasoning_tokens", "is_stream")),
        ("invoke_agent gpt-4o-mini", {"kind": "agent", "agent_name": "support", "cost_status": "roll_up", "input_tokens": 21}),
        ("invoke_agent gpt-4o-mini", {**_ROLL_UP, "agent_name": "support"}),
        ("chat gpt-4o-mini", changed(AGENT_CALL, "reasoning_tokens", "parameters")),
        ("execute_tool get_order", TOOL),
        ("chat gpt-4o-mini", changed(AGENT_ANSWER, "reasoning_tokens", "parameters")),
        # The call and the request in it have one name; the request alone tells tokens.
        ("embeddings text-embedding-3-small", changed(EMBEDDING, "response_model", "input_tokens", "cost_status")),
        ("embeddings text-embedding-3-small", changed(EMBEDDING, "response_model", "input_tokens", "cost_status")),
    ],
    "claude_code/interaction": [
        (
            "claude_code.interaction",
            {
                "kind": "agent",
                "operation": "invoke_agent",
                "cost_status": "roll_up",
                **_WHO,
                "input_messages": _ASKED,
            },
        ),
        ("claude_code.llm_request", _claude_code(AGENT_CALL, "tool_call")),
        ("claude_code.tool", changed(TOOL, "tool_result", **_WHO)),
        ("claude_code.llm_request", _claude_code(AGENT_ANSWER, "stop")),
    ],
    # No spans at all: every record that tells of a call must become one, under the event's name.
    "claude_code/events": [
        ("claude_code.user_prompt", {"kind": "prompt", **_WHO, "input_messages": _ASKED, "cost_status": "no_usage"}),
        ("claude_code.api_request", _claude_event(AGENT_CALL, cost_usd=0.000399)),
        ("claude_code.tool_result", {"kind": "tool", "operation": "execute_tool", "tool_name": "get_order", **_WHO}),
        ("claude_code.api_request", _claude_event(AGENT_ANSWER, cost_usd=0.0002586)),
    ],
    # Its spans and its records tell of one call, whose request has one id in both; the record knows the cost.
    "claude_code/print": [
        (
            "claude_code.interaction",
            {
                "kind": "agent",
                "operation": "invoke_agent",
                "cost_status": "roll_up",
                "input_messages": [text("user", REFUND)],
                "finish_reasons": [],
            },
        ),
        ("claude_code.llm_request", {**_CLAUDE_PRINTED, "kind": "span", "cost_status": "roll_up", "finish_reasons": ["stop"]}),
        ("claude_code.user_prompt", {"kind": "prompt", "input_messages": [text("user", REFUND)], "cost_status": "no_usage"}),
        (
            "claude_code.api_request",
            {
                **_CLAUDE_PRINTED,
                "kind": "llm",
                "request_model": "claude-sonnet-4-5-20250929",
                "cost_status": "reported",
                "cost_usd": 0.0001194,
            },
        ),
        (
            "claude_code.assistant_response",
            {"kind": "span", "output_messages": [text("assistant", "Five days.")], "cost_status": "no_usage"},
        ),
    ],
    "codex/exec": [
        ("codex.user_prompt", {"kind": "prompt", "input_messages": [text("user", REFUND)], "cost_status": "no_usage"}),
        ("codex.sse_event", changed(_codex_event(CHAT), "session_id")),
    ],
    "codex/turn": [
        ("codex.user_prompt", {"kind": "prompt", "session_id": "session-1", "input_messages": _ASKED, "cost_status": "no_usage"}),
        ("codex.sse_event", _codex_event(AGENT_CALL)),
        ("codex.tool_result", changed(TOOL, session_id="session-1")),
        ("codex.sse_event", _codex_event(AGENT_ANSWER)),
    ],
}
