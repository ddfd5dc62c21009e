"""What Grafana's ClickHouse plugin sends to the ClickHouse interface: every dashboard's queries, Explore, ad hoc filters."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.grafana.build import dashboards
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.macros import ALL, Value, expand, fill
from spanhouse_dashboards.panels import FILTERS
from tests.api.conftest import FOREIGN, Gateway
from tests.contract.plugin import window
from tests.dashboards.seeds import NOON

pytestmark = [pytest.mark.store, pytest.mark.net]

_BOARDS = dashboards(GrafanaOptions())
# As the plugin opens its connection (clickhouse-go over HTTP), with the row limit it can be told to set.
_AS_PLUGIN = {
    "database": "default",
    "client_protocol_version": "54468",
    "enable_http_compression": "1",
    "max_execution_time": "60",
    "limit": "100000",
}


@pytest.mark.parametrize("board", _BOARDS, ids=lambda board: board["uid"])
def test_every_query_of_a_dashboard_gives_what_the_store_gives(
    gateway: Gateway, projects: Store, board: dict[str, object]
) -> None:
    span = window(NOON - timedelta(hours=6), NOON, interval_s=60)
    variables: dict[str, Value] = {"project": "shop", **dict.fromkeys(FILTERS, ALL)}
    panels = board["panels"]
    assert isinstance(panels, list)
    for panel in panels:
        for target in panel.get("targets", ()):
            sql = expand(fill(target["rawSql"], variables), span)
            assert gateway.ask(sql, default_format="Native", **_AS_PLUGIN).status_code == 200, panel["title"]
            answer = gateway.ask(sql, default_format="JSONCompactEachRow", **_AS_PLUGIN)
            assert answer.content == projects.raw(sql, output_format="JSONCompactEachRow"), panel["title"]


def test_a_dashboard_shows_nothing_of_a_project_chosen_in_its_variable(gateway: Gateway) -> None:
    """The variable is the viewer's to set; the key decides all the same."""
    span = window(NOON - timedelta(hours=6), NOON, interval_s=60)
    variables: dict[str, Value] = {"project": FOREIGN, **dict.fromkeys(FILTERS, ALL)}
    for board in _BOARDS:
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                sql = expand(fill(target["rawSql"], variables), span)
                assert FOREIGN not in gateway.ask(sql, default_format="CSV").text, panel["title"]


def test_explore_finds_a_trace_by_its_id_and_not_another_project_s(gateway: Gateway) -> None:
    sql = files("tests.contract").joinpath("explore_trace.sql").read_text(encoding="utf-8")
    own = gateway.ask(sql, param_trace_id=f"{3:032x}", default_format="JSON").json()
    assert [(row["spanID"], row["serviceName"]) for row in own["data"]] == [(f"{3:016x}", "shop")]
    assert gateway.ask(sql, param_trace_id=f"{9:032x}", default_format="JSON").json()["data"] == []


def test_explore_s_columns_and_tables_are_listed(gateway: Gateway) -> None:
    tables = gateway.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")
    assert ["otel_traces"] in tables
    columns = gateway.rows("DESC TABLE otel_traces")
    assert {"Timestamp", "TraceId", "SpanAttributes", "Duration"} <= {row[0] for row in columns}


def test_ad_hoc_filters_stand_in_settings(gateway: Gateway) -> None:
    """$__adHocFilters, with and without a filter chosen, as the plugin writes them."""
    sql = "SELECT count() FROM otel_traces WHERE Timestamp >= toDateTime(0) SETTINGS additional_table_filters="
    assert gateway.rows(sql + "{}") == [["2"]]
    assert gateway.rows(sql + "{'otel_traces': ' SpanAttributes[\\'nothing\\'] = \\'x\\' '}") == [["0"]]
    assert gateway.rows(sql + "{'otel_traces': ' ServiceName = \\'shop\\' AND SpanName != \\'x\\' '}") == [["2"]]
    assert gateway.rows(sql + "{'otel_traces': ' ServiceName REGEXP \\'^sh\\' '}") == [["2"]]
