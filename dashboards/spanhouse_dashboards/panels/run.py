"""Runs a panel's SQL on the store for a project, a range and filters. Must not know what any panel shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isnan
from typing import Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Query, Store, load
from spanhouse_dashboards.macros import Binder, Value, Window, expand, fill, statement
from spanhouse_dashboards.panels.model import FILTERS, Column, Panel, PanelResult, Role, TimeRange

# A chart of the console is about 600 pixels wide: more points cannot be told apart. Grafana is told the same, so that points
# of ranges beyond four days lie whole hours apart there, too, and are read from hours.
MAX_POINTS = 120
_ONE_THREAD = "\nSETTINGS max_threads = 1"
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_WRAPPED = re.compile(r"^(?:LowCardinality\(|Nullable\()+")
_NUMBERS = ("Int", "UInt", "Float", "Decimal", "Bool")
# The rollups' grain is a minute, so no interval is finer; the rest divide an hour, a day or a week.
_INTERVALS_S = (
    *(minutes * _MINUTE_S for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR_S for hours in (1, 2, 4, 6, 12)),
    *(days * _DAY_S for days in (1, 7, 28)),
)


def run_panel(
    store: Store, panel: Panel, *, project: str, time_range: TimeRange, filters: Mapping[str, Sequence[str]]
) -> PanelResult:
    """The panel's answer for one project. `filters` maps names of FILTERS to the values wanted; absent or empty means all.

    Raises InvalidRequest for an unknown filter, StoreUnavailable where trying again can help.
    """
    binder = Binder()
    interval_s = choose_interval_s(time_range)
    filled = fill(panel_sql(panel), _variables(project, filters), quote=binder)
    text = expand(filled, window_of(time_range, interval_s=interval_s))
    query = Query(name=panel.sql, text=f"{text}{_ONE_THREAD}" if panel.is_light else text)
    # Not as a frame: the first page after a start would wait for the libraries of frames to load.
    table = store.table(query, binder.params)
    columns = tuple(Column(name=name, role=_role(kind)) for name, kind in table.types.items())
    rows = [tuple(_cell(value) for value in row) for row in table.rows]
    return PanelResult(columns=columns, rows=rows, interval_s=interval_s)


def panel_sql(panel: Panel) -> str:
    """The panel's SQL with its constants, macros and variables unexpanded and comments gone, as Grafana gets it."""
    text = statement(load("spanhouse_dashboards.panels.sql", panel.sql).text)
    for name, value in panel.constants.items():
        text = text.replace(f"${{{name}}}", f"{value!r}")
    return text


def written_out(panel: Panel, *, project: str, time_range: TimeRange) -> str:
    """The panel's SQL for a project and a range, all filters open, as whoever wants to check can ask it."""
    filled = fill(panel_sql(panel), {"project": project})
    return expand(filled, window_of(time_range, interval_s=choose_interval_s(time_range)))


def choose_interval_s(time_range: TimeRange) -> int:
    """The distance between points in seconds: the finest that draws the range with at most 120 points."""
    length_s = (time_range.end - time_range.start).total_seconds()
    return next((interval for interval in _INTERVALS_S if length_s / interval <= MAX_POINTS), _INTERVALS_S[-1])


def window_of(time_range: TimeRange, *, interval_s: int) -> Window:
    """The range as the macros need it."""
    return Window(
        from_ms=int(time_range.start.timestamp() * 1000),
        to_ms=int(time_range.end.timestamp() * 1000),
        interval_ms=interval_s * 1000,
    )


def _variables(project: str, filters: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    unknown = sorted(set(filters) - set(FILTERS))
    if unknown:
        raise InvalidRequest(f"there is no filter {unknown[0]!r}; use one of {', '.join(FILTERS)}")
    return {"project": project, **{name: list(values) for name, values in filters.items() if values}}


def _role(kind: str) -> Role:
    """What a column of this type of ClickHouse's is for; that a value may be missing or repeats says nothing about that."""
    bare = _WRAPPED.sub("", kind)
    if bare.startswith("Date"):
        return "time"
    return "value" if bare.startswith(_NUMBERS) else "label"


def _cell(value: Any) -> Any:
    """A value as JSON and charts can take it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and isnan(value):
        # The engine's mean of nothing is NaN; nothing is what it means.
        return None
    return value
