"""What a filter leaves of a panel is what the panel would show if nothing else had ever been stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.panels import FILTERS, PANELS, Panel, TimeRange, panel_by_id, panel_sql, run_panel
from tests.dashboards.elsewhere import HOMES
from tests.dashboards.seeds import NOON

# Each test asks all panels, one after the other.
pytestmark = [pytest.mark.store, pytest.mark.timeout(120)]

# What of a row makes it another one, and what each table calls the model. Metrics and logs know none.
_ANOTHER = {
    "spans": "concat('f{}', substring(trace_id, 3)) AS trace_id",
    "scores": "concat('f{}', substring(trace_id, 3)) AS trace_id",
    "logs": "record_hash + 1000 * {} AS record_hash",
    "metrics_points": "point_hash + 1000 * {} AS point_hash",
}
_MODELS = {"spans": "response_model", "scores": "model"}
_COPIED = (*_ANOTHER, "trace_times", "measurements", "prices", "dead_letters")
_COPY = """
INSERT INTO {table}
SELECT * REPLACE (concat('crowd of ', project) AS project{changes})
FROM (SELECT * FROM {table} WHERE NOT startsWith(project, 'crowd'))
"""
# Not of all that is stored a model is known; what drift was measured on fits a filter only where it was narrowed by the same;
# what the service tells of itself belongs to no application.
_ON_TERMS_OF_THEIR_OWN = (
    *("ingest-rate", "drift-over-time", "drift-alarms"),
    *("journal-lag", "journal-backlog", "store-size", "query-cost"),
)
_VALUES = {
    "environment": ["prod"],
    "service": ["support", "trainer", "other", "tool-server", "claude-code", "codex_cli_rs", "api"],
    "model": ["small", "large", "code", ""],
    "release": ["1", "2"],
}
_PANELS = [panel for panel in PANELS if panel.id not in _ON_TERMS_OF_THEIR_OWN]
# Some panels read hours that were counted where a range is long, and filter them in a place of its own.
_RANGES = {
    "hour": (timedelta(hours=1), _PANELS),
    "month": (timedelta(days=30), [panel for panel in _PANELS if "_hour" in panel_sql(panel)]),
}


@pytest.fixture(scope="module")
def crowd(shop_in: Callable[[str], Store]) -> Store:
    """A project `crowd of NAME` for each project: its rows, and four times as many, each different in one filtered column."""
    store = shop_in("crowd")
    for table in _COPIED:
        _copy(store, table, "")
    for table, another in _ANOTHER.items():
        columns = {**{name: name for name in FILTERS}, "model": _MODELS.get(table, "")}
        for number, column in enumerate(filter(None, columns.values()), 1):
            _copy(store, table, f", {another.format(number)}, 'nobody asked' AS {column}")
    rollup = Rollup(store, share=1.0)
    minutes = "SELECT DISTINCT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute FROM spans"
    rollup.touch((row["project"], row["minute"]) for row in store.query(Query(name="minutes", text=minutes)))
    # Quarters of days come last: they are merged from hours.
    ScoreHours(store).refresh()
    rollup.refresh()
    return store


def _copy(store: Store, table: str, changes: str) -> None:
    store.execute(Query(name="copy", text=_COPY.format(table=table, changes=changes)))


@pytest.mark.parametrize(("length", "panels"), _RANGES.values(), ids=list(_RANGES))
def test_filters_leave_what_there_would_be_without_the_others(crowd: Store, length: timedelta, panels: list[Panel]) -> None:
    time_range = TimeRange(start=NOON - length, end=NOON)
    differing = {}
    for panel in panels:
        home = HOMES.get(panel.id, "shop")
        alone = _shown(crowd, panel, home, time_range, {})
        among_others = _shown(crowd, panel, f"crowd of {home}", time_range, _VALUES)
        if alone != among_others:
            differing[panel.id] = (alone, among_others)
    assert differing == {}


@pytest.mark.parametrize("panel_id", ["drift-over-time", "drift-alarms"])
def test_drift_is_filtered_by_the_segment_it_was_measured_on(shop: Store, panel_id: str) -> None:
    hour, panel = TimeRange(start=NOON - timedelta(hours=1), end=NOON), panel_by_id(panel_id)
    assert _shown(shop, panel, "shop", hour, {"service": ["support"]}) == _shown(shop, panel, "shop", hour, {}) != []
    assert _shown(shop, panel, "shop", hour, {"service": ["other"]}) == []


def _shown(
    store: Store, panel: Panel, project: str, time_range: TimeRange, filters: Mapping[str, Sequence[str]]
) -> list[tuple[Any, ...]]:
    result = run_panel(store, panel, project=project, time_range=time_range, filters=filters)
    return [tuple(_rounded(cell) for cell in row) for row in result.rows]


def _rounded(cell: object) -> object:
    return round(cell, 9) if isinstance(cell, float) else cell.timestamp() if isinstance(cell, datetime) else cell
