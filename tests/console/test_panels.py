"""Panels as the browser gets them: a drawing that Vega-Lite accepts, the figures beside it, and the query."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vl_convert

from spanhouse_collector.storage import Store
from spanhouse_dashboards.addresses import console_anchor, console_path
from spanhouse_dashboards.console.chart_points import MAX_SERIES
from spanhouse_dashboards.console.charts import draw
from spanhouse_dashboards.panels import PANELS, Column, Panel, PanelResult, Threshold, TimeRange, panel_by_id
from tests.console.serving import Console

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
RANGE = TimeRange(start=START, end=START + timedelta(hours=1))
CHARTS = [panel.id for panel in PANELS if panel.kind != "stat"]


def panel(**given: Any) -> Panel:
    return Panel(**{"id": "p", "page": "x", "title": "P", "description": "", "kind": "timeseries", "sql": "none", **given})


def result(names: str, *rows: tuple[Any, ...]) -> PanelResult:
    """A result whose columns are named as in `t:time m:label v`."""
    columns = tuple(Column(name=name.partition(":")[0], role=name.partition(":")[2] or "value") for name in names.split())  # type: ignore[arg-type]  # a role
    return PanelResult(columns=columns, rows=rows, interval_s=60)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@pytest.mark.store
@pytest.mark.parametrize("panel_id", CHARTS)
def test_a_panel_of_a_busy_day_is_drawn_by_vega_lite(busy: Console, panel_id: str) -> None:
    answer = busy.client.get(f"/console/panels/{panel_id}?range=24h").json()
    assert answer["sql"].startswith(("SELECT", "WITH"))
    assert all(len(row) == len(answer["columns"]) for row in answer["rows"])
    if not answer["rows"] or panel_by_id(panel_id).kind == "table":
        assert answer["spec"] is None
        return
    picture = vl_convert.vegalite_to_svg({**answer["spec"], "width": 500})
    assert "NaN" not in picture
    assert "<path" in picture


@pytest.mark.store
def test_a_panel_leads_to_its_form_in_grafana_where_one_is_known(idle_store: Store) -> None:
    console = Console(idle_store, grafana_url="https://grafana.example/sub")
    assert (
        'href="https://grafana.example/sub/d/spanhouse-latency?viewPanel=1&amp;from=now-6h&amp;to=now&amp;var-project=default'
        '&amp;var-model=a+%26+b"'
    ) in console.text("/latency?range=6h&model=a+%26+b")
    between = console.text("/latency?from=2026-11-23T10:00&to=2026-11-23T11:00")
    assert "viewPanel=1&amp;from=1795428000000&amp;to=1795431600000&amp;" in between
    assert "in Grafana" not in Console(idle_store).text("/latency")


@pytest.mark.store
def test_every_panel_but_a_single_figure_is_found_at_its_address(busy: Console) -> None:
    """Alerts and reports lead there."""
    pages = {path: busy.text(path) for path in {console_path(panel) for panel in PANELS}}
    # The page of drift shows its panels once something was measured, and this store measured nothing.
    charts = [panel for panel in PANELS if panel.kind != "stat" and panel.page != "drift"]
    assert [panel.id for panel in charts if f'id="{console_anchor(panel)}"' not in pages[console_path(panel)]] == []


@pytest.mark.store
def test_a_panel_without_data_says_so_instead_of_drawing(idle: Console) -> None:
    answer = idle.client.get("/console/panels/latency-by-model").json()
    assert (answer["spec"], answer["rows"]) == (None, [])


@pytest.mark.store
def test_filters_reach_the_panel(busy: Console) -> None:
    answer = busy.client.get("/console/panels/latency-by-release?release=1.5.0").json()
    names = [column["name"] for column in answer["columns"]]
    assert {row[names.index("release")] for row in answer["rows"]} == {"1.5.0"}


@pytest.mark.store
def test_figures_of_a_table_are_told_in_their_units(busy: Console) -> None:
    tools = {column["name"]: column["unit"] for column in busy.client.get("/console/panels/tool-calls").json()["columns"]}
    assert tools == {"tool": "", "calls": "", "error_rate": "percentunit", "p50": "ms", "p95": "ms"}
    spent = {column["name"]: column["unit"] for column in busy.client.get("/console/panels/cost-by-user").json()["columns"]}
    assert spent["cost_usd"] == "currencyUSD"


@pytest.mark.store
def test_an_unknown_panel_is_told_in_one_sentence(idle: Console) -> None:
    assert "There is no panel &#39;nope&#39;" in idle.text("/console/panels/nope", 404)


def points(spec: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What is drawn, without the marks of gaps."""
    assert spec is not None
    return [point for point in spec["data"]["values"] if point["value"] is not None]


def test_each_value_column_and_label_is_a_series_and_missing_values_are_gaps() -> None:
    spec = draw(
        panel(unit="ms"), result("t:time m:label p50 p95", (at(0), "a", 1.0, 2.0), (at(1), "a", None, 4.0)), time_range=RANGE
    )
    assert [(p["series"], p["measure"], p["value"]) for p in points(spec)] == [
        ("a", "p50", 1.0),
        ("a", "p95", 2.0),
        ("a", "p95", 4.0),
    ]


