"""The mapping table: for each column and dialect what a span carries, and what its row must say.

Rows of the table are columns of the store; cells are attributes. Data only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Given:
    """A span as a sender writes it."""

    attributes: dict[str, Any] = field(default_factory=dict)
    scope: str = ""
    name: str = "call"
    #: (name, nanoseconds after the start, attributes)
    events: tuple[tuple[str, int, dict[str, Any]], ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a span says, and what its row says of it by column."""

    given: Given
    row: dict[str, Any]


def cell(attributes: dict[str, Any], scope: str = "", name: str = "call", **row: Any) -> Cell:
    return Cell(given=Given(attributes=attributes, scope=scope, name=name), row=row)


def said(role: str, text: str) -> list[dict[str, Any]]:
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


USER = said("user", "hi")
ANSWER = said("assistant", "ho")
CLAUDE = "com.anthropic.claude_code.tracing"
PYDANTIC = "pydantic-ai"
LF = "langfuse.observation."
LF_USAGE = f"{LF}usage_details"
LS_USAGE = "langsmith.metadata.usage_metadata"
ANTHROPIC = "ai.response.providerMetadata"
CREATED_1H = "cache_creation.ephemeral_1h_input_tokens"
LF_COST = f"{LF}cost_details"
VAI = "ai.telemetry.metadata."
ENTITY = "traceloop.association.properties."
TEXTS_OF_JSON = frozenset(
    {"input_messages", "output_messages", "system_instructions", "tool_definitions", "tool_arguments", "tool_result"}
    | {"retrieval_documents", "input_value", "output_value"}
)

