"""Every SQL text of every dashboard, expanded as Grafana expands it, runs on the engine and gives what the console gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from math import isnan

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.grafana.build import dashboards
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.macros import ALL, Value
from spanhouse_dashboards.panels import FILTERS, PAGES, PANELS, TimeRange, choose_interval_s, panels_of, run_panel
from tests.contract.plugin import run, window
from tests.dashboards.seeds import NOON, call, drift, score, store_calls, store_rows

pytestmark = pytest.mark.store

_BOARDS = dashboards(GrafanaOptions())
_START = NOON - timedelta(hours=6)
_CHOICES: dict[str, dict[str, list[str]]] = {
    "all": {},
    "one": {"model": ["small"], "release": ["1"]},
    "several": {"model": ["small", "large"], "service": ["support", "it's \\ odd"]},
}


@pytest.fixture
def seeded(store: Store) -> Store:
    calls = [call(n, minutes_ago=n * 5, release=str(1 + n % 2), response_model=("small", "large")[n % 2]) for n in range(60)]
    store_calls(store, calls)
    store_rows(store, "scores", [score(n, minutes_ago=n * 5, value=n / 60) for n in range(60)])
    store_rows(store, "scores", [score(n, minutes_ago=n, source="person", name="thumbs") for n in range(6)])
    store_rows(store, "measurements", [drift(minutes_ago=n * 60) for n in range(5)])
    return store


def _variables(choice: dict[str, list[str]]) -> dict[str, Value]:
    return {"project": "shop", **dict.fromkeys(FILTERS, ALL), **choice}


@pytest.mark.parametrize("choice", _CHOICES.values(), ids=list(_CHOICES))
def test_a_dashboards_panel_and_the_consoles_panel_hold_the_same(seeded: Store, choice: dict[str, list[str]]) -> None:
    time_range = TimeRange(start=_START, end=NOON)
    span = window(_START, NOON, interval_s=choose_interval_s(time_range))
    for page, board in zip(PAGES, _BOARDS, strict=True):
        for panel, drawn in zip(panels_of(page.id), board["panels"], strict=True):
            rows = run(seeded, drawn["targets"][0]["rawSql"], window=span, variables=_variables(choice))
            ours = run_panel(seeded, panel, project="shop", time_range=time_range, filters=choice)
            assert [_comparable(row.values()) for row in rows] == [_comparable(row) for row in ours.rows], panel.id


def _comparable(cells: Iterable[object]) -> list[object]:
    """The cells with numbers rounded, and NaN, which only the console turns into nothing, as nothing."""
    found: list[object] = []
    for cell in cells:
        if isinstance(cell, float | int):
            found.append(None if isnan(cell) else round(float(cell), 9))
        else:
            found.append(None if cell is None else str(cell))
    return found


def test_ad_hoc_filters_narrow_every_panel_over_calls(seeded: Store) -> None:
    """As the plugin writes them in place of its macro; filters that nothing fits leave what an empty store would give."""
    span = window(_START, NOON)
    tables = ("spans_minute", "spans_hour", "spans_quarter", "spans")
    columns = ("provider", "operation", "kind", "prompt_name", "prompt_version", "model")
    filters = dict.fromkeys(tables, " AND ".join(f" {column} = \\'nothing\\' " for column in columns))
    setting = "additional_table_filters={" + ", ".join(f"'{table}': '{text}'" for table, text in filters.items()) + "}"
    macro = "$__adHocFilters('spans_minute', 'spans_hour', 'spans_quarter', 'spans')"
    panels = [panel for board in _BOARDS for panel in board["panels"]]
    narrowed = [panel for panel in panels if macro in panel["targets"][0]["rawSql"]]
    # The others read a table as well that lacks the columns: scores, metrics, logs, measurements, or hours that are not spans'.
    others = [panel["targets"][0]["rawSql"] for panel in panels if panel not in narrowed]
    assert [sql for sql in others if set(re.findall(r"FROM (\w+)", sql)) <= set(tables)] == []
    assert narrowed
    for panel in narrowed:
        sql = panel["targets"][0]["rawSql"]
        empty = run(seeded, sql, window=span, variables={**_variables({}), "project": "nobody"})
        assert run(seeded, sql.replace(macro, setting), window=span, variables=_variables({})) == empty, panel["title"]


def test_ad_hoc_filters_offer_columns_that_every_table_of_calls_has(store: Store) -> None:
    (constant,) = (one for one in _BOARDS[0]["templating"]["list"] if one["type"] == "constant")
    assert constant["query"] == "spanhouse.spans_minute"
    names = "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{}' AND type ILIKE '%string%'"
    offered, *others = (
        set(store.raw(names.format(table), output_format="TSV").decode().split())
        for table in ("spans_minute", "spans_hour", "spans_quarter", "spans")
    )
    assert [offered - other for other in others] == [set(), set(), set()]


def test_variables_offer_what_was_seen(seeded: Store) -> None:
    found = {}
    for variable in _BOARDS[0]["templating"]["list"]:
        if variable["type"] == "query":
            rows = run(seeded, variable["query"]["rawSql"], window=window(_START, NOON), variables={"project": "shop"})
            found[variable["name"]] = [value for row in rows for value in row.values()]
    assert found == {
        "project": ["shop"],
        "environment": ["prod"],
        "service": ["support"],
        "model": ["large", "small"],
        "release": ["1", "2"],
    }


def test_annotations_mark_new_releases_and_alerts(seeded: Store) -> None:
    changed = {"project": "shop", "rule": "errors", "segment": {}, "changed_at": NOON, "labels": {}}
    changes = [{**changed, "state": state, "message": f"It is {state}."} for state in ("pending", "firing")]
    store_rows(seeded, "alerts", changes)
    start = NOON - timedelta(minutes=4)
    store_calls(seeded, [call(100, minutes_ago=2, release="3")])
    releases, alerts = (one["target"]["rawSql"] for one in _BOARDS[0]["annotations"]["list"])
    rows = run(seeded, releases, window=window(start, NOON), variables=_variables({}))
    assert rows == [{"time": NOON - timedelta(minutes=2), "text": "support: release 3"}]
    rows = run(seeded, alerts, window=window(start, NOON), variables=_variables({}))
    assert rows == [{"time": NOON, "text": "It is firing."}]


def test_no_panel_is_left_out() -> None:
    assert sum(len(board["panels"]) for board in _BOARDS) == len(PANELS)
