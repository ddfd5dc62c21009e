"""Langfuse: input, output, usage and cost as JSON texts of its observations; its token counts leave their parts out."""

from __future__ import annotations

from collections.abc import Callable

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Rule, Source, Take
from spanhouse_collector.ingest.dialects.reading import one_of, string, strings
from spanhouse_collector.ingest.dialects.rules import instant_s, member, total

_USAGE = "langfuse.observation.usage_details"
_COST = "langfuse.observation.cost_details"
_KINDS = {
    "span": "span",
    "generation": "llm",
    "event": "span",
    "embedding": "embedding",
    "agent": "agent",
    "tool": "tool",
    "chain": "workflow",
    "retriever": "retriever",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
}
_CACHE_READ = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens")
_REASONING = ("output_reasoning_tokens", "output_reasoning")


def _is_input(name: str) -> bool:
    return name == "input" or name.startswith("input_") or name in ("cache_read_input_tokens", "cache_creation_input_tokens")


def _is_output(name: str) -> bool:
    return name == "output" or name.startswith("output_")


def _is_cache_write(name: str) -> bool:
    return name.startswith("input_cache_creation") or name == "cache_creation_input_tokens"


def _of_modality(side: str, modality: str) -> tuple[Rule, ...]:
    return (member(_USAGE, f"{side}_{modality}_tokens"), member(_USAGE, f"{side}_{modality}"))


def _cost(source: Source) -> str:
    """The total, or the sum of the parts where there is none."""
    return member(_COST, "total")(source) or total(_COST, of=lambda name: name != "total")(source)


def _named(kind: str) -> Callable[[Source], str]:
    """The observation's name, if it is of this type."""
    return lambda source: source.name if source.attributes.get("langfuse.observation.type") == kind else ""


LANGFUSE = Dialect(
    name="langfuse",
    marks=frozenset({"langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output"})
    | {"langfuse.observation.model.name", _USAGE},
    scopes=("langfuse-sdk",),
    keys=frozenset({_COST}),
    prefixes={"langfuse.trace.metadata.": names.METADATA_PREFIX, "langfuse.observation.metadata.": names.METADATA_PREFIX},
    objects={
        "langfuse.trace.metadata": names.METADATA_PREFIX,
        "langfuse.observation.metadata": names.METADATA_PREFIX,
        "langfuse.observation.model.parameters": names.REQUEST_PREFIX,
    },
    fields={
        names.KIND: (Take("langfuse.observation.type", one_of(_KINDS)),),
        names.REQUEST_MODEL: (Take("langfuse.observation.model.name"),),
        names.RESPONSE_MODEL: (Take("langfuse.observation.model.name"),),
        names.INPUT: (Take("langfuse.observation.input"), Take("langfuse.trace.input")),
        names.OUTPUT: (Take("langfuse.observation.output"), Take("langfuse.trace.output")),
        names.INPUT_TOKENS: (
            total(_USAGE, of=_is_input, base=("input",)),
            member(_USAGE, "prompt_tokens"),
            total(_USAGE, of=_is_input),
        ),
        names.OUTPUT_TOKENS: (
            total(_USAGE, of=_is_output, base=("output",)),
            member(_USAGE, "completion_tokens"),
            total(_USAGE, of=_is_output),
        ),
        names.CACHE_READ_TOKENS: (
            total(_USAGE, of=lambda name: name in _CACHE_READ),
            member(_USAGE, "prompt_tokens_details", "cached_tokens"),
            member(_USAGE, "input_tokens_details", "cached_tokens"),
        ),
        names.CACHE_WRITE_TOKENS: (total(_USAGE, of=_is_cache_write),),
        names.REASONING_TOKENS: (
            total(_USAGE, of=lambda name: name in _REASONING),
            member(_USAGE, "completion_tokens_details", "reasoning_tokens"),
            member(_USAGE, "output_tokens_details", "reasoning_tokens"),
        ),
        names.CACHE_WRITE_1H_TOKENS: (member(_USAGE, "input_cache_creation_1h"),),
        names.AUDIO_INPUT_TOKENS: (*_of_modality("input", "audio"), member(_USAGE, "prompt_tokens_details", "audio_tokens")),
        names.AUDIO_OUTPUT_TOKENS: (
            *_of_modality("output", "audio"),
            member(_USAGE, "completion_tokens_details", "audio_tokens"),
        ),
        names.IMAGE_INPUT_TOKENS: _of_modality("input", "image"),
        names.IMAGE_OUTPUT_TOKENS: _of_modality("output", "image"),
        names.VIDEO_INPUT_TOKENS: _of_modality("input", "video"),
        names.VIDEO_OUTPUT_TOKENS: _of_modality("output", "video"),
        names.TOTAL_TOKENS: (member(_USAGE, "total"), member(_USAGE, "total_tokens")),
        names.COST: (_cost,),
        names.FIRST_CHUNK_S: (instant_s("langfuse.observation.completion_start_time"),),
        names.SESSION_ID: (Take("langfuse.session.id"),),
        names.USER_ID: (Take("langfuse.user.id"),),
        names.TAGS: (Take("langfuse.trace.tags", strings), Take("langfuse.tags", strings)),
        names.TRACE_NAME: (Take("langfuse.trace.name"),),
        names.PROMPT_NAME: (Take("langfuse.observation.prompt.name"),),
        names.PROMPT_VERSION: (Take("langfuse.observation.prompt.version"),),
        names.AGENT_NAME: (_named("agent"),),
        names.TOOL_NAME: (_named("tool"),),
        names.WORKFLOW_NAME: (_named("chain"),),
        names.ENVIRONMENT: (Take("langfuse.environment"),),
        names.RELEASE: (Take("langfuse.release"), Take("langfuse.version")),
        names.LEVEL: (Take("langfuse.observation.level", string),),
        names.STATUS_MESSAGE: (Take("langfuse.observation.status_message", string),),
    },
)