KINDS = [
    *[cell({"gen_ai.operation.name": name}, kind=kind) for name, kind in {"rerank": "reranker", "llm_call": "llm"}.items()],
    *[
        cell({"gen_ai.operation.name": name, "gen_ai.agent.name": "gemini-cli"}, kind=kind, agent_name="gemini-cli")
        for name, kind in {"llm_call": "llm", "tool_call": "tool", "agent_call": "agent"}.items()
    ],
    *[
        cell({"llm.request.type": name}, kind=kind, operation=operation)
        for name, kind, operation in (
            ("chat", "llm", "chat"),
            ("completion", "llm", "text_completion"),
            ("embedding", "embedding", "embeddings"),
            ("rerank", "reranker", "rerank"),
        )
    ],
    *[
        cell({"traceloop.span.kind": name}, kind=kind)
        for name, kind in {"workflow": "workflow", "task": "workflow", "agent": "agent", "tool": "tool"}.items()
    ],
    *[
        cell({"openinference.span.kind": name}, kind=kind, operation=operation, dialect="openinference")
        for name, kind, operation in (
            ("LLM", "llm", "chat"),
            ("EMBEDDING", "embedding", "embeddings"),
            ("RETRIEVER", "retriever", "retrieval"),
            ("RERANKER", "reranker", "rerank"),
            ("TOOL", "tool", "execute_tool"),
            ("AGENT", "agent", "invoke_agent"),
            ("CHAIN", "workflow", "invoke_workflow"),
            ("GUARDRAIL", "guardrail", "guardrail"),
            ("EVALUATOR", "evaluator", "evaluate"),
            ("PROMPT", "prompt", ""),
            ("DECISION", "span", ""),
            ("UNKNOWN", "span", ""),
        )
    ],
    *[
        cell({f"{LF}type": name}, kind=kind, dialect="langfuse")
        for name, kind in {
            "span": "span",
            "generation": "llm",
            "event": "span",
            "embedding": "embedding",
            "agent": "agent",
            "tool": "tool",
            "chain": "workflow",
            "retriever": "retriever",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
        }.items()
    ],
    *[
        cell({"ai.operationId": name}, kind=kind, operation=operation, dialect="vercel")
        for name, kind, operation in (
            ("ai.generateText.doGenerate", "llm", "chat"),
            ("ai.streamText.doStream", "llm", "chat"),
            ("ai.embed.doEmbed", "embedding", "embeddings"),
            ("ai.toolCall", "tool", "execute_tool"),
            ("ai.generateText", "agent", "invoke_agent"),
            ("ai.streamText", "agent", "invoke_agent"),
            ("ai.generateObject", "agent", "invoke_agent"),
            ("ai.streamObject", "agent", "invoke_agent"),
            ("ai.rerank", "reranker", "rerank"),
        )
    ],
    cell({"operation.name": "ai.generateText.doGenerate support", "ai.model.id": "m"}, kind="llm"),
    *[
        cell({"mlflow.spanType": name}, kind=kind, dialect="mlflow")
        for name, kind in {
            "LLM": "llm",
            '"CHAT_MODEL"': "llm",
            "EMBEDDING": "embedding",
            "RETRIEVER": "retriever",
            "RERANKER": "reranker",
            "TOOL": "tool",
            "AGENT": "agent",
            "CHAIN": "workflow",
            "PARSER": "span",
        }.items()
    ],
    *[
        cell({"langsmith.span.kind": name}, kind=kind, dialect="langsmith")
        for name, kind in {
            "llm": "llm",
            "tool": "tool",
            "retriever": "retriever",
            "chain": "workflow",
            "embedding": "embedding",
            "prompt": "prompt",
        }.items()
    ],
    *[
        cell({"lmnr.span.type": name}, kind=kind, dialect="laminar")
        for name, kind in {"LLM": "llm", "TOOL": "tool", "DEFAULT": "span", "EVALUATOR": "evaluator"}.items()
    ],
    *[
        cell({"span.type": name}, CLAUDE, kind=kind, dialect="claude_code")
        for name, kind in {"interaction": "agent", "llm_request": "llm", "tool": "tool", "hook": "span"}.items()
    ],
    cell({}, name="claude_code.llm_request", kind="llm", dialect="claude_code"),
    # It repeats the tokens of a log record, with which nothing connects it.
    cell({"gen_ai.usage.input_tokens": 21}, "codex_exec", name="handle_responses", kind="workflow", cost_status="roll_up"),
    cell({"genkit:metadata:subtype": "model", "genkit:name": "m"}, kind="llm", request_model="m", dialect="genkit"),
    cell({"genkit:metadata:subtype": "flow", "genkit:name": "f"}, kind="workflow", workflow_name="f"),
    cell({"span.type": "tool", "entity.type": "tool"}, kind="tool", dialect="voltagent"),
    cell({"mcp.method.name": "tools/call"}, kind="tool", dialect="mcp"),
    cell({"mcp.method.name": "tools/list"}, kind="span", dialect="mcp"),
    cell({"gcp.vertex.agent.tool_call_args": "{}", "gcp.vertex.agent.event_id": "e"}, kind="tool", dialect="google_adk"),
    cell({"lk.function_tool.name": "f"}, kind="tool", tool_name="f", dialect="livekit"),
    cell({"lk.agent_name": "clerk"}, name="llm_request", kind="llm", agent_name="clerk"),
    *[
        cell({"gen_ai.provider.name": given, "gen_ai.operation.name": "chat"}, scope="livekit-agents", provider=provider)
        for given, provider in {
            "api.openai.com": "openai",
            "shop.openai.azure.com": "azure.ai.openai",
            "api.groq.com:443": "groq",
            "127.0.0.1:8000": "127.0.0.1:8000",
            "notapi.openai.com": "notapi.openai.com",
        }.items()
    ],
    cell({"llm.token_count.prompt": 1, "llm.model_name": "m"}, "openinference.instrumentation.x", kind="llm"),
    cell({}, kind="span", dialect="", operation=""),
]

