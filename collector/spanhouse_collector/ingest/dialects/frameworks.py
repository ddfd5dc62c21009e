"""Frameworks with a few words of their own: Genkit, Flue, VoltAgent, pipecat, Gemini CLI."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.reading import one_of
from spanhouse_collector.ingest.dialects.rules import chat, member

_GENKIT_KINDS = {
    "model": "llm",
    "embedder": "embedding",
    "retriever": "retriever",
    "reranker": "reranker",
    "tool": "tool",
    "tool.v2": "tool",
    "agent": "agent",
    "flow": "workflow",
    "evaluator": "evaluator",
    "prompt": "prompt",
    "indexer": "span",
    "util": "span",
}
_VOLTAGENT_KINDS = {
    "agent": "agent",
    "llm": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "memory": "memory",
    "guardrail": "guardrail",
    "embedding": "embedding",
    "workflow": "workflow",
    "workflow-step": "workflow",
}


def _genkit_named(source: Source, kind: str) -> str:
    """The action's name, if it is of this kind."""
    subtype = source.attributes.get("genkit:metadata:subtype", "")
    return source.attributes.get("genkit:name", "") if _GENKIT_KINDS.get(subtype) == kind else ""


GENKIT = Dialect(
    name="genkit",
    marks=frozenset({"genkit:name", "genkit:type", "genkit:metadata:subtype", "genkit:path"}),
    fields={
        names.KIND: (Take("genkit:metadata:subtype", one_of(_GENKIT_KINDS)), Take("genkit:type", one_of(_GENKIT_KINDS))),
        names.REQUEST_MODEL: (lambda source: _genkit_named(source, "llm"), lambda source: _genkit_named(source, "embedding")),
        names.TOOL_NAME: (lambda source: _genkit_named(source, "tool"),),
        names.AGENT_NAME: (lambda source: _genkit_named(source, "agent"),),
        names.WORKFLOW_NAME: (lambda source: _genkit_named(source, "workflow"),),
        names.INPUT: (Take("genkit:input"),),
        names.OUTPUT: (Take("genkit:output"),),
        names.INPUT_TOKENS: (member("genkit:output", "usage", "inputTokens"),),
        names.OUTPUT_TOKENS: (member("genkit:output", "usage", "outputTokens"),),
        names.CACHE_READ_TOKENS: (member("genkit:output", "usage", "cachedContentTokens"),),
        names.REASONING_TOKENS: (member("genkit:output", "usage", "thoughtsTokens"),),
        names.TOTAL_TOKENS: (member("genkit:output", "usage", "totalTokens"),),
        names.SESSION_ID: (Take("genkit:sessionId"),),
    },
)
FLUE = Dialect(
    name="flue",
    marks=frozenset({"flue.input", "flue.output", "flue.agent.name", "flue.conversation.id", "flue.operation.kind"}),
    scopes=("flue",),
    fields={
        names.INPUT: (Take("flue.input"),),
        names.OUTPUT: (Take("flue.output"),),
        names.AGENT_NAME: (Take("flue.agent.name"),),
        names.SESSION_ID: (Take("flue.conversation.id"),),
    },
)
VOLTAGENT = Dialect(
    name="voltagent",
    marks=frozenset({"entity.type", "llm.messages", "agent.messages", "usage.prompt_tokens"}),
    scopes=("@voltagent", "voltagent"),
    fields={
        names.KIND: (
            lambda source: _volt_kind(source, "span.type"),
            lambda source: _volt_kind(source, "entity.type"),
        ),
        names.REQUEST_MODEL: (Take("llm.model"), Take("ai.model.name")),
        names.INPUT_MESSAGES: (chat("llm.messages", "user"), chat("agent.messages", "user")),
        names.INPUT_TOKENS: (Take("usage.prompt_tokens"),),
        names.OUTPUT_TOKENS: (Take("usage.completion_tokens"),),
        names.CACHE_READ_TOKENS: (Take("usage.cached_tokens"),),
        names.REASONING_TOKENS: (Take("usage.reasoning_tokens"),),
        names.TOTAL_TOKENS: (Take("usage.total_tokens"),),
        names.AGENT_NAME: (lambda source: source.attributes.get("entity.name", "") if _is_entity(source, "agent") else "",),
        names.WORKFLOW_NAME: (lambda source: source.attributes.get("entity.name", "") if _is_entity(source, "workflow") else "",),
    },
)
#: Bare words, under the scopes that write them.
BARE_WORDS = Dialect(
    name="pipecat",
    gated=True,
    scopes=("pipecat", "@voltagent", "voltagent"),
    fields={names.INPUT: (Take("input"),), names.OUTPUT: (Take("output"),)},
)


def _volt_kind(source: Source, key: str) -> str:
    return _VOLTAGENT_KINDS.get(source.attributes.get(key, ""), "") if source.attributes.get("entity.type") else ""


def _is_entity(source: Source, kind: str) -> bool:
    return source.attributes.get("entity.type") == kind
