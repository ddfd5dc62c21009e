"""The Vercel AI SDK up to version 6, and its LegacyOpenTelemetry class: `ai.*` attributes of nested operations.

Version 7 speaks OpenTelemetry's newest names itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.parts import tool_call
from spanhouse_collector.ingest.dialects.providers import provider
from spanhouse_collector.ingest.dialects.reading import json_values, milliseconds, single, strings
from spanhouse_collector.ingest.dialects.rules import chat, first_event_s, member, said_in, summed

_METADATA = "ai.telemetry.metadata."
_ANTHROPIC = "ai.response.providerMetadata"
_OUTER = ("ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject")


def _operation_name(source: Source) -> str:
    # operation.name is the operation's id and then the function's own name.
    words = (source.attributes.get("ai.operationId") or source.attributes.get("operation.name", "")).split()
    return words[0] if words else ""


def _kind(source: Source) -> str:
    operation = _operation_name(source)
    if operation.endswith((".doGenerate", ".doStream")):
        return "llm"
    if operation.endswith(".doEmbed"):
        return "embedding"
    if operation == "ai.toolCall":
        return "tool"
    if operation in _OUTER:
        return "agent"
    if operation.startswith("ai.rerank"):
        return "reranker"
    # ai.embed repeats what its doEmbed spans say.
    return "workflow" if operation.startswith("ai.embed") else ""


def _is_stream(source: Source) -> str:
    operation = _operation_name(source)
    return "true" if "stream" in operation.lower() else "false" if _kind(source) == "llm" else ""


def _error(source: Source) -> str:
    return "ERROR" if source.attributes.get("ai.response.finishReason") == "error" else ""


def _answer(found: Mapping[str, Any]) -> Any:
    """One assistant message from the pieces of an answer."""
    said: list[Any] = []
    if found.get("reasoning"):
        said.append({"type": "reasoning", "content": _reasoning(found["reasoning"])})
    text = found.get("text") or found.get("object")
    if text:
        said.append({"type": "text", "content": text})
    for key in ("calls", "files"):
        items = reading.decoded(found.get(key, ""))
        if isinstance(items, list):
            said += [tool_call(item) if key == "calls" else {"type": "file", **item} for item in items if isinstance(item, dict)]
    message: dict[str, Any] = {"role": "assistant", "parts": said}
    if found.get("finish"):
        message["finish_reason"] = found["finish"]
    return [message] if said else None


def _reasoning(text: str) -> str:
    value = reading.decoded(text)
    if isinstance(value, list):
        return "".join(reading.text(item.get("text", "")) for item in value if isinstance(item, dict))
    return text


def _cache_creation(source: Source) -> str:
    """Anthropic's tokens written for five minutes and for an hour."""
    value = source.decoded(_ANTHROPIC)
    for name in ("anthropic", "usage", "cache_creation"):
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        return ""
    texts = {key: reading.text(count) for key, count in value.items()}
    return summed(*texts)(Source(attributes=texts))


def _pieces(beginning: str) -> dict[str, str]:
    names_by_piece = {"text": "text", "object": "object", "calls": "toolCalls", "reasoning": "reasoning", "files": "files"}
    return {piece: f"{beginning}.{name}" for piece, name in names_by_piece.items()} | {"finish": f"{beginning}.finishReason"}


VERCEL = Dialect(
    name="vercel",
    marks=frozenset({"ai.operationId"}),
    keys=frozenset({_ANTHROPIC}),
    # gen_ai.system beside it names the surface too: openai.chat.
    overrides=frozenset({names.PROVIDER}),
    prefixes={_METADATA: names.METADATA_PREFIX, "ai.settings.": names.REQUEST_PREFIX},
    events=frozenset({"ai.stream.firstChunk"}),
    fields={
        names.KIND: (_kind,),
        names.PROVIDER: (Take("ai.model.provider", provider), Take("aisdk.model.provider", provider)),
        names.REQUEST_MODEL: (Take("ai.model.id"), Take("aisdk.model.id")),
        names.RESPONSE_MODEL: (Take("ai.response.model"),),
        names.RESPONSE_ID: (Take("ai.response.id"),),
        names.INPUT_MESSAGES: (chat("ai.prompt.messages", "user"), chat("ai.prompt", "user")),
        names.OUTPUT_MESSAGES: (said_in(_pieces("ai.response"), _answer), said_in(_pieces("ai.result"), _answer)),
        names.TOOL_DEFINITIONS: (Take("ai.prompt.tools", json_values),),
        names.INPUT: (Take("ai.toolCall.args"), Take("ai.value"), Take("ai.values"), Take("ai.documents")),
        names.OUTPUT: (Take("ai.toolCall.result"), Take("ai.embedding"), Take("ai.embeddings"), Take("ai.ranking")),
        names.FINISH_REASONS: (Take("ai.response.finishReason", single), Take("gen_ai.finishReason", single)),
        names.INPUT_TOKENS: (Take("ai.usage.inputTokens"), Take("ai.usage.promptTokens"), Take("ai.usage.tokens")),
        names.OUTPUT_TOKENS: (Take("ai.usage.outputTokens"), Take("ai.usage.completionTokens")),
        names.CACHE_READ_TOKENS: (Take("ai.usage.cachedInputTokens"), Take("ai.usage.inputTokenDetails.cacheReadTokens")),
        names.CACHE_WRITE_TOKENS: (
            Take("ai.usage.inputTokenDetails.cacheWriteTokens"),
            member(_ANTHROPIC, "anthropic", "usage", "cache_creation_input_tokens"),
            _cache_creation,
        ),
        names.CACHE_WRITE_1H_TOKENS: (member(_ANTHROPIC, "anthropic", "usage", "cache_creation", "ephemeral_1h_input_tokens"),),
        names.WEB_SEARCHES: (member(_ANTHROPIC, "anthropic", "usage", "server_tool_use", "web_search_requests"),),
        names.REASONING_TOKENS: (Take("ai.usage.reasoningTokens"), Take("ai.usage.outputTokenDetails.reasoningTokens")),
        names.TOTAL_TOKENS: (Take("ai.usage.totalTokens"), Take("ai.usage.tokens")),
        names.FIRST_CHUNK_S: (
            Take("ai.response.msToFirstChunk", milliseconds),
            Take("ai.stream.msToFirstChunk", milliseconds),
            first_event_s("ai.stream.firstChunk"),
        ),
        names.STREAM: (_is_stream,),
        names.SESSION_ID: (Take(f"{_METADATA}sessionId"), Take("ai.settings.context.sessionId")),
        names.USER_ID: (Take(f"{_METADATA}userId"),),
        names.TAGS: (Take(f"{_METADATA}tags", strings),),
        names.TRACE_NAME: (Take("ai.telemetry.functionId"),),
        names.PROMPT_NAME: (member(f"{_METADATA}langfusePrompt", "name"),),
        names.PROMPT_VERSION: (member(f"{_METADATA}langfusePrompt", "version"),),
        names.TOOL_NAME: (Take("ai.toolCall.name"),),
        names.TOOL_CALL_ID: (Take("ai.toolCall.id"),),
        names.RETRIEVAL_DOCUMENTS: (Take("ai.ranking"), Take("ai.documents")),
        names.LEVEL: (_error,),
        "gen_ai.request.tool_choice": (Take("ai.prompt.toolChoice"),),
    },
)
