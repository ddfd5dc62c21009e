"""Draws a panel's answer as a Vega-Lite specification.

Must not know any panel in particular, nor colours: the browser's script adds those of its light or dark theme.
Source: https://vega.github.io/vega-lite/docs/ (version 6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from spanhouse_dashboards.console.chart_points import BESIDE, points_of
from spanhouse_dashboards.console.scales import DURATION_WORDS, duration_ticks, is_far_flung, log_scale
from spanhouse_dashboards.panels import Panel, PanelResult, TimeRange

Spec = dict[str, Any]
# Estimates for the type that legends are set in; a panel of all 24 columns is about 1,150 pixels wide inside.
_MAX_LABEL_CHARS, _PIXELS_A_CHAR, _PIXELS_A_SYMBOL, _PIXELS_A_COLUMN = 34, 6, 30, 43
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TIME_WORDS = (
    "utchours(datum.value) + utcminutes(datum.value) == 0 ? utcFormat(datum.value, '%b %-d') : utcFormat(datum.value, '%H:%M')"
)
# The 95th percentile is what people watch, so its line is the plain one.
_DASHES = {"p50": [5, 3], "p90": [8, 2], "p95": [1, 0], "p99": [1.5, 3]}
_MORE_DASHES = ([1, 0], [5, 3], [1.5, 3], [8, 2])
_AXES: dict[str, Spec] = {
    "ms": {"labelExpr": DURATION_WORDS["ms"]},
    "s": {"labelExpr": DURATION_WORDS["s"]},
    "percentunit": {"format": "~%"},
    "currencyUSD": {"format": "$~r"},
    "none": {"format": "~r"},
    "bytes": {"labelExpr": "format(datum.value, '~s') + 'B'"},
}
# Each tick with the prefix that it needs itself: one for all of them says 0.2k beside 1k, and thousandths below one.
_COUNT_WORDS = "abs(datum.value) < 1 ? format(datum.value, '~r') : format(datum.value, '~s')"
_COUNTS = ("short", "none", "bytes")
_TOOLTIPS = {"percentunit": ".2~%", "currencyUSD": "$,.6~r", "ms": ",.4~r", "none": ",.4~r"}


def draw(panel: Panel, result: PanelResult, *, time_range: TimeRange) -> Spec | None:
    """The specification, or None where there is nothing to draw (no rows, or a kind that is not a chart)."""
    points = points_of(panel, result)
    if not points or panel.kind in ("stat", "table"):
        return None
    base: Spec = {
        "$schema": _SCHEMA,
        "width": "container",
        "height": _height(panel),
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": points},
        "usermeta": {"legend_px": _PIXELS_A_COLUMN * panel.width},
    }
    if panel.kind == "barchart":
        return {**base, **_bars(panel, points)}
    if panel.kind == "heatmap":
        return {**base, **_heatmap(time_range)}
    return {**base, **(_stack(panel, points, time_range) if panel.is_stacked else _lines(panel, points, time_range))}


def _height(panel: Panel) -> int:
    """Pixels of the drawing with its legend: the panel's rows of 30 less its heading."""
    return panel.height * 30 - 12


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


def _value_axis(panel: Panel, points: Sequence[Spec]) -> Spec:
    axis = {"tickCount": 4, "domain": False, "ticks": False, **_AXES.get(panel.unit, {"labelExpr": _COUNT_WORDS})}
    values = [point["value"] for point in points if point["value"] is not None]
    if panel.unit in _COUNTS and all(float(value).is_integer() for value in values):
        # There is no half of a call; Vega's own least step (tickMinStep) still draws it.
        axis["tickCount"] = max(1, min(axis["tickCount"], int(_room(panel, points))))
    scale, title = _scale(panel, points), None
    if _is_log(panel, values):
        domain, axis["values"] = log_scale(values, unit=panel.unit)
        scale, title = {"type": "log", "domain": domain}, "log scale"
    elif panel.unit in DURATION_WORDS and max(values, default=0) > 0 and not panel.is_stacked:
        axis["values"] = duration_ticks(max(values), unit=panel.unit)
    return {"field": "value", "type": "quantitative", "title": title, "axis": axis, "scale": scale}


def _room(panel: Panel, points: Sequence[Spec]) -> float:
    """How far the values reach: from zero, or from the least where the axis need not begin there."""
    values = [point["value"] for point in points if point["value"] is not None]
    if panel.is_stacked:
        heights = Counter[object]()
        for point in points:
            heights[point["time"]] += point["value"] or 0
        values = list(heights.values())
    ends = [] if panel.unit == "none" else [0]
    return float(max([*values, *ends], default=0) - min([*values, *ends], default=0))


def _is_log(panel: Panel, values: Sequence[float]) -> bool:
    """Whether lines of durations go over magnitudes, so that one timeout would press everything else flat."""
    is_line = panel.kind == "timeseries" and not panel.is_stacked and not panel.thresholds
    return is_line and not panel.bounds and panel.unit in DURATION_WORDS and is_far_flung(values)


