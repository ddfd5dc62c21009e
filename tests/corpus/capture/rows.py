"""Canonical rows of the calls in `calls`: what happened, whoever recorded it. Must not know any dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.corpus.capture.calls import ORDER, PARAMETERS, REFUND, SYSTEM
from tests.corpus.capture.replies import (
    CLAUDE,
    DATED_CLAUDE,
    DATED_MODEL,
    EMBEDDER,
    EMBEDDING_TOKENS,
    MODEL,
    UNKNOWN_MODEL,
    Reply,
)
from tests.corpus.capture.replies import ORDER as ORDER_REPLY
from tests.corpus.capture.replies import ORDER_CALL as CALL_REPLY
from tests.corpus.capture.replies import REFUND as REFUND_REPLY

Row = Mapping[str, Any]


def text(role: str, content: str) -> dict[str, Any]:
    """A message of one text."""
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def tool_call(call_id: str = "call_7") -> dict[str, Any]:
    """The message in which the model asks for the order."""
    call = {"type": "tool_call", "id": call_id, "name": "get_order", "arguments": {"order_id": "4711"}}
    return {"role": "assistant", "parts": [call]}


def tool_result(call_id: str = "call_7", *, role: str = "tool") -> dict[str, Any]:
    """The message that tells the model what the tool found."""
    return {"role": role, "parts": [{"type": "tool_call_response", "id": call_id, "response": {"arrives": "Friday"}}]}


def _usage(reply: Reply, *, tells_writes: bool) -> dict[str, Any]:
    """Tokens as an API tells them; OpenAI's does not tell what was written to the cache, Anthropic's not what was thought."""
    usage = reply.usage
    counts = {"input_tokens": usage.input, "output_tokens": usage.output, "cache_read_tokens": usage.cache_read}
    return counts | ({"cache_write_tokens": usage.cache_write} if tells_writes else {"reasoning_tokens": usage.reasoning})


_TOOLS = [{"name": "get_order", "description": "Looks up an order", "parameters": PARAMETERS}]
_OPENAI = {
    "kind": "llm",
    "operation": "chat",
    "provider": "openai",
    "request_model": MODEL,
    "response_model": DATED_MODEL,
    "cost_status": "computed",
    "has_time_to_first_chunk": False,
    "response_id": "chatcmpl-7",
    "finish_reasons": ["stop"],
}
_REFUND = {
    "input_messages": [text("system", SYSTEM), text("user", REFUND)],
    "output_messages": [text("assistant", "Five days.")],
    **_usage(REFUND_REPLY, tells_writes=False),
}

CHAT: Row = {**_OPENAI, **_REFUND, "parameters": {"temperature": 0.2, "max_tokens": 64}}
STREAM: Row = {**_OPENAI, **_REFUND, "parameters": {"temperature": 0.2}, "is_stream": True, "has_time_to_first_chunk": True}
TOOL_CALL: Row = {
    **_OPENAI,
    **_usage(CALL_REPLY, tells_writes=False),
    "input_messages": [text("system", SYSTEM), text("user", ORDER)],
    "output_messages": [tool_call()],
    "tool_definitions": _TOOLS,
    "finish_reasons": ["tool_call"],
}
TOOL_ANSWER: Row = {
    **_OPENAI,
    **_usage(ORDER_REPLY, tells_writes=False),
    "input_messages": [text("system", SYSTEM), text("user", ORDER), tool_call(), tool_result()],
    "output_messages": [text("assistant", "It arrives on Friday.")],
    "tool_definitions": _TOOLS,
}
RESPONSE: Row = {**CHAT, "response_id": "resp_7"}
EMBEDDING: Row = {
    "kind": "embedding",
    "operation": "embeddings",
    "provider": "openai",
    "request_model": EMBEDDER,
    "response_model": EMBEDDER,
    "input_tokens": EMBEDDING_TOKENS,
    "output_tokens": None,
    "cost_status": "computed",
}
FAILED: Row = {
    "kind": "llm",
    "operation": "chat",
    "provider": "openai",
    "request_model": UNKNOWN_MODEL,
    "response_model": "",
    "input_messages": _REFUND["input_messages"],
    "output_messages": None,
    "input_tokens": None,
    "output_tokens": None,
    "cost_status": "no_usage",
    "status_code": "Error",
}

_CLAUDE = _OPENAI | {
    "provider": "anthropic",
    "request_model": CLAUDE,
    "response_model": DATED_CLAUDE,
    "response_id": "msg_7",
    "parameters": {"max_tokens": 64},
}
_CLAUDE_REFUND = {**_REFUND, **_usage(REFUND_REPLY, tells_writes=True), "reasoning_tokens": None}
CLAUDE_CHAT: Row = {**_CLAUDE, **_CLAUDE_REFUND}
CLAUDE_STREAM: Row = {**CLAUDE_CHAT, "is_stream": True}
CLAUDE_TOOL_CALL: Row = {
    **_CLAUDE,
    **_usage(CALL_REPLY, tells_writes=True),
    "input_messages": [text("user", ORDER)],
    "output_messages": [tool_call("toolu_7")],
    "tool_definitions": _TOOLS,
    "finish_reasons": ["tool_call"],
}
CLAUDE_TOOL_ANSWER: Row = {
    **_CLAUDE,
    **_usage(ORDER_REPLY, tells_writes=True),
    "input_messages": [text("user", ORDER), tool_call("toolu_7"), tool_result("toolu_7", role="user")],
    "output_messages": [text("assistant", "It arrives on Friday.")],
    "tool_definitions": _TOOLS,
}

TOOL: Row = {
    "kind": "tool",
    "operation": "execute_tool",
    "tool_name": "get_order",
    "tool_arguments": {"order_id": "4711"},
    "tool_result": {"arrives": "Friday"},
    "cost_status": "no_usage",
}
RETRIEVAL: Row = {
    "kind": "retriever",
    "operation": "retrieval",
    "retrieval_query": "refund policy",
    "retrieval_documents": [{"content": "Refunds take five days."}],
    "cost_status": "no_usage",
}


def changed(row: Row, *unknown: str, **known: Any) -> Row:
    """The row with `known` instead, and without the fields that the recording does not tell, or tells otherwise each time."""
    return {name: value for name, value in {**row, **known}.items() if name not in unknown}


# The agents' calls: as the two calls with a tool, at a temperature, and each framework describes the tool in its own words.
_AGENTS_TOOL = [{"name": "get_order"}]
AGENT_CALL: Row = changed(TOOL_CALL, tool_definitions=_AGENTS_TOOL, parameters={"temperature": 0.2})
AGENT_ANSWER: Row = changed(TOOL_ANSWER, tool_definitions=_AGENTS_TOOL, parameters={"temperature": 0.2})

# What Anthropic's client records by itself: no content, and a stop reason under a name of its own.
# What Anthropic's client records of a call that an instrumentation records too: it must not be counted again.
NATIVE_CLAUDE: Row = changed(CLAUDE_CHAT, "kind", "input_messages", "output_messages", "finish_reasons", cost_status="roll_up")