PROVIDERS_AND_MODELS = [
    cell({"gen_ai.system": "az.ai.openai"}, provider="azure.ai.openai", dialect="otel"),
    cell({"gen_ai.system": "az.ai.inference"}, provider="azure.ai.inference"),
    cell({"gen_ai.system": "vertex_ai"}, provider="gcp.vertex_ai"),
    cell({"gen_ai.system": "gemini"}, provider="gcp.gemini"),
    cell({"gen_ai.system": "xai"}, provider="x_ai"),
    cell({"llm.provider": "azure", "llm.system": "openai"}, provider="azure.ai.openai"),
    cell({"llm.system": "mistralai"}, provider="mistral_ai"),
    cell({"ai.model.provider": "openai.chat"}, provider="openai"),
    cell({"aisdk.model.provider": "amazon-bedrock"}, provider="aws.bedrock"),
    cell({"mlflow.llm.provider": "openai"}, provider="openai"),
    cell({"langsmith.metadata.ls_provider": "anthropic"}, provider="anthropic"),
    cell({"langsmith.span.kind": "llm", "gen_ai.system": "openai"}, provider="openai"),
    cell({"llm.request.model_name": "a", "llm.response.model_name": "b"}, request_model="a", response_model="b"),
    cell({"llm.model_name": "b"}, request_model="b", response_model="b"),
    cell({"llm.model_name": "b", "llm.invocation_parameters": '{"model": "a"}'}, request_model="a", response_model="b"),
    cell({f"{LF}model.name": "m"}, request_model="m", response_model="m"),
    cell({"ai.model.id": "m", "ai.response.model": "n"}, request_model="m", response_model="n"),
    cell({"aisdk.model.id": "m"}, request_model="m"),
    cell({"mlflow.llm.model": "m"}, request_model="m"),
    cell({"model": "m"}, CLAUDE, request_model="m"),
    cell({"model": "m"}, request_model=""),
    cell({"embedding.model_name": "m"}, request_model="m"),
    cell({"reranker.model_name": "m"}, request_model="m"),
    cell({"gcp.vertex.agent.llm_request": '{"model": "m"}'}, request_model="m"),
    cell({"ai.response.id": "r"}, response_id="r"),
    cell({"openinference.span.kind": "LLM", "output.value": '{"id": "r"}'}, response_id="r"),
]

PARAMETERS = [
    cell({"gen_ai.request.temperature": 0.5, "gen_ai.request.model": "m"}, parameters={"temperature": "0.5"}),
    cell({"llm.frequency_penalty": 0.5}, parameters={"frequency_penalty": "0.5"}),
    cell({"llm.presence_penalty": 0.5}, parameters={"presence_penalty": "0.5"}),
    cell({"llm.top_k": 5}, parameters={"top_k": "5"}),
    cell({"llm.chat.stop_sequences": ["a"]}, parameters={"stop_sequences": '["a"]'}),
    cell({"gen_ai.request.max_completion_tokens": 9}, parameters={"max_completion_tokens": "9", "max_tokens": "9"}),
    cell({"gen_ai.request.reasoning_effort": "low"}, parameters={"reasoning_effort": "low", "reasoning.level": "low"}),
    cell(
        {"llm.invocation_parameters": '{"model": "m", "temperature": 0.5, "max_completion_tokens": 9, "messages": []}'},
        parameters={"temperature": "0.5", "max_tokens": "9"},
    ),
    cell({"embedding.invocation_parameters": '{"encoding_format": "float"}'}, parameters={"encoding_format": "float"}),
    cell({f"{LF}model.parameters": '{"temperature": 0.5}'}, parameters={"temperature": "0.5"}),
    cell({"ai.settings.maxOutputTokens": 9}, parameters={"max_tokens": "9"}),
    cell({"ai.prompt.toolChoice": '{"type":"auto"}'}, parameters={"tool_choice": '{"type":"auto"}'}),
    cell({"request_data": '{"model": "m", "temperature": 0.5}'}, "logfire.openai", parameters={"temperature": "0.5"}),
    cell({"model_config": '{"temperature": 0.5}'}, PYDANTIC, parameters={"temperature": "0.5"}),
    cell({"request_data": '{"temperature": 0.5}'}, parameters={}),
]

