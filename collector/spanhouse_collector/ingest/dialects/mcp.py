"""MCP: a method's name says what was asked of a server. Its session is a connection's, not a conversation's."""

from __future__ import annotations

from spanhouse_collector.ingest.dialects import names
from spanhouse_collector.ingest.dialects.dialect import Dialect, Take
from spanhouse_collector.ingest.dialects.reading import one_of

_KINDS = {"tools/call": "tool", "prompts/get": "prompt", "resources/read": "retriever"}

MCP = Dialect(
    name="mcp",
    # Peers of before MCP 2026-07-28 have sessions; some write their session on spans that name no method.
    marks=frozenset({"mcp.method.name", "mcp.session.id"}),
    fields={
        names.KIND: (Take("mcp.method.name", one_of(_KINDS)),),
        names.DATA_SOURCE_ID: (Take("mcp.resource.uri"),),
    },
)
