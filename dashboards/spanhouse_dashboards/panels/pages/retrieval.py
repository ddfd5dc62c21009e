"""Panels of the page 'Retrieval'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(id="retrieval", title="Retrieval", description="Searches and embeddings before the answer.")

PANELS = (
    Panel(
        id="retrieval-traffic",
        page=PAGE.id,
        title="Retrievals and embeddings",
        description="Retrievals, embeddings and failed ones among both, per interval.",
        kind="timeseries",
        sql="retrieval_traffic",
    ),
    Panel(
        id="retrieval-latency",
        page=PAGE.id,
        title="Retrieval latency",
        description="Median and 95th percentile of the duration of retrievals, by service.",
        kind="timeseries",
        sql="retrieval_latency",
        unit="ms",
    ),
)
