"""Strands: OpenTelemetry's names and events, with a unit of its own and the arguments of tools in events."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Rule, Source
from spanhouse_collector.ingest.dialects.reading import milliseconds
from spanhouse_collector.ingest.dialects.rules import event_attribute


def _of_tool(event: str, key: str) -> Rule:
    """What a tool's span says in an event; on other spans the same events are messages."""
    said = event_attribute(event, key)
    return lambda source: said(source) if source.attributes.get(names.TOOL_NAME) else ""


def _first_chunk(source: Source) -> str:
    # OpenTelemetry's and OpenLIT's attribute of this name is in seconds.
    return milliseconds(source.attributes.get("gen_ai.server.time_to_first_token", ""))


STRANDS = Dialect(
    name="strands",
    gated=True,
    scopes=("strands.telemetry",),
    fields={
        names.FIRST_CHUNK_S: (_first_chunk,),
        names.TOOL_ARGUMENTS: (_of_tool("gen_ai.tool.message", "content"),),
        names.TOOL_RESULT: (_of_tool("gen_ai.choice", "message"),),
    },
)
