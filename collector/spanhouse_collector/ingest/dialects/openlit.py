"""OpenLIT, LiteLLM and OpenRouter: OpenTelemetry's names, with usage details and costs of their own."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Take
from spanhouse_collector.ingest.dialects.reading import truth

OPENLIT = Dialect(
    name="openlit",
    fields={
        names.COST: (Take("llm.response.cost"), Take("gen_ai.cost.total_cost")),
        names.CACHE_READ_TOKENS: (
            Take("gen_ai.usage.prompt_tokens_details.cached_tokens"),
            Take("gen_ai.usage.prompt_tokens_details.cache_read"),
        ),
        names.CACHE_WRITE_TOKENS: (
            Take("gen_ai.usage.prompt_tokens_details.cache_creation_tokens"),
            Take("gen_ai.usage.cache_creation_tokens"),
            Take("gen_ai.usage.prompt_tokens_details.cache_write"),
        ),
        names.AUDIO_INPUT_TOKENS: (Take("gen_ai.usage.prompt_tokens_details.audio_tokens"),),
        names.AUDIO_OUTPUT_TOKENS: (
            Take("gen_ai.usage.completion_tokens_details.audio_tokens"),
            Take("gen_ai.usage.completion_tokens_details.audio"),
        ),
        names.WEB_SEARCHES: (Take("gen_ai.usage.server_tool_use.web_search_requests"),),
        names.REASONING_TOKENS: (
            Take("gen_ai.usage.completion_tokens_details.reasoning_tokens"),
            Take("gen_ai.usage.completion_tokens_details.reasoning"),
        ),
        names.FIRST_CHUNK_S: (Take("gen_ai.server.time_to_first_token"),),
        names.STREAM: (Take("gen_ai.request.is_stream", truth),),
        names.SESSION_ID: (Take("gen_ai.session.id"),),
    },
)
