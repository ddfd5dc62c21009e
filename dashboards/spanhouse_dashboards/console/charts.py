"""Draws a panel's answer as a Vega-Lite specification.

Must not know any panel in particular, nor colours: the browser's script adds those of its light or dark theme.
Source: https://vega.github.io/vega-lite/docs/ (version 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from spanhouse_dashboards.panels import Panel, PanelResult, TimeRange

Spec = dict[str, Any]
# Columns that stand beside a value instead of being one: they are told in the tooltip.
_BESIDE = ("coverage", "alarm", "answers")
# More series than this cannot be told apart by colour; the largest are drawn, the rest are in the table.
MAX_SERIES = 10
# A series whose labels are all empty: calls that named no model, say.
_UNNAMED = "(none)"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_MS_WORDS = (
    "datum.value >= 60000 ? format(datum.value / 60000, '~r') + ' min' : "
    "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : format(datum.value, '~r') + ' ms'"
)
_TIME_WORDS = (
    "utchours(datum.value) + utcminutes(datum.value) == 0 ? utcFormat(datum.value, '%b %-d') : utcFormat(datum.value, '%H:%M')"
)
# The 95th percentile is what people watch, so its line is the plain one.
_DASHES = {"p50": [5, 3], "p90": [8, 2], "p95": [1, 0], "p99": [1.5, 3]}
_MORE_DASHES = ([1, 0], [5, 3], [1.5, 3], [8, 2])
_AXES: dict[str, Spec] = {
    "ms": {"labelExpr": _MS_WORDS},
    "s": {"labelExpr": "format(datum.value, '~r') + ' s'"},
    "percentunit": {"format": "~%"},
    "currencyUSD": {"format": "$~r"},
    "bytes": {"format": "~s"},
}
_TOOLTIPS = {"percentunit": ".2~%", "currencyUSD": "$,.6~r", "ms": ",.4~r", "none": ",.4~r"}


def draw(panel: Panel, result: PanelResult, *, time_range: TimeRange) -> Spec | None:
    """The specification, or None where there is nothing to draw (no rows, or a kind that is not a chart)."""
    points = _points(panel, result)
    if not points or panel.kind in ("stat", "table"):
        return None
    base: Spec = {
        "$schema": _SCHEMA,
        "width": "container",
        "height": _height(panel),
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": points},
    }
    if panel.kind == "barchart":
        return {**base, **_bars(panel, points)}
    if panel.kind == "heatmap":
        return {**base, **_heatmap(time_range)}
    return {**base, **(_stack(panel, time_range) if panel.is_stacked else _lines(panel, points, time_range))}


def _height(panel: Panel) -> int:
    """Pixels of the drawing with its legend: the panel's rows of 30 less its heading."""
    return panel.height * 30 - 12


def _points(panel: Panel, result: PanelResult) -> list[Spec]:
    """One record for each value of each row: time, series (the labels), measure (the column) and value."""
    names = [column.name for column in result.columns]
    labels, values = result.names("label"), [name for name in result.names("value") if name not in _BESIDE]
    beside = [name for name in names if name in _BESIDE]
    points: list[Spec] = []
    for row in result.rows:
        cells = dict(zip(names, row, strict=True))
        series = " · ".join(str(cells[label]) for label in labels if cells[label] not in (None, "")) or _UNNAMED
        common = {name: cells[name] for name in beside}
        for name in result.names("time"):
            common |= _times(cells[name], result.interval_s)
        if panel.kind == "barchart" and labels:
            common |= {"bar": str(cells[labels[0]]), "group": str(cells[labels[-1]]) if len(labels) > 1 else ""}
        points += [
            {**common, "series": series if labels else name, "measure": name, "value": cells[name]}
            for name in values
            if cells[name] is not None
        ]
    return _largest(points)


def _times(value: Any, interval_s: int) -> Spec:
    start_ms = int(value.timestamp() * 1000) if isinstance(value, datetime) else None
    return {"time": start_ms, "end": None if start_ms is None else start_ms + interval_s * 1000}


def _largest(points: Sequence[Spec]) -> list[Spec]:
    totals: dict[str, float] = {}
    for point in points:
        totals[point["series"]] = totals.get(point["series"], 0.0) + abs(float(point["value"]))
    kept = sorted(totals, key=lambda series: -totals[series])[:MAX_SERIES]
    return [point for point in points if point["series"] in kept]


def _time_axis(time_range: TimeRange) -> Spec:
    return {
        "field": "time",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domainMin": _utc(time_range.start), "domainMax": _utc(time_range.end)},
        "axis": {"grid": False, "tickCount": 6, "labelFlush": True, "labelOverlap": True, "labelExpr": _TIME_WORDS},
    }


def _utc(instant: datetime) -> Spec:
    """An instant in parts: the expression interpreter that pages use (they forbid evaluated code) misreads milliseconds here."""
    value = instant.astimezone(UTC)
    day = {"year": value.year, "month": value.month, "date": value.day}
    return {**day, "hours": value.hour, "minutes": value.minute, "seconds": value.second, "utc": True}


def _value_axis(panel: Panel) -> Spec:
    axis = {"tickCount": 4, "domain": False, "ticks": False, **_AXES.get(panel.unit, {"format": "~s"})}
    if panel.unit == "none":
        axis["format"] = "~r"
    return {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": axis,
        "scale": {"nice": True, "zero": panel.unit != "none"},
    }


