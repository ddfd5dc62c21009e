"""Panels of the page 'Agents and tools'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(id="agents", title="Agents and tools", description="How agents work: steps, tools, loops.")

PANELS = (
    Panel(
        id="steps-per-trace",
        page=PAGE.id,
        title="Steps per trace",
        description="Spans, LLM calls and tool calls for each trace.",
        kind="timeseries",
        sql="steps_per_trace",
        unit="none",
    ),
    Panel(
        id="repeated-tools",
        page=PAGE.id,
        title="Likely loops",
        description="Traces that call one tool at least three times.",
        kind="table",
        sql="repeated_tools",
        unit="none",
    ),
    Panel(
        id="agent-runs",
        page=PAGE.id,
        title="Agents",
        description="Runs of each agent and workflow, their failures and durations.",
        kind="table",
        sql="agent_runs",
        unit="none",
    ),
    Panel(
        id="tool-calls",
        page=PAGE.id,
        title="Tools",
        description="Calls of each tool, their failures and durations.",
        kind="table",
        sql="tool_calls",
        unit="none",
    ),
    Panel(
        id="tool-traffic",
        page=PAGE.id,
        title="Tool calls",
        description="Tool calls and failed ones per interval.",
        kind="timeseries",
        sql="tool_traffic",
        width=24,
    ),
)
