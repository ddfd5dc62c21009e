"""Panels on service levels and budgets hold calls against what the alert rules promise, whoever wrote those."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts import load_rules, parse_rules
from spanhouse_dashboards.alerts.promised import as_promised, promises
from spanhouse_dashboards.grafana.build import dashboards
from spanhouse_dashboards.grafana.options import GrafanaOptions
from spanhouse_dashboards.panels import TimeRange, panel_by_id, panel_sql, run_panel
from spanhouse_dashboards.panels.promises import BUDGET, SERVICE_LEVELS
from tests.dashboards.seeds import NOON, call, store_calls

_STRICTER = parse_rules(
    """
adjust:
  error-budget-fast: {parameters: {objective: 0.995}}
  latency-budget-fast: {variables: {limit_ms: 2000}}
  cost-per-hour: {parameters: {amount_usd: 7}}
"""
)
_HOUR = TimeRange(start=NOON - timedelta(hours=1), end=NOON)


def test_what_panels_promise_is_what_the_rules_that_come_along_promise() -> None:
    assert promises(load_rules()) == {**SERVICE_LEVELS, **BUDGET}


def test_the_console_and_grafana_show_what_a_file_of_rules_promises() -> None:
    assert as_promised(panel_by_id("slo-by-service"), _STRICTER).constants == {
        "error_objective": 0.995,
        "latency_objective": 0.95,
        "latency_limit_ms": 2000.0,
    }
    assert "7.0" in panel_sql(as_promised(panel_by_id("budget-spent"), _STRICTER))
    board = next(one for one in dashboards(GrafanaOptions(book=_STRICTER)) if one["uid"] == "spanhouse-slo")
    assert "0.995" in board["panels"][0]["targets"][0]["rawSql"]


def test_rules_that_promise_nothing_leave_the_panels_what_they_have() -> None:
    silent = parse_rules("rules: []")
    assert as_promised(panel_by_id("month-forecast"), silent).constants == BUDGET


@pytest.mark.store
def test_the_share_of_slow_calls_read_off_digests_is_that_of_the_calls(store: Store) -> None:
    """To half a percent of the calls, from digests of minutes that were merged; burn rates of late windows count calls."""
    chance = random.Random(3)
    lasted_ns = [int(chance.lognormvariate(0.5, 0.9) * 10**9) for _ in range(600)]
    store_calls(store, [call(n, minutes_ago=(n % 50) + 5.0, duration_ns=lasted) for n, lasted in enumerate(lasted_ns)])
    slow = sum(lasted > 2 * 10**9 for lasted in lasted_ns) / len(lasted_ns)

    def shown(panel_id: str) -> dict[str, tuple[object, ...]]:
        panel = as_promised(panel_by_id(panel_id), _STRICTER)
        rows = run_panel(store, panel, project="shop", time_range=_HOUR, filters={}).rows
        return {str(row[1]): tuple(row) for row in rows}

    assert shown("slo-by-service")["within 2 s"][4] == pytest.approx(1 - slow, abs=0.005)
    assert shown("burn-rates")["within 2 s"][4] == pytest.approx(slow / 0.05)
