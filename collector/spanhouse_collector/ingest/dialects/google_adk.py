"""Google's Agent Development Kit: whole requests and answers of Gemini as JSON."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import messages, names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.parts import parts
from spanhouse_collector.ingest.dialects.reading import single
from spanhouse_collector.ingest.dialects.rules import chat, member

_REQUEST = "gcp.vertex.agent.llm_request"
_RESPONSE = "gcp.vertex.agent.llm_response"


def _asked(source: Source) -> str:
    request = source.decoded(_REQUEST)
    contents = request.get("contents") if isinstance(request, dict) else None
    return reading.encoded(messages.messages(contents, "user")) if contents else chat(_REQUEST, "user")(source)


def _answered(source: Source) -> str:
    response = source.decoded(_RESPONSE)
    content = response.get("content") if isinstance(response, dict) else None
    return reading.encoded(messages.messages(content, "assistant")) if content else chat(_RESPONSE, "assistant")(source)


def _system(source: Source) -> str:
    request = source.decoded(_REQUEST)
    config = request.get("config") if isinstance(request, dict) else None
    said = config.get("system_instruction") if isinstance(config, dict) else None
    return reading.encoded(parts(said.get("parts") if isinstance(said, dict) else said))


GOOGLE_ADK = Dialect(
    name="google_adk",
    marks=frozenset(
        f"gcp.vertex.agent.{name}"
        for name in ("llm_request", "llm_response", "session_id", "invocation_id", "event_id", "tool_call_args", "tool_response")
    ),
    scopes=("gcp.vertex.agent",),
    fields={
        names.KIND: (
            lambda source: "llm" if source.attributes.get(_REQUEST) not in (None, "", "{}") else "",
            lambda source: "tool" if source.attributes.get("gcp.vertex.agent.tool_call_args") else "",
        ),
        names.REQUEST_MODEL: (member(_REQUEST, "model"),),
        names.INPUT_MESSAGES: (_asked,),
        names.OUTPUT_MESSAGES: (_answered,),
        names.SYSTEM_INSTRUCTIONS: (_system,),
        names.FINISH_REASONS: (member(_RESPONSE, "finish_reason", read=single),),
        names.INPUT_TOKENS: (member(_RESPONSE, "usage_metadata", "prompt_token_count"),),
        names.OUTPUT_TOKENS: (member(_RESPONSE, "usage_metadata", "candidates_token_count"),),
        names.CACHE_READ_TOKENS: (member(_RESPONSE, "usage_metadata", "cached_content_token_count"),),
        names.REASONING_TOKENS: (member(_RESPONSE, "usage_metadata", "thoughts_token_count"),),
        names.TOOL_ARGUMENTS: (Take("gcp.vertex.agent.tool_call_args"),),
        names.TOOL_RESULT: (Take("gcp.vertex.agent.tool_response"),),
        names.SESSION_ID: (Take("gcp.vertex.agent.session_id"),),
    },
)
