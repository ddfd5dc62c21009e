"""OpenTelemetry GenAI before its messages had a schema: up to 1.26 (numbered prompts), and 1.27 to 1.36 (an event a message).

What newer generations say is read by the engine (canonical.part); here stands what it takes Python to put together.
"""

from __future__ import annotations

from typing import Any

from spanhouse_collector.ingest.dialects import messages, names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Take
from spanhouse_collector.ingest.dialects.evaluations import KEYS, RESULT_EVENT, evaluations
from spanhouse_collector.ingest.dialects.reading import milliseconds, renamed, single, truth
from spanhouse_collector.ingest.dialects.rules import chat, chat_family, event_attribute, event_chat, first_event_s, list_family

#: Events of one message, with the role of what they say (1.27 to 1.36; log records or span events).
INPUT_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
OUTPUT_EVENTS = {"gen_ai.choice": "assistant"}
#: The event that carries what a span of an inference carries (since 1.37).
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
_OUTPUT_TYPES = {"json_object": "json", "json_schema": "json"}
_FIRST_OF_FAMILIES = frozenset(
    f"gen_ai.{family}.{number}.{field}"
    for family in ("prompt", "completion")
    for number in range(4)
    for field in ("role", "content", "finish_reason", "tool_calls.0.name")
)


def _function(item: Any) -> Any:
    """A tool's definition from `llm.request.functions.N`."""
    if not isinstance(item, dict):
        return None
    schema = reading.decoded(item.get("parameters", ""))
    return {"type": "function", **item, **({} if schema is None else {"parameters": schema})}


def _finish_reason(item: Any) -> Any:
    return item.get("finish_reason") or None if isinstance(item, dict) else None


OTEL = Dialect(
    name="otel",
    marks=frozenset({names.OPERATION}),
    keys=_FIRST_OF_FAMILIES | KEYS | {"llm.request.functions.0.name"},
    events=frozenset(
        {*INPUT_EVENTS, *OUTPUT_EVENTS, DETAILS_EVENT, "gen_ai.content.prompt", "gen_ai.content.completion"}
        | {"gen_ai.content.completion.chunk", "llm.content.completion.chunk", RESULT_EVENT}
    ),
    fields={
        names.REQUEST_MODEL: (event_attribute(DETAILS_EVENT, names.REQUEST_MODEL),),
        names.INPUT_MESSAGES: (
            event_attribute(DETAILS_EVENT, names.INPUT_MESSAGES),
            chat_family("gen_ai.prompt.", "user"),
            event_chat(INPUT_EVENTS),
            chat("gen_ai.prompt", "user"),
            event_attribute("gen_ai.content.prompt", "gen_ai.prompt", read=lambda said: _said(said, "user")),
        ),
        names.OUTPUT_MESSAGES: (
            event_attribute(DETAILS_EVENT, names.OUTPUT_MESSAGES),
            chat_family("gen_ai.completion.", "assistant"),
            event_chat(OUTPUT_EVENTS),
            chat("gen_ai.completion", "assistant"),
            event_attribute("gen_ai.content.completion", "gen_ai.completion", read=lambda said: _said(said, "assistant")),
        ),
        names.SYSTEM_INSTRUCTIONS: (event_attribute(DETAILS_EVENT, names.SYSTEM_INSTRUCTIONS),),
        names.TOOL_DEFINITIONS: (
            event_attribute(DETAILS_EVENT, names.TOOL_DEFINITIONS),
            list_family("llm.request.functions.", _function),
        ),
        names.FINISH_REASONS: (
            list_family("gen_ai.completion.", _finish_reason),
            Take("gen_ai.response.finish_reason", single),
            Take("gen_ai.response.stop_reason", single),
            Take("llm.response.finish_reason", single),
            Take("llm.response.stop_reason", single),
        ),
        names.INPUT_TOKENS: (Take("gen_ai.usage.prompt_tokens"), Take("llm.usage.prompt_tokens")),
        names.OUTPUT_TOKENS: (Take("gen_ai.usage.completion_tokens"), Take("llm.usage.completion_tokens")),
        names.CACHE_READ_TOKENS: (Take("gen_ai.usage.cache_read_input_tokens"),),
        names.CACHE_WRITE_TOKENS: (Take("gen_ai.usage.cache_creation_input_tokens"),),
        names.REASONING_TOKENS: (Take("gen_ai.usage.reasoning_tokens"), Take("llm.usage.reasoning_tokens")),
        names.TOTAL_TOKENS: (Take("llm.usage.total_tokens"),),
        names.FIRST_CHUNK_S: (
            first_event_s("gen_ai.content.completion.chunk", "llm.content.completion.chunk"),
            Take("gen_ai.client.operation.time_to_first_chunk"),
            Take("gen_ai.response.time_to_first_chunk_ms", milliseconds),
        ),
        names.EVALUATIONS: (evaluations,),
        names.STREAM: (Take("gen_ai.is_streaming", truth), Take("llm.is_streaming", truth)),
        names.USER_ID: (Take("gen_ai.user"), Take("llm.user"), Take("gen_ai.request.user")),
        "gen_ai.request.max_tokens": (Take("gen_ai.request.max_completion_tokens"),),
        "gen_ai.request.reasoning.level": (Take("gen_ai.request.reasoning_effort"),),
        "gen_ai.request.frequency_penalty": (Take("llm.frequency_penalty"),),
        "gen_ai.request.presence_penalty": (Take("llm.presence_penalty"),),
        "gen_ai.request.top_k": (Take("llm.top_k"),),
        "gen_ai.request.stop_sequences": (Take("llm.chat.stop_sequences"),),
        "gen_ai.request.seed": (Take("gen_ai.openai.request.seed"),),
        "gen_ai.output.type": (Take("gen_ai.openai.request.response_format", renamed(_OUTPUT_TYPES)),),
        names.REQUEST_SERVICE_TIER: (Take("gen_ai.openai.request.service_tier"), Take("gen_ai.request.service_tier")),
        names.RESPONSE_SERVICE_TIER: (Take("gen_ai.openai.response.service_tier"), Take("gen_ai.response.service_tier")),
        "openai.response.system_fingerprint": (Take("gen_ai.openai.response.system_fingerprint"),),
    },
)


def _said(text: str, role: str) -> str:
    value = reading.decoded(text)
    return reading.encoded(messages.messages(text if value is None else value, role))