def test_coverage_stands_beside_a_mean_and_is_no_series() -> None:
    spec = draw(panel(), result("t:time n:label mean coverage", (at(0), "tone", 0.5, 0.8)), time_range=RANGE)
    assert [(p["measure"], p["coverage"]) for p in points(spec)] == [("mean", 0.8)]


def test_a_line_breaks_where_nothing_was_measured_and_shows_what_stands_alone() -> None:
    spec = draw(panel(), result("t:time v", (at(0), 1.0), (at(2), 2.0), (at(4), 2.5), (at(30), 3.0)), time_range=RANGE)
    assert spec is not None
    assert [(point["value"], point["is_lonely"]) for point in spec["data"]["values"]] == [
        (1.0, False),
        (2.0, False),
        (2.5, False),
        (None, False),
        (3.0, True),
        (None, False),
    ]


def test_a_line_of_longer_windows_than_the_interval_is_whole() -> None:
    spec = draw(panel(), result("t:time v", *((at(minute), 1.0) for minute in (0, 15, 30, 45))), time_range=RANGE)
    assert spec is not None
    assert [point["value"] for point in spec["data"]["values"]] == [1.0, 1.0, 1.0, 1.0, None]


def ticks(spec: dict[str, Any] | None) -> list[str]:
    """What the axes of a drawing say, in order."""
    assert spec is not None
    return re.findall(r"<text[^>]*>([^<]+)</text>", vl_convert.vegalite_to_svg({**spec, "width": 400}))


def test_an_axis_of_counts_has_whole_ticks_and_each_the_prefix_that_it_needs() -> None:
    few, many = result("t:time v", (at(0), 1), (at(1), 0)), result("t:time v", (at(0), 0), (at(1), 1000))
    for given in ({}, {"is_stacked": True}):
        drawn = ticks(draw(panel(**given), few, time_range=RANGE))
        assert ("0" in drawn, "1" in drawn, [tick for tick in drawn if "." in tick]) == (True, True, [])
        assert {"200", "800", "1k"} <= set(ticks(draw(panel(**given), many, time_range=RANGE)))
    assert "0.2" in ticks(draw(panel(), result("t:time v", (at(0), 0.5), (at(1), 0.1)), time_range=RANGE))
    assert "1MB" in ticks(draw(panel(unit="bytes"), result("t:time v", (at(0), 2e6)), time_range=RANGE))


def test_a_series_without_a_name_is_told_apart_from_the_others() -> None:
    spec = draw(panel(), result("t:time m:label v", (at(0), "", 1.0), (at(0), "a", 2.0)), time_range=RANGE)
    assert [point["series"] for point in points(spec)] == ["(none)", "a"]


def test_the_largest_series_are_drawn_where_there_are_too_many() -> None:
    rows = [(at(0), f"m{n}", float(n)) for n in range(MAX_SERIES + 5)]
    drawn = {point["series"] for point in points(draw(panel(), result("t:time m:label v", *rows), time_range=RANGE))}
    assert drawn == {f"m{n}" for n in range(5, MAX_SERIES + 5)}


@pytest.mark.parametrize(
    ("given", "names", "row"),
    [
        ({"kind": "timeseries", "thresholds": (Threshold(value=0.5, severity="bad"),)}, "t:time v", (at(1), 0.7)),
        ({"kind": "timeseries", "is_stacked": True, "unit": "currencyUSD"}, "t:time m:label v", (at(1), "a", 0.7)),
        ({"kind": "barchart", "unit": "percentunit"}, "n:label r:label v", ("a", "1", 0.7)),
        ({"kind": "barchart"}, "n:label v", ("a", 0.7)),
        ({"kind": "heatmap"}, "t:time m:label v", (at(1), "a", 0.7)),
    ],
)
def test_every_kind_of_panel_is_drawn(given: dict[str, Any], names: str, row: tuple[Any, ...]) -> None:
    spec = draw(panel(**given), result(names, row), time_range=RANGE)
    assert spec is not None
    assert "<path" in vl_convert.vegalite_to_svg({**spec, "width": 300})


def test_stacked_series_stand_upon_each_other() -> None:
    spec = draw(panel(is_stacked=True), result("t:time m:label v", (at(1), "a", 1.0), (at(1), "b", 2.0)), time_range=RANGE)
    assert spec is not None
    transforms = [step["type"] for data in vl_convert.vegalite_to_vega(spec)["data"] for step in data.get("transform", [])]
    assert "stack" in transforms


def test_figures_and_tables_are_not_drawn() -> None:
    assert draw(panel(kind="stat"), result("v", (1.0,)), time_range=RANGE) is None
    assert draw(panel(kind="table"), result("n:label v", ("a", 1.0)), time_range=RANGE) is None
