"""Every panel answers on the real engine: its shape, whatever is chosen, and only of the project asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from spanhouse_collector.errors import InvalidRequest, NotFound, QueryRejected
from spanhouse_collector.storage import Store
from spanhouse_dashboards.macros import ALL, Window, expand, fill
from spanhouse_dashboards.panels import (
    FILTERS,
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
from tests.dashboards.elsewhere import HOMES
from tests.dashboards.seeds import NOON, call

_HOUR = TimeRange(start=NOON - timedelta(hours=1), end=NOON)
_FILTERS: dict[str, dict[str, list[str]]] = {
    "all": {},
    "one": {"model": ["small"], "service": ["support"], "environment": ["prod"], "release": ["1"]},
    "several": {"model": ["small", "large"], "release": ["1", "2", "it's \\ odd"], "service": ["support", "other"]},
    "nobody": {"service": ["nobody"]},
}
_RANGES = {"hour": timedelta(hours=1), "month": timedelta(days=30)}


def _run(store: Store, panel_id: str, **filters: list[str]) -> PanelResult:
    return run_panel(store, panel_by_id(panel_id), project="shop", time_range=_HOUR, filters=filters)


def _something(result: PanelResult) -> list[object]:
    return [row for row in result.rows if any(cell not in (None, 0) for cell in row)]


@pytest.mark.store
@pytest.mark.timeout(120)  # all panels, one after the other
@pytest.mark.parametrize("filters", _FILTERS.values(), ids=list(_FILTERS))
@pytest.mark.parametrize("length", _RANGES.values(), ids=list(_RANGES))
def test_every_panel_answers_whatever_is_chosen(shop: Store, filters: dict[str, list[str]], length: timedelta) -> None:
    for panel in PANELS:
        time_range = TimeRange(start=NOON - length, end=NOON)
        result = run_panel(shop, panel, project=HOMES.get(panel.id, "shop"), time_range=time_range, filters=filters)
        _check_shape(panel, result)
        if not filters:
            assert _something(result) != [], panel.id


@pytest.mark.store
@pytest.mark.timeout(120)  # all panels, one after the other
def test_grafana_may_ask_as_a_user_who_may_change_no_setting(store: Store) -> None:
    to_ms = int(NOON.timestamp() * 1000)
    window = Window(from_ms=to_ms - 3_600_000, to_ms=to_ms, interval_ms=60_000)
    with store.session() as session:
        session.run(f"USE `{store.database}`")
        session.run("SET readonly = 1")
        with pytest.raises(QueryRejected, match="readonly"):
            session.run("SELECT 1 SETTINGS max_threads = 1")
        for panel in PANELS:
            filled = fill(panel_sql(panel), {"project": "shop", **dict.fromkeys(FILTERS, ALL)})
            session.run(expand(filled, window))


def _check_shape(panel: Panel, result: PanelResult) -> None:
    assert result.columns != (), panel.id
    if panel.kind != "table":
        assert result.names("value") != [], panel.id
    if panel.kind == "timeseries":
        assert result.columns[0].role == "time", panel.id
        times = [row[0] for row in result.rows]
        assert all(isinstance(time, datetime) and time.tzinfo for time in times), panel.id
        assert times == sorted(times), panel.id  # type: ignore[type-var]  # instants, as the line above shows
    if panel.kind == "stat":
        assert len(result.rows) == 1, panel.id


@pytest.mark.store
@pytest.mark.timeout(120)  # all panels, one after the other
def test_every_panel_of_an_empty_store_is_empty_and_keeps_its_columns(store: Store) -> None:
    for panel in PANELS:
        result = run_panel(store, panel, project="shop", time_range=_HOUR, filters={})
        _check_shape(panel, result)
        assert _something(result) == [], panel.id


@pytest.mark.store
@pytest.mark.timeout(120)  # all panels, one after the other
def test_no_panel_shows_another_project(shop: Store) -> None:
    for panel in PANELS:
        result = run_panel(shop, panel, project="stranger", time_range=_HOUR, filters={})
        assert _something(result) == [], panel.id


@pytest.mark.store
def test_a_call_of_codex_that_was_set_aside_for_another_report_of_it_is_not_counted(store: Store) -> None:
    reported = call(1, minutes_ago=5, project="shop", dialect="codex", cost_usd=Decimal("0.002"))
    store.insert("spans", [reported])
    assert _run(store, "coding-cost-total").rows == [(0.002,)]
    store.insert("spans", [{**reported, "kind": "span", "cost_usd": None, "cost_status": "roll_up"}])
    assert _run(store, "coding-cost-total").rows == [(None,)]
    assert _run(store, "coding-tokens").rows == []


@pytest.mark.store
def test_filters_narrow_and_combine(shop: Store) -> None:
    assert _run(shop, "calls-total", model=["small"]).rows == [(2,)]
    assert _run(shop, "calls-total", model=["small", "large"]).rows == [(3,)]
    assert _run(shop, "calls-total", model=["small"], release=["2"]).rows == [(0,)]


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
    # What looks back from the range's end, as a burn rate does, has a reach of its own.
    assert "$__timeFilter" in sql or "$__toTime" in sql
