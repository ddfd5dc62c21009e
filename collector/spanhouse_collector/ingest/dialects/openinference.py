"""OpenInference: flattened messages, documents and tools; a span may carry OpenTelemetry's names beside its own.

Where it does, these come first: the others lose reasoning tokens and the model that was asked for.
"""

from __future__ import annotations

from typing import Any

from spanhouse_collector.ingest.dialects import names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Rule, Source, Take
from spanhouse_collector.ingest.dialects.evaluations import KEYS, evaluations
from spanhouse_collector.ingest.dialects.providers import provider
from spanhouse_collector.ingest.dialects.reading import json_values, one_of, single, strings
from spanhouse_collector.ingest.dialects.rules import chat_family, first_event_s, list_family, member

_KINDS = {
    "llm": "llm",
    "embedding": "embedding",
    "retriever": "retriever",
    "reranker": "reranker",
    "tool": "tool",
    "agent": "agent",
    "chain": "workflow",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
    "prompt": "prompt",
    "decision": "span",
    "unknown": "span",
}


def _message(item: Any) -> Any:
    """A message as providers write it, from `llm.*_messages.N`."""
    message = item.get("message") if isinstance(item, dict) else None
    if not isinstance(message, dict):
        return None
    plain = {key: value for key, value in message.items() if key not in ("contents", "tool_calls")}
    contents = message.get("contents")
    if isinstance(contents, list):
        plain["content"] = [_content(entry) for entry in contents]
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        plain["tool_calls"] = [entry.get("tool_call", entry) for entry in calls if isinstance(entry, dict)]
    return plain


def _content(entry: Any) -> Any:
    """One piece of content; a call stands among the message's calls too, which have it whole."""
    if not isinstance(entry, dict) or "tool_call" in entry:
        return None
    return entry.get("message_content", entry)


def _document(item: Any) -> Any:
    document = item.get("document") if isinstance(item, dict) else None
    if not isinstance(document, dict):
        return None
    score = reading.number(document.get("score", ""))
    metadata = reading.decoded(document["metadata"]) if isinstance(document.get("metadata"), str) else None
    return {**document, **({} if score is None else {"score": score}), **({} if metadata is None else {"metadata": metadata})}


def _tool(item: Any) -> Any:
    """A tool's definition: its schema is a JSON text, whose function lies inside or is the whole."""
    tool = item.get("tool") if isinstance(item, dict) else None
    schema = reading.decoded(tool.get("json_schema", "")) if isinstance(tool, dict) else None
    if not isinstance(schema, dict):
        return tool
    function = schema.get("function")
    return {"type": "function", **function} if isinstance(function, dict) else {"type": "function", **schema}


def _completion(family: str, key: str, role: str) -> Rule:
    """Messages of calls that know no roles: texts in, texts out."""

    def text(item: Any) -> Any:
        inner = item.get(key) if isinstance(item, dict) else None
        said = inner.get("text") if isinstance(inner, dict) else None
        return {"role": role, "parts": [{"type": "text", "content": said}]} if said else None

    return list_family(family, text)


def _agent_name(source: Source) -> str:
    kind = source.attributes.get("openinference.span.kind", "").upper()
    return source.attributes.get("graph.node.id", "") if kind == "AGENT" else ""


_FIELDS: dict[str, tuple[Rule, ...]] = {
    names.KIND: (Take("openinference.span.kind", one_of(_KINDS)),),
    names.PROVIDER: (Take("llm.provider", provider), Take("llm.system", provider)),
    names.REQUEST_MODEL: (
        Take("llm.request.model_name"),
        Take("embedding.model_name"),
        Take("reranker.model_name"),
        member("llm.invocation_parameters", "model"),
        Take("llm.model_name"),
    ),
    names.RESPONSE_MODEL: (Take("llm.response.model_name"), Take("llm.model_name")),
    names.INPUT_MESSAGES: (
        chat_family("llm.input_messages.", "user", unwrapped=_message),
        _completion("llm.prompts.", "prompt", "user"),
    ),
    names.OUTPUT_MESSAGES: (
        chat_family("llm.output_messages.", "assistant", unwrapped=_message),
        _completion("llm.choices.", "completion", "assistant"),
    ),
    names.TOOL_DEFINITIONS: (list_family("llm.tools.", _tool),),
    names.INPUT: (Take("input.value"), Take("tool.parameters"), Take("reranker.query")),
    names.OUTPUT: (Take("output.value"),),
    names.FINISH_REASONS: (Take("llm.finish_reason", single),),
    names.RESPONSE_ID: (member("output.value", "id"),),
    names.INPUT_TOKENS: (Take("llm.token_count.prompt"),),
    names.OUTPUT_TOKENS: (Take("llm.token_count.completion"),),
    names.CACHE_READ_TOKENS: (Take("llm.token_count.prompt_details.cache_read"),),
    names.CACHE_WRITE_TOKENS: (Take("llm.token_count.prompt_details.cache_write"),),
    names.CACHE_WRITE_1H_TOKENS: (Take("llm.token_count.prompt_details.cache_write_1h"),),
    names.REASONING_TOKENS: (Take("llm.token_count.completion_details.reasoning"),),
    names.AUDIO_INPUT_TOKENS: (Take("llm.token_count.prompt_details.audio"),),
    names.AUDIO_OUTPUT_TOKENS: (Take("llm.token_count.completion_details.audio"),),
    names.TOTAL_TOKENS: (Take("llm.token_count.total"),),
    names.COST: (Take("llm.cost.total"),),
    names.FIRST_CHUNK_S: (first_event_s("First Token Stream Event"),),
    names.STREAM: (member("llm.invocation_parameters", "stream", read=reading.truth),),
    names.TAGS: (Take("tag.tags", strings),),
    names.PROMPT_NAME: (Take("prompt.id"),),
    names.PROMPT_VERSION: (Take("llm.prompt_template.version"),),
    names.PROMPT_VENDOR: (Take("prompt.vendor"),),
    names.PROMPT_TEMPLATE: (Take("llm.prompt_template.template"),),
    names.AGENT_NAME: (Take("agent.name"), _agent_name),
    names.TOOL_NAME: (Take("tool.name"),),
    names.TOOL_CALL_ID: (Take("tool.id"), Take("tool_call.id")),
    names.RETRIEVAL_DOCUMENTS: (
        list_family("retrieval.documents.", _document),
        list_family("reranker.output_documents.", _document),
    ),
    names.RETRIEVAL_TOP_K: (Take("reranker.top_k"),),
    names.EVALUATIONS: (evaluations,),
    "spanhouse.tool_parameters": (Take("tool.json_schema", json_values),),
}

OPENINFERENCE = Dialect(
    name="openinference",
    marks=frozenset({"openinference.span.kind"}),
    scopes=("openinference.instrumentation",),
    keys=frozenset(
        {f"llm.{side}_messages.0.message.role" for side in ("input", "output")}
        | {"llm.prompts.0.prompt.text", "llm.choices.0.completion.text", "llm.tools.0.tool.json_schema"}
        | {"retrieval.documents.0.document.content", "retrieval.documents.0.document.id", "graph.node.id"}
        | KEYS
    ),
    events=frozenset({"First Token Stream Event"}),
    overrides=frozenset(_FIELDS),
    objects={
        "llm.invocation_parameters": names.REQUEST_PREFIX,
        "embedding.invocation_parameters": names.REQUEST_PREFIX,
        "metadata": names.METADATA_PREFIX,
        "llm.prompt_template.variables": names.PROMPT_VARIABLE_PREFIX,
    },
    fields=_FIELDS,
)
