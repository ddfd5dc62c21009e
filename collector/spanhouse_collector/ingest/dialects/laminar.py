"""Laminar: a span's type, input and output, and properties of its trace."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Take
from spanhouse_collector.ingest.dialects.reading import one_of, strings
from spanhouse_collector.ingest.dialects.rules import summed

_PROPERTIES = "lmnr.association.properties."
_KINDS = {
    "llm": "llm",
    "tool": "tool",
    "evaluator": "evaluator",
    "human_evaluator": "evaluator",
    "evaluation": "workflow",
    "executor": "workflow",
    "default": "span",
}

LAMINAR = Dialect(
    name="laminar",
    marks=frozenset({"lmnr.span.type", "lmnr.span.input", "lmnr.span.output", "lmnr.span.path"}),
    scopes=("lmnr",),
    prefixes={_PROPERTIES: names.METADATA_PREFIX},
    objects={"lmnr.trace.metadata": names.METADATA_PREFIX},
    fields={
        names.KIND: (Take("lmnr.span.type", one_of(_KINDS)),),
        names.INPUT: (Take("lmnr.span.input"),),
        names.OUTPUT: (Take("lmnr.span.output"),),
        names.CACHE_WRITE_TOKENS: (
            summed(
                "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens",
                "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
            ),
            Take("gen_ai.usage.cache_creation.ephemeral_5m_input_tokens"),
            Take("gen_ai.usage.cache_creation.ephemeral_1h_input_tokens"),
        ),
        names.COST: (
            summed("gen_ai.usage.input_cost", "gen_ai.usage.output_cost"),
            Take("gen_ai.usage.input_cost"),
            Take("gen_ai.usage.output_cost"),
        ),
        names.SESSION_ID: (Take(f"{_PROPERTIES}session_id"),),
        names.USER_ID: (Take(f"{_PROPERTIES}user_id"),),
        names.TAGS: (Take(f"{_PROPERTIES}tags", strings), Take("lmnr.span.tags", strings)),
    },
)
