"""Panels of the page 'Service levels'."""

from spanhouse_dashboards.panels.model import Page, Panel, Threshold
from spanhouse_dashboards.panels.promises import SERVICE_LEVELS

PAGE = Page(
    id="slo",
    title="Service levels",
    description="What the alert rules on burn rates promise of LLM calls, and how much of the error budgets is left.",
)

PANELS = (
    Panel(
        id="slo-by-service",
        page=PAGE.id,
        title="Promises by service",
        description="What was promised, what was kept, and what is left of the range's budget: below 0% it is broken.",
        kind="table",
        sql="slo_by_service",
        unit="none",
        constants=SERVICE_LEVELS,
        width=24,
    ),
    Panel(
        id="burn-rates",
        page=PAGE.id,
        title="Burn rates",
        description="How many times too fast each service spends its budgets, over the windows that end with the range.",
        kind="table",
        sql="burn_rates",
        unit="none",
        constants=SERVICE_LEVELS,
        width=24,
    ),
    Panel(
        id="error-budget-left",
        page=PAGE.id,
        title="Error budget left",
        description="What is left of the range's budget of failed calls, as time went by.",
        kind="timeseries",
        sql="error_budget_left",
        unit="percentunit",
        thresholds=(Threshold(value=0.0, severity="bad"),),
        constants=SERVICE_LEVELS,
        width=24,
    ),
    Panel(
        id="burn-rate-errors",
        page=PAGE.id,
        title="Burn rate of failed calls",
        description="How many times faster than promised; at 14.4 a month's budget lasts two days, at 6 five.",
        kind="timeseries",
        sql="burn_rate_errors",
        unit="none",
        thresholds=(Threshold(value=6.0, severity="warning"), Threshold(value=14.4, severity="bad")),
        constants=SERVICE_LEVELS,
    ),
    Panel(
        id="burn-rate-latency",
        page=PAGE.id,
        title="Burn rate of slow calls",
        description="How many times faster than promised, read off digests of the durations.",
        kind="timeseries",
        sql="burn_rate_latency",
        unit="none",
        thresholds=(Threshold(value=6.0, severity="warning"), Threshold(value=14.4, severity="bad")),
        constants=SERVICE_LEVELS,
    ),
    Panel(
        id="slo-by-model",
        page=PAGE.id,
        title="Promises by model",
        description="The same by service and model, the worst first.",
        kind="table",
        sql="slo_by_model",
        unit="none",
        constants=SERVICE_LEVELS,
        width=24,
    ),
)
