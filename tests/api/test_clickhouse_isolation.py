"""A reader of one project never sees another's rows, however the statement reaches for them."""

from __future__ import annotations

import pytest

from spanhouse_collector.storage import Store
from tests.api.conftest import FOREIGN, Gateway

pytestmark = [pytest.mark.store, pytest.mark.net]

_TABLES = [
    *("spans", "spans_minute", "spans_hour", "steps_hour", "sessions_hour", "scores", "scores_hour", "measurements", "logs"),
    *(
        "failures_hour",
        "use_cases_hour",
        "retrievals_hour",
        "spans_quarter",
        "steps_quarter",
        "scores_quarter",
        "users_day",
        "sessions_day",
        "use_cases_day",
        "alerts",
        "trace_times",
        "dead_letters",
        "metrics_points",
        "prices",
        "cost_revisions",
    ),
]
_VIEWS = ["otel_traces", "otel_logs", "otel_traces_trace_id_ts"]


@pytest.mark.parametrize("table", [*_TABLES, *_VIEWS])
def test_every_table_and_view_shows_the_own_project_alone(gateway: Gateway, table: str) -> None:
    column = "Project" if table in _VIEWS else "project"
    assert gateway.rows(f"SELECT DISTINCT {column} FROM {table}") == [["shop"]]
    final = "" if table in (*_VIEWS, "alerts", "dead_letters") else " FINAL"
    assert gateway.rows(f"SELECT DISTINCT {column} FROM {table}{final}") == [["shop"]]


def test_every_table_with_a_project_is_among_those_tested(gateway: Gateway) -> None:
    assert {row[0] for row in gateway.rows("SHOW TABLES")} == {*_TABLES, *_VIEWS}


_ATTEMPTS = [
    "SELECT * FROM spans",
    "SELECT * FROM {database}.spans",
    "SELECT * FROM `{database}`.`spans` AS `{database}.logs`",
    "SELECT * FROM spans WHERE project = 'rival'",
    "SELECT * FROM spans PREWHERE project = 'rival'",
    "SELECT * FROM spans WHERE 1 OR project = 'rival'",
    "SELECT * FROM (SELECT * FROM spans)",
    "SELECT (SELECT groupUniqArray(project) FROM spans)",
    "WITH everything AS (SELECT * FROM spans) SELECT * FROM everything",
    "WITH spans AS (SELECT * FROM {database}.spans) SELECT * FROM spans",
    "WITH RECURSIVE r AS (SELECT project FROM spans UNION ALL SELECT project FROM r WHERE 0) SELECT * FROM r",
    "SELECT a.project, b.project FROM spans AS a CROSS JOIN spans AS b",
    "SELECT * FROM spans AS a LEFT JOIN scores AS b USING (trace_id)",
    "SELECT b.* FROM numbers(1) AS n FULL JOIN spans AS b ON b.duration_ns = n.number",
    "SELECT * FROM alerts UNION ALL SELECT * FROM alerts WHERE project = 'rival'",
    "SELECT * FROM alerts INTERSECT SELECT * FROM alerts",
    "SELECT * FROM spans ARRAY JOIN [1] AS x",
    "SELECT project, count() FROM spans GROUP BY project WITH TOTALS",
    "SELECT groupUniqArray(project) OVER () FROM spans",
    "SELECT min(project), max(project), any(service), uniq(project) FROM spans",
    "SELECT project FROM spans ORDER BY project DESC LIMIT 1 BY project",
    "SELECT DISTINCT service FROM spans_minute FINAL",
    "SELECT * FROM view(SELECT * FROM spans)",
    "SELECT * FROM {{name:Identifier}}",
    "SELECT * FROM {{base:Identifier}}.{{name:Identifier}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'{database}.spans': '1'}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1 OR 1'}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1) OR (1'}}",
    "SELECT * FROM spans AS x SETTINGS additional_table_filters = {{'x': '1'}}",
    "SELECT * FROM otel_traces SETTINGS additional_table_filters = {{'otel_traces': '1'}}",
    "SELECT * FROM (SELECT * FROM spans SETTINGS additional_table_filters = {{}})",
    "SELECT * FROM spans FORMAT TSV SETTINGS additional_table_filters = {{}}",
    "(SELECT * FROM spans SETTINGS additional_table_filters = {{}}) UNION ALL SELECT * FROM spans",
    "EXPLAIN SELECT * FROM spans SETTINGS additional_table_filters = {{}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1 SETTINGS additional_table_filters = {{}}'}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1 FROM spans'}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1 -- '}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '1 AS project'}}",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': '(1 AS project) OR 1'}}",
    "SELECT 'shop' AS project, * EXCEPT project FROM spans",
    "WITH 'shop' AS project SELECT service FROM spans",
    "SELECT service, 'shop' AS project FROM spans WHERE project = 'shop'",
    "SELECT x.service FROM (SELECT 'shop' AS project) AS p, spans AS x WHERE p.project = 'shop'",
    "SELECT * FROM spans WHERE project IN (SELECT project FROM spans SETTINGS additional_table_filters = {{'spans': '1'}})",
    "SELECT * FROM spans SETTINGS additional_table_filters = {{'spans': 'trace_id IN (SELECT trace_id FROM spans)'}}",
    "SELECT 'rival' || 'x' WHERE 'rival' IN (SELECT project FROM spans)",
    "SELECT * FROM logs WHERE (project, body) IN (SELECT project, rule FROM alerts)",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.parts",
    "SELECT * FROM system.parts_columns",
    "SELECT * FROM system.tables WHERE database = '{database}'",
    "SELECT * FROM system.columns WHERE database = '{database}'",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM merge('{database}', 'spans')",
    "SELECT * FROM loop(spans) LIMIT 100",
    "SELECT * FROM mergeTreeIndex('{database}', 'spans')",
    "EXPLAIN indexes = 1 SELECT * FROM spans",
    "EXPLAIN SYNTAX SELECT * FROM spans",
    "EXPLAIN ESTIMATE SELECT * FROM spans",
    "SHOW CREATE TABLE spans",
]


