"""MLflow tracing: a span's type, inputs and outputs as JSON texts."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.providers import provider
from spanhouse_collector.ingest.dialects.reading import json_values, number, one_of, string, text
from spanhouse_collector.ingest.dialects.rules import member, total

_USAGE = "mlflow.chat.tokenUsage"
_KINDS = {
    "llm": "llm",
    "chat_model": "llm",
    "embedding": "embedding",
    "retriever": "retriever",
    "reranker": "reranker",
    "tool": "tool",
    "agent": "agent",
    "chain": "workflow",
    "workflow": "workflow",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
    "memory": "memory",
    "task": "span",
    "parser": "span",
    "unknown": "span",
}


def _kind(given: str) -> str:
    # Its own SDK writes every value as JSON, a word in quotes among them.
    return one_of(_KINDS)(string(given))


def _prompt_name(source: Source) -> str:
    return _prompt(source, "name")


def _prompt_version(source: Source) -> str:
    return _prompt(source, "version")


def _prompt(source: Source, name: str) -> str:
    """A field of the first linked prompt."""
    prompts = source.decoded("mlflow.linkedPrompts")
    first = prompts[0] if isinstance(prompts, list) and prompts else None
    return text(first.get(name)) if isinstance(first, dict) else ""


def _cost(source: Source) -> str:
    found = member("mlflow.llm.cost", "total_cost")(source) or source.attributes.get("mlflow.llm.cost", "")
    return found if number(found) is not None else total("mlflow.llm.cost", of=lambda name: name != "total_cost")(source)


MLFLOW = Dialect(
    name="mlflow",
    marks=frozenset({"mlflow.spanType", "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.traceRequestId"}),
    keys=frozenset({"mlflow.llm.cost", "mlflow.linkedPrompts"}),
    prefixes={"mlflow.traceTag.": names.METADATA_PREFIX},
    fields={
        names.KIND: (Take("mlflow.spanType", _kind),),
        names.PROVIDER: (Take("mlflow.llm.provider", provider),),
        names.REQUEST_MODEL: (member("mlflow.spanInputs", "model"), Take("mlflow.llm.model", string)),
        names.RESPONSE_MODEL: (member("mlflow.spanOutputs", "model"),),
        names.RESPONSE_ID: (member("mlflow.spanOutputs", "id"),),
        names.INPUT: (Take("mlflow.spanInputs", string),),
        names.OUTPUT: (Take("mlflow.spanOutputs", string),),
        **{
            f"{names.REQUEST_PREFIX}{name}": (member("mlflow.spanInputs", name),)
            for name in ("temperature", "top_p", "max_tokens", "seed", "stream", "frequency_penalty", "presence_penalty")
        },
        names.TOOL_DEFINITIONS: (Take("mlflow.chat.tools", json_values),),
        names.INPUT_TOKENS: (member(_USAGE, "input_tokens"),),
        names.OUTPUT_TOKENS: (member(_USAGE, "output_tokens"),),
        names.CACHE_READ_TOKENS: (member(_USAGE, "cache_read_input_tokens"),),
        names.CACHE_WRITE_TOKENS: (member(_USAGE, "cache_creation_input_tokens"),),
        names.TOTAL_TOKENS: (member(_USAGE, "total_tokens"),),
        names.COST: (_cost,),
        names.SESSION_ID: (Take("mlflow.trace.session", string),),
        names.USER_ID: (Take("mlflow.trace.user", string),),
        names.TRACE_NAME: (Take("mlflow.traceName", string),),
        names.TOOL_NAME: (lambda source: source.name if _kind(source.attributes.get("mlflow.spanType", "")) == "tool" else "",),
        names.AGENT_NAME: (lambda source: source.name if _kind(source.attributes.get("mlflow.spanType", "")) == "agent" else "",),
        names.PROMPT_NAME: (_prompt_name,),
        names.PROMPT_VERSION: (_prompt_version,),
    },
)
