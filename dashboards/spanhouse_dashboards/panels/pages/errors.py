"""Panels of the page 'Errors'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(id="errors", title="Errors", description="What fails, and how answers end.")

PANELS = (
    Panel(
        id="errors-by-type",
        page=PAGE.id,
        title="Errors by type",
        description="Failed spans per interval by type of error; rate limits are among them.",
        kind="timeseries",
        sql="errors_by_type",
        is_stacked=True,
    ),
    Panel(
        id="error-rate-by-service",
        page=PAGE.id,
        title="Error rate by service",
        description="Share of each service's spans that ended in an error.",
        kind="timeseries",
        sql="error_rate_by_service",
        unit="percentunit",
    ),
    Panel(
        id="latest-errors",
        page=PAGE.id,
        title="Latest errors",
        description="The 50 latest failed spans.",
        kind="table",
        sql="latest_errors",
        unit="none",
        width=24,
    ),
    Panel(
        id="finish-reasons",
        page=PAGE.id,
        title="Finish reasons",
        description="Why models stopped writing: length means that the answer was cut short, content_filter that it was blocked.",
        kind="timeseries",
        sql="finish_reasons",
        is_stacked=True,
    ),
    Panel(
        id="rate-limits",
        page=PAGE.id,
        title="Rate limits",
        description="Model calls that a provider refused because there were too many: HTTP 429, or an error that says so.",
        kind="timeseries",
        sql="rate_limits",
        is_stacked=True,
    ),
    Panel(
        id="retries",
        page=PAGE.id,
        title="Failed calls tried again",
        description="Whether another call of the kind followed under the same parent within ten minutes, and succeeded.",
        kind="timeseries",
        sql="retries",
        is_stacked=True,
    ),
    Panel(
        id="retries-by-model",
        page=PAGE.id,
        title="Time lost to failed calls",
        description="From a failed call's start to that of the next try; where there was none, its duration.",
        kind="table",
        sql="retries_by_model",
        unit="none",
    ),
)
