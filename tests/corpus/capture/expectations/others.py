"""Spans of the clients and frameworks that write their own dialect."""

from __future__ import annotations

from tests.corpus.capture.calls import ORDER, SYSTEM
from tests.corpus.capture.expectations.span import Spans
from tests.corpus.capture.rows import (
    AGENT_ANSWER,
    AGENT_CALL,
    CHAT,
    EMBEDDING,
    FAILED,
    RESPONSE,
    RETRIEVAL,
    STREAM,
    TOOL,
    TOOL_ANSWER,
    TOOL_CALL,
    Row,
    changed,
    text,
    tool_call,
    tool_result,
)

_ASKED = [text("user", "How long does a refund take?")]
_WHO = {"session_id": "session-1", "user_id": "user-1", "tags": ["beta", "shop"]}
# Results of tools come from the user, as far as Pydantic AI is concerned.
_PYDANTIC_MESSAGES = [
    text("system", SYSTEM),
    text("user", ORDER),
    tool_call(),
    tool_result(role="user"),
    text("assistant", "It arrives on Friday."),
]
_ANSWER = [text("assistant", "Five days.")]


def _langsmith(row: Row, *unknown: str, tags: list[str]) -> Row:
    # Its exporter has no id of the response, and says `stream` of every call.
    names = ("response_id", "response_model", "is_stream", "has_time_to_first_chunk", "finish_reasons", "cost_status", *unknown)
    return changed(row, *names, session_id="session-1", tags=tags)


def _pydantic_ai(agent: str, tool: str, parameters: dict[str, float]) -> Spans:
    said = {"agent_name": "order_agent", "parameters": parameters, "cost_status": "reported"}
    roll_up = {"cost_status": "roll_up", "input_tokens": 118, "output_tokens": 26}
    # It sends the whole conversation in one; the agent was asked the question, and gave the last answer.
    roll_up |= {"input_messages": _PYDANTIC_MESSAGES[:2], "output_messages": _PYDANTIC_MESSAGES[-1:]}
    return [
        (agent, {"kind": "agent", "operation": "invoke_agent", "agent_name": "order_agent", **roll_up}),
        ("chat gpt-4o-mini", changed(AGENT_CALL, "cache_read_tokens", **said, cost_usd=0.0000174)),
        (tool, changed(TOOL, agent_name="order_agent")),
        ("chat gpt-4o-mini", changed(AGENT_ANSWER, **said, cost_usd=0.0000135, input_messages=_PYDANTIC_MESSAGES[:-1])),
    ]


def _langfuse_openai(row: Row, *unknown: str) -> Row:
    # It says which model answered, and gives every call of the provider's its default parameters.
    silent = ("request_model", "provider", "response_id", "finish_reasons", "cost_status", "tool_definitions", *unknown)
    return changed(row, *silent)


def _langfuse_langchain(row: Row, *unknown: str, **known: object) -> Row:
    # Tools stand among the messages, and the model that answered is the only one.
    silent = ("request_model", "response_id", "finish_reasons", "cost_status", "tool_definitions", "is_stream", *unknown)
    return changed(row, *silent, "provider", **known)


