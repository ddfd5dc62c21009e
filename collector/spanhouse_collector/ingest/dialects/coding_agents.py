"""Coding agents whose prompts, tokens and tool calls come as log records: Claude Code and Codex.

A record is read like a span whose name is the event's. What names no kind here is a record and nothing more.
"""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.claude_code import WITHHELD
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.reading import milliseconds
from spanhouse_collector.ingest.dialects.rules import added, chat

_CLAUDE_KINDS = {
    "user_prompt": "prompt",
    "api_request": "llm",
    "api_error": "llm",
    "tool_result": "tool",
    "assistant_response": "span",
}
_CODEX_KINDS = {"user_prompt": "prompt", "sse_event": "llm", "tool_result": "tool"}
#: Scopes and bodies of Claude Code's records begin like this; their event names may leave it out.
CLAUDE_CODE_SCOPE = "com.anthropic.claude_code"
CLAUDE_CODE_EVENTS = "claude_code."
#: Event names of records that may become spans.
RECORD_EVENTS = (
    *(f"{prefix}{event}" for event in _CLAUDE_KINDS for prefix in ("", CLAUDE_CODE_EVENTS)),
    *(f"codex.{event}" for event in _CODEX_KINDS),
)


def _claude_kind(source: Source) -> str:
    return _CLAUDE_KINDS.get(source.name.removeprefix(CLAUDE_CODE_EVENTS), "")


def _codex_kind(source: Source) -> str:
    # Of the events of one answer only one tells its tokens; another one of that kind tells how long it took to come.
    if source.name == "codex.sse_event" and "input_token_count" not in source.attributes:
        return ""
    return _CODEX_KINDS.get(source.name.removeprefix("codex."), "")


def _failed(source: Source) -> str:
    is_failure = source.name.endswith("api_error") or source.attributes.get("success") == "false"
    return "ERROR" if is_failure or source.attributes.get("error") else ""


def _said(given: str) -> str:
    return "" if given == WITHHELD else given


CLAUDE_CODE_RECORDS = Dialect(
    name="claude_code",
    gated=True,
    span_names=(CLAUDE_CODE_EVENTS,),
    overrides=frozenset({names.INPUT_TOKENS}),
    fields={
        names.KIND: (_claude_kind,),
        names.PROVIDER: (lambda source: "anthropic" if source.attributes.get("model") else "",),
        names.REQUEST_MODEL: (Take("model"),),
        names.INPUT_MESSAGES: (chat("prompt", "user"),),
        names.OUTPUT_MESSAGES: (chat("response", "assistant"),),
        # Without what came from a cache or went into one.
        names.INPUT_TOKENS: (added("input_tokens", "cache_read_tokens", "cache_creation_tokens"),),
        names.OUTPUT_TOKENS: (Take("output_tokens"),),
        names.CACHE_READ_TOKENS: (Take("cache_read_tokens"),),
        names.CACHE_WRITE_TOKENS: (Take("cache_creation_tokens"),),
        names.CACHE_WRITE_1H_TOKENS: (Take("cache_creation_1h_tokens"),),
        names.COST: (Take("cost_usd"),),
        names.FIRST_CHUNK_S: (Take("ttft_ms", milliseconds),),
        names.TOOL_NAME: (Take("tool_name"),),
        names.TOOL_ARGUMENTS: (Take("tool_input", _said), Take("tool_parameters", _said)),
        names.TOOL_RESULT: (Take("tool_output", _said),),
        names.USER_ID: (Take("user.email"),),
        names.RESPONSE_ID: (Take("request_id"),),
        names.TURN_ID: (Take("prompt.id"),),
        names.DURATION_MS: (Take("duration_ms"),),
        names.LEVEL: (_failed,),
        names.STATUS_MESSAGE: (Take("error"),),
        names.ERROR_TYPE: (Take("status_code"), lambda source: _failed(source) and "error"),
    },
)
CODEX_RECORDS = Dialect(
    name="codex",
    gated=True,
    span_names=("codex.",),
    fields={
        names.KIND: (_codex_kind,),
        names.PROVIDER: (lambda source: "openai" if _codex_kind(source) == "llm" else "",),
        names.REQUEST_MODEL: (Take("model"),),
        names.INPUT_MESSAGES: (chat("prompt", "user"),),
        # The cached part is included, as in the API that it calls.
        names.INPUT_TOKENS: (Take("input_token_count"),),
        names.OUTPUT_TOKENS: (Take("output_token_count"),),
        names.CACHE_READ_TOKENS: (Take("cached_token_count"),),
        names.CACHE_WRITE_TOKENS: (Take("cache_write_token_count"),),
        names.REASONING_TOKENS: (Take("reasoning_token_count"),),
        names.SESSION_ID: (Take("conversation.id"),),
        names.USER_ID: (Take("user.email"), Take("user.account_id")),
        names.TOOL_NAME: (Take("tool_name"), Take("tool")),
        names.TOOL_CALL_ID: (Take("call_id"),),
        names.TOOL_ARGUMENTS: (Take("arguments"),),
        names.TOOL_RESULT: (Take("output"),),
        names.ENVIRONMENT: (Take("env"),),
        names.DURATION_MS: (Take("duration_ms"),),
        names.LEVEL: (_failed,),
        names.STATUS_MESSAGE: (Take("error"),),
    },
)
