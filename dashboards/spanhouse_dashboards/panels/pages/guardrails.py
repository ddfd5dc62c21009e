"""Panels of the page 'Guardrails'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(
    id="guardrails",
    title="Guardrails",
    description="What guardrails look at, and what they object to.",
)

PANELS = (
    Panel(
        id="guardrail-traffic",
        page=PAGE.id,
        title="Checks",
        description="Checks by guardrails per interval, by service.",
        kind="timeseries",
        sql="guardrail_traffic",
        is_stacked=True,
    ),
    Panel(
        id="guardrail-objections",
        page=PAGE.id,
        title="Objections",
        description="Share of its checks in which each guardrail objected, or failed.",
        kind="timeseries",
        sql="guardrail_objections",
        unit="percentunit",
    ),
    Panel(
        id="guardrails",
        page=PAGE.id,
        title="Guardrails",
        description="How often each looked and objected, and how long it took.",
        kind="table",
        sql="guardrails",
        unit="none",
    ),
    Panel(
        id="filtered-answers",
        page=PAGE.id,
        title="Filtered by providers",
        description="Share of each model's answers that ended with content_filter.",
        kind="timeseries",
        sql="filtered_answers",
        unit="percentunit",
    ),
)
