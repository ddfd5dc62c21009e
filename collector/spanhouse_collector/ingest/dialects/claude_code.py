"""Claude Code's spans: plain words that mean this under its scope only; its input tokens leave out what came from a cache."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.parts import text
from spanhouse_collector.ingest.dialects.reading import milliseconds, one_of, single
from spanhouse_collector.ingest.dialects.rules import added, chat, event_attribute

_KINDS = {"interaction": "agent", "llm_request": "llm", "tool": "tool", "hook": "span"}
#: What stands in the place of content that the user did not allow to be sent.
WITHHELD = "<REDACTED>"


def _system(source: Source) -> str:
    said = source.attributes.get("system_prompt_preview", "")
    return reading.encoded([text(said)]) if said not in ("", WITHHELD) else ""


def _said(given: str) -> str:
    return "" if given == WITHHELD else given


CLAUDE_CODE = Dialect(
    name="claude_code",
    gated=True,
    scopes=("com.anthropic.claude_code",),
    span_names=("claude_code.",),
    fields={
        names.KIND: (
            Take("span.type", one_of(_KINDS)),
            lambda source: _KINDS.get(source.name.removeprefix("claude_code."), ""),
        ),
        names.PROVIDER: (lambda source: "anthropic" if source.attributes.get("model") else "",),
        names.REQUEST_MODEL: (Take("model"),),
        names.INPUT_MESSAGES: (chat("new_context", "user"), chat("user_prompt", "user")),
        names.OUTPUT_MESSAGES: (chat("response.model_output", "assistant"),),
        names.SYSTEM_INSTRUCTIONS: (_system,),
        names.TOOL_ARGUMENTS: (Take("tool_input", _said),),
        names.TOOL_RESULT: (
            event_attribute("tool.output", "output", read=_said),
            event_attribute("tool.output", "content", read=_said),
        ),
        names.TOOL_NAME: (Take("tool_name"),),
        names.FINISH_REASONS: (Take("stop_reason", single),),
        names.INPUT_TOKENS: (added("input_tokens", "cache_read_tokens", "cache_creation_tokens"),),
        names.OUTPUT_TOKENS: (Take("output_tokens"),),
        names.CACHE_READ_TOKENS: (Take("cache_read_tokens"),),
        names.CACHE_WRITE_TOKENS: (Take("cache_creation_tokens"),),
        names.CACHE_WRITE_1H_TOKENS: (Take("cache_creation_1h_tokens"),),
        names.COST: (Take("cost_usd"),),
        names.FIRST_CHUNK_S: (Take("ttft_ms", milliseconds),),
        names.SESSION_ID: (Take("session.id"),),
        names.USER_ID: (Take("user.email"),),
        names.RESPONSE_ID: (Take("request_id"),),
    },
)
