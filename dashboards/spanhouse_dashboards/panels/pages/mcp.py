"""Panels of the page 'MCP'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(
    id="mcp",
    title="MCP",
    description="Servers, tools and methods of the Model Context Protocol, by spans with mcp.method.name.",
)

PANELS = (
    Panel(
        id="mcp-traffic",
        page=PAGE.id,
        title="Requests by method",
        description="Requests per interval; where both sides send spans, each request counts on both.",
        kind="timeseries",
        sql="mcp_traffic",
        is_stacked=True,
        width=24,
    ),
    Panel(
        id="mcp-latency",
        page=PAGE.id,
        title="Durations by method",
        description="Median and 95th percentile of the duration of requests.",
        kind="timeseries",
        sql="mcp_latency",
        unit="ms",
    ),
    Panel(
        id="mcp-errors",
        page=PAGE.id,
        title="Failed requests",
        description="By method and error.type, else the JSON-RPC code.",
        kind="timeseries",
        sql="mcp_errors",
        is_stacked=True,
    ),
    Panel(
        id="mcp-servers",
        page=PAGE.id,
        title="Servers",
        description="As their clients see them (by address) and as they see themselves (by service).",
        kind="table",
        sql="mcp_servers",
        unit="none",
        width=24,
    ),
    Panel(
        id="mcp-tools",
        page=PAGE.id,
        title="Tools",
        description="Tools called through the protocol.",
        kind="table",
        sql="mcp_tools",
        unit="none",
        width=24,
    ),
)
