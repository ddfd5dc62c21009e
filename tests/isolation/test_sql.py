"""No table or view that the ClickHouse port gives shows another project's rows: every one there is, ours and the engine's own.

Statements that try to lift the filter are in tests/api/test_clickhouse_isolation.py.
"""

from __future__ import annotations

import pytest

from tests.isolation.attempts import MARK
from tests.isolation.conftest import THIEF, VICTIM, House

pytestmark = [pytest.mark.store, pytest.mark.net]


def _names(house: House, database: str) -> list[str]:
    """Every table and view of a database, also those that are hidden."""
    sql = "SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name"
    return house.server.service.store().raw(sql, {"database": database}, output_format="TSV").decode().split()


@pytest.mark.parametrize("database", ["isolation", "system", "information_schema", "INFORMATION_SCHEMA"])
def test_no_table_shows_anything_of_another_project(house: House, database: str) -> None:
    shown = []
    for name in _names(house, database):
        for sql in (f"SELECT * FROM `{database}`.`{name}` LIMIT 1000", f"SELECT * FROM `{name}` LIMIT 1000"):
            answer = house.statement(sql, by=THIEF, default_format="JSONEachRow")
            if answer.status_code == 200 and MARK in answer.text:
                shown.append(sql)
    assert shown == []


def test_the_owner_sees_the_rows_that_others_do_not(house: House) -> None:
    seen = {
        name
        for name in _names(house, "isolation")
        if MARK in house.statement(f"SELECT * FROM `{name}`", by=VICTIM, default_format="JSONEachRow").text
    }
    assert {"spans", "logs", "metrics_points", "scores", "otel_traces", "otel_logs"} <= seen


def test_a_client_s_settings_and_parameters_name_no_other_project(house: House) -> None:
    for query in ({"param_project": VICTIM}, {"project": VICTIM}, {"user": VICTIM}, {"role": "owner"}, {"quota_key": VICTIM}):
        answer = house.statement("SELECT DISTINCT project FROM spans", by=THIEF, **query)
        assert VICTIM not in answer.text
