"""OpenLLMetry (Traceloop): entities of workflows, association properties, vector stores."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Source, Take
from spanhouse_collector.ingest.dialects.reading import encoded, one_of, strings
from spanhouse_collector.ingest.dialects.rules import name_of

_PROPERTIES = "traceloop.association.properties."
_KINDS = {"workflow": "workflow", "task": "workflow", "agent": "agent", "tool": "tool", "llm": "llm", "chain": "workflow"}
_REQUEST_KINDS = {"chat": "llm", "completion": "llm", "embedding": "embedding", "rerank": "reranker"}
_OPERATIONS = {"chat": "chat", "completion": "text_completion", "embedding": "embeddings", "rerank": "rerank"}


def _entity_kind(source: Source) -> str:
    return source.attributes.get("traceloop.span.kind", "")


def _found_documents(source: Source) -> str:
    """What a vector store found, an event each."""
    prefix = "db.query.result."
    found = [event.attributes for event in source.events if event.name == "db.query.result"]
    names_by_key = {"id": "id", "distance": "distance", "score": "score", "document": "content", "metadata": "metadata"}
    items = [{name: item[prefix + key] for key, name in names_by_key.items() if item.get(prefix + key)} for item in found]
    return encoded([item for item in items if item])


TRACELOOP = Dialect(
    name="traceloop",
    marks=frozenset({"traceloop.span.kind", "llm.request.type", "traceloop.workflow.name", "traceloop.entity.name"})
    | {
        f"gen_ai.{family}.{number}.{field}"
        for family in ("prompt", "completion")
        for number in (0, 1)
        for field in ("role", "content")
    },
    events=frozenset({"db.query.result", "db.query.embeddings"}),
    prefixes={_PROPERTIES: names.METADATA_PREFIX, "traceloop.prompt.template_variables.": names.PROMPT_VARIABLE_PREFIX},
    fields={
        names.KIND: (Take("llm.request.type", one_of(_REQUEST_KINDS)), Take("traceloop.span.kind", one_of(_KINDS))),
        names.OPERATION: (Take("llm.request.type", one_of(_OPERATIONS)),),
        names.INPUT: (Take("traceloop.entity.input"),),
        names.OUTPUT: (Take("traceloop.entity.output"),),
        names.SESSION_ID: (Take(f"{_PROPERTIES}session_id"), Take(f"{_PROPERTIES}thread_id")),
        names.USER_ID: (Take(f"{_PROPERTIES}user_id"),),
        names.TAGS: (Take(f"{_PROPERTIES}tags", strings),),
        names.TRACE_NAME: (Take("traceloop.workflow.name"), Take("traceloop.entity.name")),
        names.PROMPT_NAME: (Take("traceloop.prompt.key"),),
        names.PROMPT_VERSION: (Take("traceloop.prompt.version"), Take("traceloop.prompt.version_hash")),
        names.WORKFLOW_NAME: (
            Take("traceloop.workflow.name"),
            name_of(("workflow",), kind=_entity_kind, key="traceloop.entity.name"),
        ),
        names.AGENT_NAME: (name_of(("agent",), kind=_entity_kind, key="traceloop.entity.name"),),
        names.TOOL_NAME: (name_of(("tool",), kind=_entity_kind, key="traceloop.entity.name"),),
        names.RETRIEVAL_DOCUMENTS: (_found_documents,),
        names.RETRIEVAL_TOP_K: (Take("db.vector.query.top_k"),),
        names.RELEASE: (Take("traceloop.entity.version"),),
    },
)
