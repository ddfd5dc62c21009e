"""A long range shows of every panel what the rows themselves say, although what was counted stands in for most of them."""

from __future__ import annotations

import re
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

# One point holds them all, of so many years that a longer one means as much. Points of whole days are read from
# those and from quarters of days, points of whole hours from hours; of others nothing but minutes and rows will do.
_POINT_S = 2_000 * 365 * 86_400
_GRAINS_S = {"quarters": _POINT_S, "hours": _POINT_S + 3_600}
_BY_ROWS_S = _POINT_S + 1
# Half an hour of the first hour and of the last lie in it.
_START, _END = NOON + timedelta(minutes=30, days=-10), NOON + timedelta(minutes=30)
_CHOICES: dict[str, dict[str, Value]] = {"all": {}, "one": {"release": ["1"]}, "several": {"model": ["small", "large", ""]}}
_WITH_HOURS = [panel for panel in PANELS if "_hour" in panel_sql(panel)]


@pytest.mark.parametrize("grain_s", _GRAINS_S.values(), ids=list(_GRAINS_S))
@pytest.mark.parametrize("choice", _CHOICES.values(), ids=list(_CHOICES))
def test_what_was_counted_and_rows_say_the_same(store: Store, choice: dict[str, Value], grain_s: int) -> None:
    store_busy_days(store)
    variables: dict[str, Value] = {"project": "shop", **dict.fromkeys(FILTERS, ALL), **choice}
    counted, by_rows = (
        {panel.id: _shown(store, panel, interval_s, variables) for panel in _WITH_HOURS} for interval_s in (grain_s, _BY_ROWS_S)
    )
    assert counted == by_rows
    assert [panel for panel, rows in by_rows.items() if not rows] == []


def _shown(store: Store, panel: Panel, interval_s: int, variables: dict[str, Value]) -> list[tuple[object, ...]]:
    # What has no axis of time takes whole hours or days for whatever range, unless it is to say what rows do.
    sql = re.sub(r"\d+ AS grain_s", "$__interval_s AS grain_s", panel_sql(panel))
    rows = run(store, sql, window=window(_START, _END, interval_s=interval_s), variables=variables)
    return [tuple(_comparable(value) for name, value in row.items() if name != "time") for row in rows]


def _comparable(cell: object) -> object:
    return float(f"{float(cell):.6g}") if isinstance(cell, float | int) else cell