def _scale(panel: Panel, points: Sequence[Spec]) -> Spec:
    if panel.bounds:
        return {"domain": list(panel.bounds)}
    # Of nothing but zeros the axis would be a point in the middle.
    least = {} if any(point["value"] for point in points) else {"domainMax": 1}
    return {"nice": True, "zero": panel.unit != "none", **least}


def _tooltip(panel: Panel, beside: Sequence[str]) -> list[Spec]:
    value: Spec = {"field": "value", "type": "quantitative", "title": panel.unit if panel.unit in ("ms", "s") else "value"}
    value["format"] = _TOOLTIPS.get(panel.unit, ",.6~r")
    more = [
        {"field": name, "type": "quantitative", "format": ".0%" if name == "coverage" else "~r"}
        for name in BESIDE
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


def _colour(panel: Panel, points: Sequence[Spec]) -> Spec:
    names = sorted({point["series"] for point in points})
    return {"field": "series", "type": "nominal", "scale": {"domain": names}, "legend": _legend(panel, names)}


def _legend(panel: Panel, names: Sequence[str]) -> Spec | None:
    """As many names a line as fit below the panel; none for a lonely name."""
    if len(names) < 2:
        return None
    longest = min(max(len(name) for name in names), _MAX_LABEL_CHARS)
    columns = _PIXELS_A_COLUMN * panel.width // (longest * _PIXELS_A_CHAR + _PIXELS_A_SYMBOL)
    return {"title": None, "orient": "bottom", "labelLimit": _MAX_LABEL_CHARS * _PIXELS_A_CHAR, "columns": max(columns, 1)}


def _lines(panel: Panel, points: Sequence[Spec], time_range: TimeRange) -> Spec:
    """Lines, a soft area under a lonely one, thresholds, and the nearest point told on hover."""
    measures = list(dict.fromkeys(point["measure"] for point in points))
    colour = _colour(panel, points)
    encoding: Spec = {"x": _time_axis(time_range), "y": _value_axis(panel, points), "color": colour}
    lines: Spec = {"mark": {"type": "line"}, "encoding": {}}
    # Without labels a series is a column, and colour tells them apart already.
    if len(measures) > 1 and any(point["series"] != point["measure"] for point in points):
        legend = {"title": None, "orient": "top", "direction": "horizontal", "symbolType": "stroke", "offset": 4}
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
        layers.append({"mark": {"type": "area", "opacity": 0.12}})
    near = {"name": "near", "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"}}
    dots: Spec = {
        "params": [near],
        "mark": {"type": "point", "filled": True, "size": 46},
        "encoding": {
            "opacity": {
                "condition": [{"param": "near", "empty": False, "value": 1}, {"test": "datum.is_lonely", "value": 0.9}],
                "value": 0,
            },
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


def _stack(panel: Panel, points: Sequence[Spec], time_range: TimeRange) -> Spec:
    """Bars as wide as the interval, one upon the other."""
    # Without labels a series is a column, and names itself.
    has_measures = len({point["measure"] for point in points}) > 1 and any(p["series"] != p["measure"] for p in points)
    part = "datum.series + ' · ' + datum.measure" if has_measures else "datum.series"
    names = sorted({f"{point['series']} · {point['measure']}" if has_measures else point["series"] for point in points})
    return {
        "transform": [{"calculate": part, "as": "part"}],
        "mark": {"type": "bar", "orient": "vertical", "binSpacing": 1, "clip": True},
        "encoding": {
            "x": {**_time_axis(time_range), "bin": "binned"},
            "x2": {"field": "end"},
            "y": {**_value_axis(panel, points), "stack": "zero"},
            "color": {"field": "part", "type": "nominal", "scale": {"domain": names}, "legend": _legend(panel, names)},
            "tooltip": _tooltip(panel, []),
        },
    }


def _bars(panel: Panel, points: Sequence[Spec]) -> Spec:
    grouped = any(point.get("group") for point in points)
    bars = len({(point["bar"], point.get("group")) for point in points})
    encoding: Spec = {
        "y": {"field": "bar", "type": "nominal", "title": None, "axis": {"labelLimit": 180, "ticks": False, "domain": False}},
        "x": _value_axis(panel, points),
        "color": {"field": "group" if grouped else "measure", "type": "nominal", "legend": None},
        "tooltip": [{"field": "bar", "type": "nominal", "title": "name"}, *_tooltip(panel, list(points[0]))[1:]],
    }
    if grouped:
        encoding["yOffset"] = {"field": "group", "type": "nominal"}
        encoding["color"]["legend"] = _legend(panel, sorted({point["group"] for point in points}))
    # Neither bars as thick as the panel is high, nor too thin to tell apart.
    height = min(max(_height(panel), bars * 16), bars * 40 + 48)
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
