"""Panels of the page 'Drift'."""

from spanhouse_dashboards.panels.model import Page, Panel

PAGE = Page(id="drift", title="Drift", description="What has moved away from its reference window.")

PANELS = (
    Panel(
        id="drift-over-time",
        page=PAGE.id,
        title="Drift over time",
        description="Share of calls that moved past some point against the reference (of mixes and labels the Jensen-Shannon "
        "distance), and the population stability index, for the 30 features and segments that moved most; alarm is 1 where "
        "the difference is both significant and large.",
        kind="timeseries",
        sql="drift_over_time",
        unit="none",
        width=24,
    ),
    Panel(
        id="drift-alarms",
        page=PAGE.id,
        title="Drift alarms",
        description="The latest windows that raised an alarm, with the figures behind it.",
        kind="table",
        sql="drift_alarms",
        unit="none",
        width=24,
    ),
)
