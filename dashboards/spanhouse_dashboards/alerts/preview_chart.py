"""The preview of a rule as a chart: a line for each segment, and the threshold. Must not know how a rule is run."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import get_args

from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.preview import Preview
from spanhouse_dashboards.console.charts import Spec, draw
from spanhouse_dashboards.panels import Column, Panel, PanelResult, Threshold, TimeRange
from spanhouse_dashboards.panels.model import Unit
from spanhouse_dashboards.words import spoken

_COLUMNS = (Column(name="time", role="time"), Column(name="segment", role="label"), Column(name="value", role="value"))


def chart_of(found: Preview, rule: Rule, *, time_range: TimeRange) -> Spec | None:
    """What the rule read, as a Vega-Lite specification; None where it read nothing."""
    rows = [(at, spoken(dict(key)) or "everything", value) for key, points in found.series.items() for at, value in points]
    result = PanelResult(columns=_COLUMNS, rows=rows, interval_s=_interval_s([at for at, _, _ in rows]))
    return draw(_panel(rule), result, time_range=time_range)


def _panel(rule: Rule) -> Panel:
    limit = Threshold(value=rule.threshold, severity="bad" if rule.severity == "critical" else "warning")
    # Minutes and multiples are units of alerts alone; an axis shows their bare numbers.
    unit: Unit = next((unit for unit in get_args(Unit) if unit == rule.unit), "none")
    return Panel(
        id="", page="", title=rule.title, description="", kind="timeseries", sql="", unit=unit, thresholds=(limit,), height=7
    )


def _interval_s(instants: list[datetime]) -> int:
    """The least distance between two points, in seconds; a minute where there is one point or none."""
    ordered = sorted(set(instants))
    steps = [int((later - earlier).total_seconds()) for earlier, later in pairwise(ordered)]
    return max(1, min(steps, default=60))