EXPECTED: dict[str, Spans] = {
    "langfuse/openai": [
        ("OpenAI-generation", _langfuse_openai(CHAT)),
        ("OpenAI-generation", _langfuse_openai(STREAM, "is_stream")),
        ("OpenAI-generation", _langfuse_openai(TOOL_CALL)),
        ("OpenAI-generation", _langfuse_openai(TOOL_ANSWER)),
        ("OpenAI-generation", _langfuse_openai(RESPONSE)),
        ("OpenAI-embedding", changed(EMBEDDING, "provider", "request_model", "cost_status")),
        ("OpenAI-generation", changed(FAILED, "provider", "request_model", "response_model", "cost_status")),
    ],
    "langfuse/langchain": [
        ("order_agent", {"kind": "agent", "operation": "invoke_agent", **_WHO, "cost_status": "roll_up"}),
        ("ChatOpenAI", _langfuse_langchain(AGENT_CALL, "input_messages", **_WHO)),
        ("get_order", changed(TOOL, "tool_result", **_WHO)),
        ("ChatOpenAI", _langfuse_langchain(AGENT_ANSWER, "input_messages", **_WHO)),
        (
            "ChatOpenAI",
            _langfuse_langchain(STREAM, "response_model", "parameters", input_messages=_ASKED),
        ),
        ("PolicyRetriever", RETRIEVAL),
    ],
    "langfuse/observe": [
        ("support", {"kind": "span", **_WHO, "cost_status": "no_usage"}),
        ("find_policy", changed(RETRIEVAL, "retrieval_query", "retrieval_documents", **_WHO)),
        ("get_order", changed(TOOL, "tool_arguments", **_WHO)),
        (
            "answer",
            changed(
                CHAT,
                "request_model",
                "provider",
                "response_id",
                "finish_reasons",
                **_WHO,
                response_model="gpt-4o-mini-2024-07-18",
                cache_write_tokens=4,
                cost_status="reported",
                cost_usd=0.000125,
            ),
        ),
    ],
    "langsmith/langchain": [
        ("ChatOpenAI", _langsmith(AGENT_CALL, tags=["beta", "shop", "seq:step:1"])),
        ("get_order", changed(TOOL, "tool_result", session_id="session-1", tags=["beta", "shop", "seq:step:1"])),
        ("ChatOpenAI", _langsmith(AGENT_ANSWER, tags=["beta", "shop", "seq:step:1"])),
        ("ChatOpenAI", changed(_langsmith(STREAM, "parameters", tags=["beta", "shop"]), input_messages=_ASKED)),
        ("PolicyRetriever", changed(RETRIEVAL, session_id="session-1", tags=["beta", "shop"])),
        (
            "own model",
            {
                "kind": "llm",
                "operation": "chat",
                "provider": "openai",
                "request_model": "gpt-4o-mini",
                "input_messages": _ASKED,
                "output_messages": _ANSWER,
                "input_tokens": 21,
                "output_tokens": 5,
            },
        ),
    ],
    "mlflow/openai": [
        ("support", {"kind": "workflow", "operation": "invoke_workflow", "cost_status": "roll_up"}),
        ("find_policy", RETRIEVAL),
        ("get_order", changed(TOOL, "tool_name")),
        ("Completions", changed(CHAT, "provider", "reasoning_tokens", "cost_status", "response_id")),
        ("Completions", changed(TOOL_CALL, "provider", "reasoning_tokens", "cost_status", "response_id")),
        ("Completions", changed(TOOL_ANSWER, "provider", "reasoning_tokens", "cost_status", "response_id")),
        (
            "Completions",
            changed(STREAM, "provider", "reasoning_tokens", "cost_status", "response_id", "has_time_to_first_chunk"),
        ),
        ("Embeddings", {"kind": "embedding", "operation": "embeddings", "request_model": "text-embedding-3-small"}),
    ],
    "pydantic_ai/agent": _pydantic_ai("invoke_agent order_agent", "execute_tool get_order", {"temperature": 0.2}),
    "pydantic_ai/agent_v2": _pydantic_ai("agent run", "running tool", {}),
    # Names of spans are templates; what a stream answered comes in a record of its own, after the call.
    "logfire/openai": [
        ("Chat Completion with {request_data[model]!r}", changed(CHAT, "cache_read_tokens", "reasoning_tokens")),
        (
            "Chat Completion with {request_data[model]!r}",
            {"kind": "llm", "provider": "openai", "request_model": "gpt-4o-mini", "cost_status": "no_usage"},
        ),
        (
            "streaming response from {request_data[model]!r} took {duration:.2f}s",
            changed(
                STREAM,
                "cache_read_tokens",
                "reasoning_tokens",
                "response_model",
                "response_id",
                "is_stream",
                "has_time_to_first_chunk",
                "finish_reasons",
            ),
        ),
        ("Chat Completion with {request_data[model]!r}", changed(TOOL_CALL, "cache_read_tokens", "reasoning_tokens")),
        ("Chat Completion with {request_data[model]!r}", changed(TOOL_ANSWER, "cache_read_tokens", "reasoning_tokens")),
        (
            "Responses API with {gen_ai.request.model!r}",
            changed(RESPONSE, "cache_read_tokens", "reasoning_tokens", "finish_reasons"),
        ),
        ("Embedding Creation with {request_data[model]!r}", EMBEDDING),
        ("Chat Completion with {request_data[model]!r}", changed(FAILED, "response_model")),
    ],
    # Without a table of prices it reports a cost of 0, which is none; it takes a whole answer's time for that of its first token.
    "openlit/openai": [
        ("chat gpt-4o-mini", changed(CHAT, "has_time_to_first_chunk", "reasoning_tokens", is_stream=False)),
        ("chat gpt-4o-mini", changed(STREAM, "reasoning_tokens")),
        (
            "chat gpt-4o-mini",
            changed(TOOL_CALL, "has_time_to_first_chunk", "reasoning_tokens", "tool_definitions"),
        ),
        (
            "chat gpt-4o-mini",
            changed(TOOL_ANSWER, "input_messages", "has_time_to_first_chunk", "reasoning_tokens", "tool_definitions"),
        ),
        (
            "chat gpt-4o-mini",
            changed(RESPONSE, "has_time_to_first_chunk", "finish_reasons"),
        ),
        ("embeddings text-embedding-3-small", EMBEDDING),
        ("chat no-such-model", changed(FAILED, "request_model", "input_messages")),
    ],
    "litellm/openai": [
        (
            "litellm_request",
            changed(
                CHAT,
                "cache_read_tokens",
                "reasoning_tokens",
                user_id="user-1",
                is_stream=False,
                cost_status="reported",
                cost_usd=0.00000555,
            ),
        ),
        (
            "litellm_request",
            changed(
                STREAM,
                "cache_read_tokens",
                "reasoning_tokens",
                "response_model",
                "parameters",
                "has_time_to_first_chunk",
                cost_status="reported",
                cost_usd=0.00000555,
            ),
        ),
        (
            "litellm_request",
            changed(
                TOOL_CALL,
                "output_messages",
                "cache_read_tokens",
                "reasoning_tokens",
                input_messages=[text("user", "Where is order 4711?")],
                is_stream=False,
                cost_status="reported",
                cost_usd=0.0000174,
            ),
        ),
    ],
}
