"""Turns a panel's rows into the records that a chart draws: one for each value, with series, time and gaps.

Must not know how they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median_low
from typing import Any

from spanhouse_dashboards.panels import Panel, PanelResult
from spanhouse_dashboards.words import heading

Point = dict[str, Any]
# Columns that stand beside a value instead of being one: they are told in the tooltip.
BESIDE = ("coverage", "alarm", "answers")
# More series than this cannot be told apart by colour; the largest are drawn, the rest are in the table.
MAX_SERIES = 10
# A series whose labels are all empty: calls that named no model, say.
_UNNAMED = "(none)"
# A line over more missing points than this would pretend to know what happened between.
_BRIDGED_POINTS = 3


def points_of(panel: Panel, result: PanelResult) -> list[Point]:
    """One record for each value of each row: time and end (Unix milliseconds), series (the labels), measure (the column), value.

    A column is told in words. Lines also have `is_lonely`, and records without a value where they break.
    """
    points = _largest([point for row in result.rows for point in _points_of_row(panel, result, row)])
    if panel.kind == "timeseries" and not panel.is_stacked:
        return _with_gaps(points, interval_ms=result.interval_s * 1000)
    return points


def _points_of_row(panel: Panel, result: PanelResult, row: Sequence[Any]) -> list[Point]:
    cells = {column.name: cell for column, cell in zip(result.columns, row, strict=True)}
    labels = result.names("label")
    series = " · ".join(str(cells[label]) for label in labels if cells[label] not in (None, "")) or _UNNAMED
    common = {name: cells[name] for name in cells if name in BESIDE}
    for name in result.names("time"):
        common |= _times(cells[name], result.interval_s)
    if panel.kind == "barchart" and labels:
        common |= {"bar": str(cells[labels[0]]), "group": str(cells[labels[-1]]) if len(labels) > 1 else ""}
    return [
        {**common, "series": series if labels else heading(name), "measure": heading(name), "value": cells[name]}
        for name in result.names("value")
        if name not in BESIDE and cells[name] is not None
    ]


def _times(value: Any, interval_s: int) -> Point:
    start_ms = int(value.timestamp() * 1000) if isinstance(value, datetime) else None
    return {"time": start_ms, "end": None if start_ms is None else start_ms + interval_s * 1000}


def _largest(points: Sequence[Point]) -> list[Point]:
    totals: dict[str, float] = {}
    for point in points:
        totals[point["series"]] = totals.get(point["series"], 0.0) + abs(float(point["value"]))
    kept = sorted(totals, key=lambda series: -totals[series])[:MAX_SERIES]
    return [point for point in points if point["series"] in kept]


def _with_gaps(points: Sequence[Point], *, interval_ms: int) -> list[Point]:
    lines: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        if point.get("time") is not None:
            lines.setdefault((point["series"], point["measure"]), []).append(point)
    drawn: list[Point] = []
    for line in lines.values():
        line.sort(key=lambda point: point["time"])
        steps = [after["time"] - before["time"] for before, after in pairwise(line)]
        # Jobs measure in windows of their own, longer than the panel's intervals.
        usual_ms = max(interval_ms, median_low(steps)) if steps else interval_ms
        breaks = [step > _BRIDGED_POINTS * usual_ms for step in steps]
        for point, is_first, is_last in zip(line, [True, *breaks], [*breaks, True], strict=True):
            drawn.append({**point, "is_lonely": is_first and is_last})
            if is_last:
                drawn.append({**point, "value": None, "time": point["time"] + interval_ms, "is_lonely": False})
    return drawn