TOKENS = [
    cell({"gen_ai.usage.prompt_tokens": 3, "gen_ai.usage.completion_tokens": 2}, input_tokens=3, output_tokens=2, total_tokens=5),
    cell({"llm.usage.prompt_tokens": 3, "llm.usage.completion_tokens": 2}, input_tokens=3, output_tokens=2),
    cell({"llm.token_count.prompt": 3, "llm.token_count.completion": 2}, input_tokens=3, output_tokens=2),
    cell(
        {LF_USAGE: '{"input": 3, "input_cached_tokens": 2, "input_cache_creation": 1, "output": 5, "output_reasoning": 4}'},
        input_tokens=6,
        output_tokens=9,
        cache_read_tokens=2,
        cache_write_tokens=1,
        reasoning_tokens=4,
    ),
    cell({LF_USAGE: '{"input": 3, "input_cache_read": 2}'}, input_tokens=5, cache_read_tokens=2),
    cell({LF_USAGE: '{"input": 3, "cache_read_input_tokens": 2}'}, input_tokens=5, cache_read_tokens=2),
    cell(
        {LF_USAGE: '{"input": 3, "input_cache_creation_5m": 2, "input_cache_creation_1h": 1}'},
        input_tokens=6,
        cache_write_tokens=3,
    ),
    cell({LF_USAGE: '{"output": 3, "output_reasoning_tokens": 2}'}, output_tokens=5, reasoning_tokens=2),
    cell({LF_USAGE: '{"prompt_tokens": 3, "completion_tokens": 2}'}, input_tokens=3, output_tokens=2),
    cell({"ai.usage.inputTokens": 3, "ai.usage.outputTokens": 2}, input_tokens=3, output_tokens=2),
    cell({"ai.usage.promptTokens": 3, "ai.usage.completionTokens": 2}, input_tokens=3, output_tokens=2),
    cell({"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 3}, input_tokens=3),
    cell(
        {"input_tokens": 3, "output_tokens": 2, "cache_read_tokens": 4, "cache_creation_tokens": 5},
        CLAUDE,
        input_tokens=12,
        output_tokens=2,
        cache_read_tokens=4,
        cache_write_tokens=5,
    ),
    cell({"input_tokens": 3}, input_tokens=None),
    cell(
        {"mlflow.chat.tokenUsage": '{"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}'},
        input_tokens=3,
        output_tokens=2,
    ),
    cell(
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.aggregated_usage.input_tokens": 3},
        PYDANTIC,
        input_tokens=3,
        cost_status="roll_up",
    ),
    cell({"usage.prompt_tokens": 3, "usage.completion_tokens": 2}, input_tokens=3, output_tokens=2),
    cell(
        {"genkit:name": "m", "genkit:output": '{"usage": {"inputTokens": 3, "outputTokens": 2}}'},
        input_tokens=3,
        output_tokens=2,
    ),
    cell(
        {"gcp.vertex.agent.llm_response": '{"usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 2}}'},
        input_tokens=3,
        output_tokens=2,
    ),
    *[
        cell({key: 4}, cache_read_tokens=4)
        for key in (
            "gen_ai.usage.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
            "ai.usage.cachedInputTokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.prompt_tokens_details.cached_tokens",
            "gen_ai.usage.input_cached_tokens",
        )
    ],
    *[
        cell({key: 4}, cache_write_tokens=4)
        for key in (
            "gen_ai.usage.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
            "ai.usage.inputTokenDetails.cacheWriteTokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.prompt_tokens_details.cache_creation_tokens",
            "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens",
            "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
        )
    ],
    cell(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.response.providerMetadata": json.dumps(
                {"anthropic": {"usage": {"cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 1}}}}
            ),
        },
        cache_write_tokens=4,
    ),
    *[
        cell({key: 4}, reasoning_tokens=4)
        for key in (
            "gen_ai.usage.reasoning_tokens",
            "llm.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
            "ai.usage.reasoningTokens",
            "ai.usage.outputTokenDetails.reasoningTokens",
        )
    ],
    *[
        cell({key: 4}, translated={f"gen_ai.usage.{name}": "4"})
        for key, name in (
            ("llm.token_count.prompt_details.audio", "audio.input_tokens"),
            ("llm.token_count.completion_details.audio", "audio.output_tokens"),
            ("gen_ai.usage.input_audio_tokens", "audio.input_tokens"),
            ("gen_ai.usage.output_audio_tokens", "audio.output_tokens"),
            ("gen_ai.usage.prompt_tokens_details.audio_tokens", "audio.input_tokens"),
            ("gen_ai.usage.completion_tokens_details.audio_tokens", "audio.output_tokens"),
            ("gen_ai.usage.completion_tokens_details.audio", "audio.output_tokens"),
            ("gen_ai.usage.details.input_audio_tokens", "audio.input_tokens"),
            ("gen_ai.usage.details.cache_audio_read_tokens", "audio.cache_read.input_tokens"),
            ("gen_ai.usage.details.output_audio_tokens", "audio.output_tokens"),
            ("gen_ai.usage.details.web_search_requests", "web_search_requests"),
            ("gen_ai.usage.server_tool_use.web_search_requests", "web_search_requests"),
            ("llm.token_count.prompt_details.cache_write_1h", "cache_creation.ephemeral_1h_input_tokens"),
            ("llm.usage.total_tokens", "total_tokens"),
            ("llm.token_count.total", "total_tokens"),
            ("ai.usage.totalTokens", "total_tokens"),
        )
    ],
    cell({LF_USAGE: '{"total": 9, "input_audio": 4}'}, input_tokens=4),
    *[
        cell({key: json.dumps(usage)}, translated={f"gen_ai.usage.{name}": "4"})
        for key, usage, name in (
            (LF_USAGE, {"input": 1, "input_audio": 4}, "audio.input_tokens"),
            (LF_USAGE, {"input": 1, "input_image_tokens": 4}, "image.input_tokens"),
            (LF_USAGE, {"input": 1, "input_video": 4}, "video.input_tokens"),
            (LF_USAGE, {"output": 1, "output_audio_tokens": 4}, "audio.output_tokens"),
            (LF_USAGE, {"output": 1, "output_image": 4}, "image.output_tokens"),
            (LF_USAGE, {"output": 1, "output_video": 4}, "video.output_tokens"),
            (LF_USAGE, {"prompt_tokens": 9, "prompt_tokens_details": {"audio_tokens": 4}}, "audio.input_tokens"),
            (LF_USAGE, {"completion_tokens": 9, "completion_tokens_details": {"audio_tokens": 4}}, "audio.output_tokens"),
            (LF_USAGE, {"input": 1, "input_cache_creation_1h": 4}, CREATED_1H),
            (LS_USAGE, {"input_token_details": {"audio": 4}}, "audio.input_tokens"),
            (LS_USAGE, {"output_token_details": {"audio": 4}}, "audio.output_tokens"),
            (LS_USAGE, {"input_token_details": {"ephemeral_1h_input_tokens": 4}}, CREATED_1H),
            (ANTHROPIC, {"anthropic": {"usage": {"cache_creation": {"ephemeral_1h_input_tokens": 4}}}}, CREATED_1H),
            (ANTHROPIC, {"anthropic": {"usage": {"server_tool_use": {"web_search_requests": 4}}}}, "web_search_requests"),
        )
    ],
    cell({"cache_creation_1h_tokens": 4}, CLAUDE, translated={f"gen_ai.usage.{CREATED_1H}": "4"}),
]
