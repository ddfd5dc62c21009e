"""Codex: its spans are internal ones; prompts and tokens come as log records (coding_agents.py).

A span that repeats the tokens of such a record is none of its own: nothing connects the two.
"""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Take
from spanhouse_collector.ingest.dialects.reading import milliseconds
from spanhouse_collector.ingest.dialects.rules import event_attribute

CODEX = Dialect(
    name="codex",
    gated=True,
    scopes=("codex",),
    span_names=("codex.",),
    events=frozenset({"codex.user_prompt", "codex.api_request", "codex.tool_result", "codex.turn_ttft"}),
    fields={
        names.KIND: (lambda source: "workflow" if names.INPUT_TOKENS in source.attributes else "",),
        names.SESSION_ID: (Take("conversation.id"), event_attribute("codex.user_prompt", "conversation.id")),
        names.FIRST_CHUNK_S: (event_attribute("codex.turn_ttft", "duration_ms", read=milliseconds),),
        names.ENVIRONMENT: (Take("env"),),
        names.REASONING_TOKENS: (Take("codex.usage.reasoning_output_tokens"),),
    },
)
