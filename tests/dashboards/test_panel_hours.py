"""A long range shows of every panel what the rows themselves say, although hours that were counted stand in for most of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.macros import ALL, Value
from spanhouse_dashboards.panels import FILTERS, PANELS, Panel, panel_sql
from tests.contract.plugin import run, window
from tests.dashboards.busy_days import store_busy_days
from tests.dashboards.seeds import NOON

# Each test asks all panels, one after the other.
pytestmark = [pytest.mark.store, pytest.mark.timeout(120)]

# One point holds them all. The first is whole hours, so that hours are read; for the second nothing but minutes and rows will do.
_BY_HOURS_S, _BY_ROWS_S = 10 * 365 * 86_400, 10 * 365 * 86_400 + 1
# Half an hour of the first hour and of the last lie in it.
_START, _END = NOON + timedelta(minutes=30, days=-10), NOON + timedelta(minutes=30)
_CHOICES: dict[str, dict[str, Value]] = {"all": {}, "one": {"release": ["1"]}, "several": {"model": ["small", "large", ""]}}
_WITH_HOURS = [panel for panel in PANELS if "_hour" in panel_sql(panel)]


@pytest.mark.parametrize("choice", _CHOICES.values(), ids=list(_CHOICES))
def test_hours_and_rows_say_the_same(store: Store, choice: dict[str, Value]) -> None:
    store_busy_days(store)
    variables: dict[str, Value] = {"project": "shop", **dict.fromkeys(FILTERS, ALL), **choice}
    by_hours, by_rows = (
        {panel.id: _shown(store, panel, interval_s, variables) for panel in _WITH_HOURS}
        for interval_s in (_BY_HOURS_S, _BY_ROWS_S)
    )
    assert by_hours == by_rows
    assert [panel for panel, rows in by_rows.items() if not rows] == []


def _shown(store: Store, panel: Panel, interval_s: int, variables: dict[str, Value]) -> list[tuple[object, ...]]:
    rows = run(store, panel_sql(panel), window=window(_START, _END, interval_s=interval_s), variables=variables)
    return [tuple(_comparable(value) for name, value in row.items() if name != "time") for row in rows]


def _comparable(cell: object) -> object:
    return float(f"{float(cell):.6g}") if isinstance(cell, float | int) else cell
