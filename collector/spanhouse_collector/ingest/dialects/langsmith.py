"""LangSmith's exporter: runs and metadata under `langsmith.*`, prompts and answers as JSON.

Its kinds are to be trusted more than the operation beside them, which says embeddings for a retriever.
"""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.providers import provider
from spanhouse_collector.ingest.dialects.reading import one_of, strings
from spanhouse_collector.ingest.dialects.rules import member

_USAGE = "langsmith.metadata.usage_metadata"
_KINDS = {
    "llm": "llm",
    "chat": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "chain": "workflow",
    "embedding": "embedding",
    "prompt": "prompt",
    "parser": "span",
}


def _kind(source: Source) -> str:
    return _KINDS.get(source.attributes.get("langsmith.span.kind", "").lower(), "")


def _operation(source: Source) -> str:
    return names.OPERATIONS.get(_kind(source), "")


def _input(source: Source) -> str:
    return "" if _kind(source) in ("llm", "") else source.attributes.get("gen_ai.prompt", "")


def _output(source: Source) -> str:
    return "" if _kind(source) in ("llm", "") else source.attributes.get("gen_ai.completion", "")


LANGSMITH = Dialect(
    name="langsmith",
    marks=frozenset({"langsmith.span.kind", "langsmith.trace.name", "langsmith.trace.session_id", "langsmith.span.id"}),
    scopes=("langsmith",),
    prefixes={"langsmith.metadata.": names.METADATA_PREFIX},
    overrides=frozenset({names.KIND, names.OPERATION}),
    fields={
        names.KIND: (Take("langsmith.span.kind", one_of(_KINDS)),),
        names.OPERATION: (_operation,),
        names.PROVIDER: (Take("langsmith.metadata.ls_provider", provider),),
        names.REQUEST_MODEL: (Take("langsmith.metadata.ls_model_name"),),
        names.INPUT: (_input,),
        names.OUTPUT: (_output,),
        # langsmith.trace.session_id is the project's, not a conversation's.
        names.SESSION_ID: (
            Take("langsmith.metadata.thread_id"),
            Take("langsmith.metadata.session_id"),
            Take("langsmith.metadata.conversation_id"),
        ),
        names.USER_ID: (Take("langsmith.metadata.user_id"),),
        names.CACHE_READ_TOKENS: (member(_USAGE, "input_token_details", "cache_read"),),
        names.CACHE_WRITE_TOKENS: (member(_USAGE, "input_token_details", "cache_creation"),),
        names.CACHE_WRITE_1H_TOKENS: (member(_USAGE, "input_token_details", "ephemeral_1h_input_tokens"),),
        names.AUDIO_INPUT_TOKENS: (member(_USAGE, "input_token_details", "audio"),),
        names.AUDIO_OUTPUT_TOKENS: (member(_USAGE, "output_token_details", "audio"),),
        names.REASONING_TOKENS: (member(_USAGE, "output_token_details", "reasoning"),),
        "gen_ai.request.temperature": (Take("langsmith.metadata.ls_temperature"),),
        "gen_ai.request.max_tokens": (Take("langsmith.metadata.ls_max_tokens"),),
        names.TAGS: (Take("langsmith.span.tags", strings),),
        names.TRACE_NAME: (Take("langsmith.trace.name"),),
    },
)
