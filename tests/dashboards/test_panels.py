"""Every panel answers on the real engine: its shape for any choice of variables, and its values against plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_collector.storage import Store
from spanhouse_dashboards.panels import (
    PAGES,
    PANELS,
    Panel,
    PanelResult,
    TimeRange,
    choose_interval_s,
    panel_by_id,
    panel_sql,
    panels_of,
    run_panel,
)
from tests.dashboards.seeds import NOON, call, drift, score, store_calls, store_rows, tool_call

_HOUR = TimeRange(start=NOON - timedelta(hours=1), end=NOON)
_EARLY, _LATE = NOON - timedelta(minutes=50), NOON - timedelta(minutes=20)
_FILTERS: dict[str, dict[str, list[str]]] = {
    "all": {},
    "one": {"model": ["small"], "service": ["support"], "environment": ["prod"], "release": ["1"]},
    "several": {"model": ["small", "large"], "release": ["1", "2", "it's \\ odd"]},
    "nobody": {"service": ["nobody"]},
}
_RANGES = {"hour": timedelta(hours=1), "month": timedelta(days=30)}


def _run(store: Store, panel_id: str, **filters: list[str]) -> PanelResult:
    return run_panel(store, panel_by_id(panel_id), project="shop", time_range=_HOUR, filters=filters)


def _something(result: PanelResult) -> list[object]:
    return [row for row in result.rows if any(cell not in (None, 0) for cell in row)]


@pytest.fixture
def seeded(store: Store) -> Store:
    """Three calls of two models in the hour, one call before it, one of another project, and a tool's execution."""
    calls = [
        call(1, minutes_ago=50, duration_ns=1_000_000_000),
        call(2, minutes_ago=50, duration_ns=3_000_000_000, status_code="Error"),
        call(3, minutes_ago=20, response_model="large", release="2", cost_usd=None, cost_status="unknown_model"),
        tool_call(4, minutes_ago=20),
        call(5, minutes_ago=90),
        call(6, minutes_ago=20, project="other"),
    ]
    store_calls(store, calls)
    scores = [
        score(1, minutes_ago=50, value=0.8),
        score(2, minutes_ago=50, value=None, status="unscored", reason="no documents"),
        score(3, minutes_ago=20, value=0.4, release="2", model="large"),
        score(3, minutes_ago=20, name="thumbs", value=1.0, source="client", evaluator="", release="2", model=""),
        score(6, minutes_ago=20, project="other"),
    ]
    store_rows(store, "scores", scores)
    store_rows(store, "measurements", [drift(minutes_ago=40), drift(minutes_ago=10, value=0.4, alarm=True)])
    return store


@pytest.mark.store
@pytest.mark.parametrize("filters", _FILTERS.values(), ids=list(_FILTERS))
@pytest.mark.parametrize("length", _RANGES.values(), ids=list(_RANGES))
def test_every_panel_answers_whatever_is_chosen(seeded: Store, filters: dict[str, list[str]], length: timedelta) -> None:
    for panel in PANELS:
        time_range = TimeRange(start=NOON - length, end=NOON)
        result = run_panel(seeded, panel, project="shop", time_range=time_range, filters=filters)
        _check_shape(panel, result)
        if not filters:
            assert _something(result) != [], panel.id


def _check_shape(panel: Panel, result: PanelResult) -> None:
    assert result.names("value") != [], panel.id
    if panel.kind == "timeseries":
        assert result.columns[0].role == "time", panel.id
        times = [row[0] for row in result.rows]
        assert all(isinstance(time, datetime) and time.tzinfo for time in times), panel.id
        assert times == sorted(times), panel.id  # type: ignore[type-var]  # instants, as the line above shows
    if panel.kind == "stat":
        assert len(result.rows) == 1, panel.id


@pytest.mark.store
def test_every_panel_of_an_empty_store_is_empty_and_keeps_its_columns(store: Store) -> None:
    for panel in PANELS:
        result = run_panel(store, panel, project="shop", time_range=_HOUR, filters={})
        _check_shape(panel, result)
        assert _something(result) == [], panel.id


@pytest.mark.store
def test_no_panel_shows_another_project(seeded: Store) -> None:
    for panel in PANELS:
        result = run_panel(seeded, panel, project="stranger", time_range=_HOUR, filters={})
        assert _something(result) == [], panel.id


