"""The panels, page by page, in the order in which they are shown. Only data: how a panel runs or is drawn is elsewhere."""

from __future__ import annotations

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.panels.model import Page, Panel, Threshold

PAGES = (
    Page(id="overview", title="Overview", description="Traffic, errors, latency, cost and quality at a glance."),
    Page(id="latency", title="Latency", description="How long calls take, and for whom."),
    Page(id="cost", title="Cost and tokens", description="What calls cost and which tokens they use."),
    Page(id="quality", title="Quality", description="Scores by evaluators, users and reviewers."),
    Page(id="drift", title="Drift", description="What has moved away from its reference window."),
)

PANELS = (
    Panel(
        id="calls-total",
        page="overview",
        title="LLM calls",
        description="LLM calls in the range, each counted once.",
        kind="stat",
        sql="calls_total",
        width=6,
        height=4,
    ),
    Panel(
        id="error-rate-total",
        page="overview",
        title="Error rate",
        description="Share of LLM calls that ended in an error.",
        kind="stat",
        sql="errors_total",
        unit="percentunit",
        thresholds=(Threshold(value=0.02, severity="warning"), Threshold(value=0.05, severity="bad")),
        width=6,
        height=4,
    ),
    Panel(
        id="latency-total",
        page="overview",
        title="p95 latency",
        description="95 of 100 LLM calls were at least this fast.",
        kind="stat",
        sql="latency_total",
        unit="ms",
        width=6,
        height=4,
    ),
    Panel(
        id="cost-total",
        page="overview",
        title="Cost",
        description="Cost of model calls with a known price; calls without one are not in it.",
        kind="stat",
        sql="cost_total",
        unit="currencyUSD",
        width=6,
        height=4,
    ),
    Panel(
        id="traffic",
        page="overview",
        title="Traffic",
        description="Spans, traces and LLM calls per interval.",
        kind="timeseries",
        sql="traffic",
    ),
    Panel(
        id="error-rate",
        page="overview",
        title="Error rate by model",
        description="Share of each model's LLM calls that ended in an error.",
        kind="timeseries",
        sql="error_rate",
        unit="percentunit",
        thresholds=(Threshold(value=0.05, severity="bad"),),
    ),
    Panel(
        id="latency-by-model",
        page="overview",
        title="Latency by model",
        description="Median, 95th and 99th percentile of the duration of LLM calls.",
        kind="timeseries",
        sql="latency_by_model",
        unit="ms",
    ),
    Panel(
        id="scores-over-time",
        page="overview",
        title="Mean scores",
        description="Mean of each evaluator's scores, with the share of judged spans that have a value.",
        kind="timeseries",
        sql="scores_over_time",
        unit="none",
    ),
    Panel(
        id="first-token-by-model",
        page="latency",
        title="Time to first token by model",
        description="95th percentile of the wait for the first chunk of streamed calls.",
        kind="timeseries",
        sql="first_token_by_model",
        unit="ms",
    ),
    Panel(
        id="latency-by-release",
        page="latency",
        title="Latency by release",
        description="Median, 95th and 99th percentile of the duration of LLM calls, release against release.",
        kind="timeseries",
        sql="latency_by_release",
        unit="ms",
    ),
    Panel(
        id="cost-by-model",
        page="cost",
        title="Cost by model",
        description="Cost of each model's calls with a known price, per interval.",
        kind="timeseries",
        sql="cost_by_model",
        unit="currencyUSD",
        is_stacked=True,
    ),
    Panel(
        id="tokens-by-model",
        page="cost",
        title="Tokens by model",
        description="Input and output tokens per interval, as the providers reported them.",
        kind="timeseries",
        sql="tokens_by_model",
        is_stacked=True,
    ),
    Panel(
        id="scores-by-release",
        page="quality",
        title="Mean scores by release",
        description="Mean of each score in each release, with the share of judged spans that have a value.",
        kind="barchart",
        sql="scores_by_release",
        unit="none",
    ),
    Panel(
        id="feedback",
        page="quality",
        title="Feedback",
        description="Scores given by users and reviewers: their mean and how many there were.",
        kind="timeseries",
        sql="feedback",
        unit="none",
    ),
    Panel(
        id="drift-over-time",
        page="drift",
        title="Drift over time",
        description="Distance of each window from its reference; alarm is 1 where it is both significant and large.",
        kind="timeseries",
        sql="drift_over_time",
        unit="none",
        width=24,
    ),
)

_BY_ID = {panel.id: panel for panel in PANELS}


def panel_by_id(panel_id: str) -> Panel:
    """The panel of this id; raises NotFound if there is none."""
    if panel_id not in _BY_ID:
        raise NotFound(f"there is no panel {panel_id!r}; the console's pages list those that exist")
    return _BY_ID[panel_id]


def panels_of(page_id: str) -> tuple[Panel, ...]:
    """A page's panels in order; empty for a page that does not exist."""
    return tuple(panel for panel in PANELS if panel.page == page_id)