def _tooltip(panel: Panel, beside: Sequence[str]) -> list[Spec]:
    value: Spec = {"field": "value", "type": "quantitative", "title": panel.unit if panel.unit in ("ms", "s") else "value"}
    value["format"] = _TOOLTIPS.get(panel.unit, ",.6~r")
    more = [
        {"field": name, "type": "quantitative", "format": ".0%" if name == "coverage" else "~r"}
        for name in _BESIDE
        if name in beside
    ]
    return [
        {
            "field": "time",
            "type": "temporal",
            "timeUnit": "utcyearmonthdatehoursminutes",
            "format": "%b %-d, %H:%M",
            "title": "UTC",
        },
        {"field": "series", "type": "nominal"},
        {"field": "measure", "type": "nominal"},
        value,
        *more,
    ]


def _colour(points: Sequence[Spec]) -> Spec:
    names = sorted({point["series"] for point in points})
    legend = None if len(names) < 2 else {"title": None, "orient": "bottom", "labelLimit": 220, "columns": 4}
    return {"field": "series", "type": "nominal", "scale": {"domain": names}, "legend": legend}


def _lines(panel: Panel, points: Sequence[Spec], time_range: TimeRange) -> Spec:
    """Lines, a soft area under a lonely one, thresholds, and the nearest point told on hover."""
    measures = list(dict.fromkeys(point["measure"] for point in points))
    colour = _colour(points)
    encoding: Spec = {"x": _time_axis(time_range), "y": _value_axis(panel), "color": colour}
    lines: Spec = {"mark": {"type": "line", "interpolate": "monotone"}, "encoding": {}}
    # Without labels a series is a column, and colour tells them apart already.
    if len(measures) > 1 and any(point["series"] != point["measure"] for point in points):
        legend = {"title": None, "orient": "bottom", "symbolType": "stroke"}
        dashes = {"domain": measures, "range": [_DASHES.get(name, _MORE_DASHES[n % 4]) for n, name in enumerate(measures)]}
        lines["encoding"]["strokeDash"] = {
            "field": "measure",
            "type": "nominal",
            "sort": measures,
            "scale": dashes,
            "legend": legend,
        }
    layers: list[Spec] = []
    if len({(point["series"], point["measure"]) for point in points}) == 1:
        layers.append({"mark": {"type": "area", "interpolate": "monotone", "opacity": 0.12}})
    near = {"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}}
    dots: Spec = {
        "params": [near],
        "mark": {"type": "point", "filled": True, "size": 46},
        "encoding": {
            "opacity": {"condition": {"param": "near", "empty": False, "value": 1}, "value": _resting(points)},
            "tooltip": _tooltip(panel, list(points[0])),
        },
    }
    layers += [lines, dots]
    thresholds = [
        {
            "data": {"values": [{"limit": threshold.value}]},
            "mark": {"type": "rule", "style": f"threshold-{threshold.severity}"},
            "encoding": {"y": {"field": "limit", "type": "quantitative"}},
        }
        for threshold in panel.thresholds
    ]
    drawn = [{**layer, "encoding": {**encoding, **layer.get("encoding", {})}} for layer in layers]
    return {"layer": [*drawn, *thresholds], "resolve": {"scale": {"strokeDash": "independent"}}}


def _resting(points: Sequence[Spec]) -> float:
    """How visible points are that nobody points at: a line of one point would not be seen at all."""
    return 0.9 if len({point.get("time") for point in points}) < 12 else 0


def _stack(panel: Panel, time_range: TimeRange) -> Spec:
    tooltip = _tooltip(panel, [])
    return {
        "transform": [
            {"calculate": "datum.measure == datum.series ? datum.series : datum.series + ' · ' + datum.measure", "as": "part"}
        ],
        "mark": {"type": "bar", "binSpacing": 1, "clip": True},
        "encoding": {
            "x": {**_time_axis(time_range), "bandPosition": 0},
            "x2": {"field": "end"},
            "y": {**_value_axis(panel), "stack": "zero"},
            "color": {
                "field": "part",
                "type": "nominal",
                "legend": {"title": None, "orient": "bottom", "labelLimit": 220, "columns": 4},
            },
            "tooltip": tooltip,
        },
    }


def _bars(panel: Panel, points: Sequence[Spec]) -> Spec:
    grouped = any(point.get("group") for point in points)
    bars = len({(point["bar"], point.get("group")) for point in points})
    encoding: Spec = {
        "y": {"field": "bar", "type": "nominal", "title": None, "axis": {"labelLimit": 180, "ticks": False, "domain": False}},
        "x": _value_axis(panel),
        "color": {"field": "group" if grouped else "measure", "type": "nominal", "legend": None},
        "tooltip": [{"field": "bar", "type": "nominal", "title": "name"}, *_tooltip(panel, list(points[0]))[1:]],
    }
    if grouped:
        encoding["yOffset"] = {"field": "group", "type": "nominal"}
        encoding["color"]["legend"] = {"title": None, "orient": "bottom"}
    height = max(_height(panel), bars * 16)
    return {"height": height, "mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding}


def _heatmap(time_range: TimeRange) -> Spec:
    return {
        "mark": {"type": "rect"},
        "encoding": {
            "x": {**_time_axis(time_range), "bandPosition": 0},
            "x2": {"field": "end"},
            "y": {"field": "series", "type": "nominal", "title": None},
            "color": {"field": "value", "type": "quantitative", "legend": {"title": None}},
            "tooltip": [{"field": "series", "type": "nominal"}, {"field": "value", "type": "quantitative", "format": ",.6~r"}],
        },
    }
