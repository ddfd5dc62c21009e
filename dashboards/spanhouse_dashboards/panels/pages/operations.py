"""Panels of the page 'Spanhouse itself'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(
    id="operations",
    title="Spanhouse itself",
    description="Whether evaluators and ingest keep up, and what the store and its readers cost.",
)


PANELS = (
    Panel(
        id="evaluations",
        page=PAGE.id,
        title="Evaluations",
        description="Evaluations of each interval's spans, by evaluator and outcome.",
        kind="timeseries",
        sql="evaluations",
        is_stacked=True,
    ),
    Panel(
        id="evaluation-lag",
        page=PAGE.id,
        title="Evaluation lag",
        description="How long after a span began it was scored.",
        kind="timeseries",
        sql="evaluation_lag",
        unit="s",
    ),
    Panel(
        id="evaluation-cost",
        page=PAGE.id,
        title="Cost of evaluation",
        description="What evaluators spent on models of their own.",
        kind="table",
        sql="evaluation_cost",
        unit="none",
    ),
    Panel(
        id="unscored-reasons",
        page=PAGE.id,
        title="Why scores are missing",
        description="Evaluators that failed or found nothing to judge, by reason.",
        kind="table",
        sql="unscored_reasons",
        unit="none",
    ),
    Panel(
        id="ingest-delay",
        page=PAGE.id,
        title="Ingest delay",
        description="95th percentile of the time from a span's end to its arrival, and from its arrival to its table.",
        kind="timeseries",
        sql="ingest_delay",
        unit="s",
    ),
    Panel(
        id="rejected-requests",
        page=PAGE.id,
        title="Sent and not stored",
        description="By reason: requests that the store refused (they are kept whole for 30 days), what was left out of others "
        "for what is wrong with it, and what applications' SDKs lost on the way.",
        kind="timeseries",
        sql="rejected_requests",
    ),
    Panel(
        id="ingest-rate",
        page=PAGE.id,
        title="Rows stored",
        description="Spans, log records, metric points and scores per interval.",
        kind="timeseries",
        sql="ingest_rate",
    ),
    Panel(
        id="journal-lag",
        page=PAGE.id,
        title="Journal lag",
        description="How long the oldest acknowledged request waited for the store, at the worst moment of each interval.",
        kind="timeseries",
        sql="journal_lag",
        unit="s",
    ),
    Panel(
        id="journal-backlog",
        page=PAGE.id,
        title="Journal backlog",
        description="Acknowledged bytes that waited for the store, at the worst moment of each interval.",
        kind="timeseries",
        sql="journal_backlog",
        unit="bytes",
    ),
    Panel(
        id="store-size",
        page=PAGE.id,
        title="Store size",
        description="Room that the largest tables take on disk.",
        kind="timeseries",
        sql="store_size",
        unit="bytes",
        is_stacked=True,
    ),
    Panel(
        id="query-cost",
        page=PAGE.id,
        title="Query cost by dashboard",
        description="How long statements ran for each dashboard, in the console and through the ClickHouse port.",
        kind="timeseries",
        sql="query_cost",
        unit="s",
        is_stacked=True,
    ),
)
