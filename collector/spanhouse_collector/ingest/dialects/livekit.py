"""LiveKit agents: what was said stands under `lk.pii.*` (before August 2026 under `lk.*`); providers by their host's name."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.parts import text
from spanhouse_collector.ingest.dialects.providers import provider_at
from spanhouse_collector.ingest.dialects.rules import chat

# Spans by their names, where nothing else says what they are.
_KINDS = {
    "llm_request": "llm",
    "llm_node": "workflow",
    "llm_request_run": "workflow",
    "function_tool": "tool",
    "agent_session": "agent",
    "agent_turn": "agent",
    "agent_activity": "agent",
}


def _instructions(source: Source) -> str:
    said = source.attributes.get("lk.pii.instructions") or source.attributes.get("lk.instructions")
    return reading.encoded([text(said)]) if said else ""


LIVEKIT = Dialect(
    name="livekit",
    marks=frozenset(
        {"lk.agent_name", "lk.chat_ctx", "lk.pii.chat_ctx", "lk.response.text", "lk.pii.response.text", "lk.response.ttft"}
        | {"lk.function_tool.name", "lk.pii.instructions", "lk.instructions", "lk.job_id", "lk.speech_id"}
    ),
    scopes=("livekit",),
    overrides=frozenset({names.PROVIDER}),
    fields={
        names.PROVIDER: (Take(names.PROVIDER, provider_at),),
        names.KIND: (lambda source: _KINDS.get(source.name, "tool" if source.attributes.get("lk.function_tool.name") else ""),),
        names.INPUT_MESSAGES: (chat("lk.pii.chat_ctx", "user"), chat("lk.chat_ctx", "user")),
        names.OUTPUT_MESSAGES: (chat("lk.pii.response.text", "assistant"), chat("lk.response.text", "assistant")),
        names.SYSTEM_INSTRUCTIONS: (_instructions,),
        names.TOOL_DEFINITIONS: (Take("lk.function_tools", reading.json_values),),
        names.TOOL_ARGUMENTS: (Take("lk.pii.function_tool.arguments"), Take("lk.function_tool.arguments")),
        names.TOOL_RESULT: (Take("lk.pii.function_tool.output"), Take("lk.function_tool.output")),
        names.TOOL_NAME: (Take("lk.function_tool.name"),),
        names.TOOL_CALL_ID: (Take("lk.function_tool.id"),),
        names.AGENT_NAME: (Take("lk.agent_name"), Take("lk.agent_label")),
        names.CACHE_READ_TOKENS: (Take("gen_ai.usage.input_cached_tokens"),),
        names.AUDIO_INPUT_TOKENS: (Take("gen_ai.usage.input_audio_tokens"),),
        names.AUDIO_OUTPUT_TOKENS: (Take("gen_ai.usage.output_audio_tokens"),),
        names.TEXT_INPUT_TOKENS: (Take("gen_ai.usage.input_text_tokens"),),
        names.TEXT_OUTPUT_TOKENS: (Take("gen_ai.usage.output_text_tokens"),),
        names.FIRST_CHUNK_S: (Take("lk.response.ttft"),),
    },
)