@pytest.mark.store
def test_totals_are_those_of_the_calls_in_range(seeded: Store) -> None:
    panels = ("calls-total", "error-rate-total", "cost-total", "latency-total")
    assert {panel: _run(seeded, panel).rows for panel in panels} == {
        "calls-total": [(3,)],
        "error-rate-total": [(pytest.approx(1 / 3),)],
        "cost-total": [(pytest.approx(0.002),)],
        "latency-total": [(3000.0,)],
    }


@pytest.mark.store
def test_filters_narrow_and_combine(seeded: Store) -> None:
    assert _run(seeded, "calls-total", model=["small"]).rows == [(2,)]
    assert _run(seeded, "calls-total", model=["small", "large"]).rows == [(3,)]
    assert _run(seeded, "calls-total", model=["small"], release=["2"]).rows == [(0,)]


@pytest.mark.store
def test_traffic_counts_spans_traces_and_calls_in_each_interval(seeded: Store) -> None:
    assert _run(seeded, "traffic").rows == [(_EARLY, 2, 2, 2), (_LATE, 2, 1, 1)]


@pytest.mark.store
def test_series_by_model_hold_what_each_model_did(seeded: Store) -> None:
    panels = ("error-rate", "tokens-by-model", "cost-by-model", "first-token-by-model", "latency-by-model")
    assert {panel: _run(seeded, panel).rows for panel in panels} == {
        "error-rate": [(_EARLY, "small", 0.5), (_LATE, "large", 0.0)],
        "tokens-by-model": [(_EARLY, "small", 200, 40), (_LATE, "large", 100, 20)],
        "cost-by-model": [(_EARLY, "small", pytest.approx(0.002))],
        "first-token-by-model": [(_EARLY, "small", 200.0), (_LATE, "large", 200.0)],
        "latency-by-model": [(_EARLY, "small", 1000.0, 3000.0, 3000.0), (_LATE, "large", 1000.0, 1000.0, 1000.0)],
    }


@pytest.mark.store
def test_a_missing_score_lowers_the_coverage_and_not_the_mean(seeded: Store) -> None:
    assert _run(seeded, "scores-over-time").rows == [(_EARLY, "groundedness", 0.8, 0.5), (_LATE, "groundedness", 0.4, 1.0)]
    assert _run(seeded, "scores-by-release").rows == [("groundedness", "1", 0.8, 0.5), ("groundedness", "2", 0.4, 1.0)]


@pytest.mark.store
def test_feedback_and_drift_are_shown_as_recorded(seeded: Store) -> None:
    assert _run(seeded, "feedback").rows == [(_LATE, "thumbs", 1.0, 1)]
    assert _run(seeded, "drift-over-time").rows == [
        (NOON - timedelta(minutes=40), "duration_ns", "service=support", 0.02, 0),
        (NOON - timedelta(minutes=10), "duration_ns", "service=support", 0.4, 1),
    ]


@pytest.mark.parametrize(
    ("length", "interval_s"),
    [
        (timedelta(minutes=15), 60),
        (timedelta(hours=6), 300),
        (timedelta(days=1), 900),
        (timedelta(days=30), 21_600),
        (timedelta(days=4_000), 28 * 86_400),
    ],
)
def test_the_interval_follows_the_range(length: timedelta, interval_s: int) -> None:
    assert choose_interval_s(TimeRange(start=NOON - length, end=NOON)) == interval_s


def test_a_range_must_have_a_zone_and_a_length() -> None:
    with pytest.raises(InvalidRequest, match="no time zone"):
        TimeRange(start=datetime(2026, 1, 1), end=NOON)  # noqa: DTZ001 - the very thing tested
    with pytest.raises(InvalidRequest, match="before it ends"):
        TimeRange(start=NOON, end=NOON.astimezone(UTC))


@pytest.mark.store
def test_an_unknown_filter_is_refused_by_name(store: Store) -> None:
    with pytest.raises(InvalidRequest, match="no filter 'colour'"):
        _run(store, "traffic", colour=["red"])


def test_every_panel_belongs_to_a_page_and_is_found_by_its_id() -> None:
    assert {panel.id for page in PAGES for panel in panels_of(page.id)} == {panel.id for panel in PANELS}
    assert [panel_by_id(panel.id) for panel in PANELS] == list(PANELS)
    with pytest.raises(NotFound, match="no panel 'nothing'"):
        panel_by_id("nothing")


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.id)
def test_every_panels_sql_is_bound_to_project_and_range(panel: Panel) -> None:
    sql = panel_sql(panel)
    assert "project = ${project:singlequote}" in sql
    assert "$__timeFilter" in sql or ("$__fromTime" in sql and "$__toTime" in sql)