@pytest.mark.parametrize("sql", _ATTEMPTS)
def test_no_statement_shows_rows_of_another_project(gateway: Gateway, projects: Store, sql: str) -> None:
    statement = sql.format(database=projects.database)
    answer = gateway.ask(statement, param_name="spans", param_base=projects.database)
    assert answer.status_code in {200, 400, 403, 404, 500}
    shown = answer.text if answer.status_code == 200 else ""
    assert FOREIGN not in shown, shown
    assert f"{9:032x}" not in shown, shown


def test_settings_beside_the_statement_cannot_lift_the_filter(gateway: Gateway, projects: Store) -> None:
    for filters in ("{}", f"{{'{projects.database}.spans': '1'}}", "{'spans': '1 OR 1'}", "{'s': '1'}"):
        assert gateway.rows("SELECT DISTINCT project FROM spans AS s", additional_table_filters=filters) == [["shop"]]


def test_a_client_s_filter_is_joined_to_ours(gateway: Gateway) -> None:
    """Grafana's ad hoc filters: in the SETTINGS clause, by table."""
    one = f"trace_id = \\'{3:032x}\\'"
    inside = f"SELECT trace_id FROM spans SETTINGS additional_table_filters = {{'spans': '{one}'}}"
    assert gateway.rows(inside) == [[f"{3:032x}"]]
    assert gateway.rows("SELECT trace_id FROM spans", additional_table_filters=f"{{'spans': '{one}'}}") == [[f"{3:032x}"]]
    joined = "SELECT s.trace_id FROM otel_traces AS o JOIN spans AS s ON s.trace_id = o.TraceId"
    on_a_view = f"{{'otel_traces': 'TraceId = \\'{3:032x}\\''}}"
    assert gateway.rows(f"{joined} SETTINGS additional_table_filters = {on_a_view}") == [[f"{3:032x}"]]
    assert gateway.ask("SELECT 1", additional_table_filters="not a map").status_code == 400


def test_tables_without_a_project_are_hidden(gateway: Gateway, projects: Store) -> None:
    hidden = {row.split("\t")[0] for row in projects.raw("SHOW TABLES", output_format="TSV").decode().split()} - {
        *_TABLES,
        *_VIEWS,
    }
    assert hidden
    for table in hidden:
        for sql in (
            f"SELECT * FROM {table}",
            f"SELECT * FROM {projects.database}.{table}",
            f"SELECT 1 IN {table}",
            f"WITH {table} AS (SELECT 1) SELECT * FROM {table}",
            f"DESCRIBE {table}",
            f"EXISTS {table}",
        ):
            assert gateway.ask(sql).headers["x-clickhouse-exception-code"] == "60", sql


def test_other_databases_of_the_engine_do_not_exist(gateway: Gateway, engine_url: str) -> None:
    other = Store(engine_url, database="somebody_else")
    other.raw("CREATE TABLE secret (a String) ENGINE = MergeTree ORDER BY a", output_format="Null")
    try:
        for sql in ("SELECT * FROM somebody_else.secret", "SELECT 'x' IN somebody_else.secret", "DESCRIBE somebody_else.secret"):
            assert gateway.ask(sql).headers["x-clickhouse-exception-code"] == "60", sql
        assert gateway.ask("SELECT 1", database="somebody_else").headers["x-clickhouse-exception-code"] == "81"
        assert ["somebody_else"] not in gateway.rows("SHOW DATABASES")
        assert gateway.rows("SELECT name FROM system.tables WHERE name = 'secret'") == []
    finally:
        other.raw("DROP DATABASE somebody_else SYNC", output_format="Null")
        other.close()
