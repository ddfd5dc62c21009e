"""The panel of an alert as a picture. Must not know how alerts are evaluated or told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts.model import RuleBook
from spanhouse_dashboards.alerts.promised import as_promised
from spanhouse_dashboards.console.charts import Spec, draw
from spanhouse_dashboards.console.vega import png
from spanhouse_dashboards.panels import FILTERS, Panel, PanelResult, Threshold, TimeRange, panel_by_id, run_panel
from spanhouse_dashboards.words import quantity, slice_words, spoken

WIDTH_PIXELS = 680
_BEGAN = {"color": "#b3261e", "strokeDash": [4, 4]}
# The console's script gives these colours on a page.
_LIMITS = {"threshold-bad": "#bf2f27", "threshold-warning": "#8f5400", "threshold-good": "#18794e"}
_STYLES = {name: {"color": color, "strokeDash": [8, 3]} for name, color in _LIMITS.items()}


def picture_of(store: Store, message: Mapping[str, Any], *, book: RuleBook) -> bytes:
    """The panel that a message's rule names, as PNG: the alert's segment, from well before it to its message.

    Dashed lines, each with its word, stand where it began and at the limits. Empty where there is nothing to draw.
    """
    start, since, until = (datetime.fromisoformat(message[name]) for name in ("chart_from", "since", "changed_at"))
    segment = message["segment"]
    filters = {name: [segment[name]] for name in FILTERS if segment.get(name)}
    time_range = TimeRange(start=start, end=until + timedelta(minutes=1))
    panel = as_ruled(as_promised(panel_by_id(message["panel"]), book), message)
    result = run_panel(store, panel, project=message["project"], time_range=time_range, filters=filters)
    wanted = {**segment, "name": message["score"], "slice": slice_words(segment.get("slice", ""))}
    spec = draw(panel, _about(result, wanted), time_range=time_range)
    subtitle = ", ".join(part for part in (message["score"], spoken(segment)) if part)
    return _png(panel, marked(spec, panel, since=since), subtitle=subtitle) if spec else b""


def as_ruled(panel: Panel, message: Mapping[str, Any]) -> Panel:
    """The panel with the rule's limit in place of its own ones, where it has some and both are of one unit."""
    if not panel.thresholds or panel.unit != message["unit"] or message["comparison"] != "above":
        return panel
    is_critical = message["labels"]["severity"] == "critical"
    return replace(panel, thresholds=(Threshold(value=message["threshold"], severity="bad" if is_critical else "warning"),))


def panel_png(store: Store, panel: Panel, *, project: str, time_range: TimeRange) -> bytes:
    """A panel's answer as PNG on white, `WIDTH_PIXELS` wide at twice the density; empty where there is nothing to draw."""
    result = run_panel(store, panel, project=project, time_range=time_range, filters={})
    spec = draw(panel, result, time_range=time_range)
    return _png(panel, spec) if spec else b""


def _png(panel: Panel, spec: Spec, *, subtitle: str = "") -> bytes:
    title = {"text": panel.title, "subtitle": subtitle, "anchor": "start"}
    return png({**spec, "width": WIDTH_PIXELS, "title": title, "background": "white", "config": {"style": _STYLES}})


def _about(result: PanelResult, wanted: Mapping[str, str]) -> PanelResult:
    """The rows whose labels are those wanted, by the columns' names; all of them where none fits."""
    places = [(n, wanted[column.name]) for n, column in enumerate(result.columns) if wanted.get(column.name)]
    rows = [row for row in result.rows if all(row[n] == value for n, value in places)]
    return replace(result, rows=rows) if rows else result


def marked(spec: Spec, panel: Panel, *, since: datetime) -> Spec:
    """The drawing with a line where the alert began and words at its limits, if it has an axis of time."""
    layers = spec.get("layer", [{"mark": spec.get("mark"), "encoding": spec.get("encoding", {})}])
    if layers[0]["encoding"].get("x", {}).get("type") != "temporal":
        return spec
    began: Spec = {
        "data": {"values": [{"began": since.isoformat(), "words": f"began {since:%H:%M}"}]},
        "encoding": {"x": {"field": "began", "type": "temporal"}},
        "layer": [{"mark": {"type": "rule", **_BEGAN}}, _word(_BEGAN["color"], align="right", y=8, dx=-5)],
    }
    limits = [
        {
            "data": {"values": [{"limit": one.value, "words": f"limit {quantity(one.value, panel.unit)}"}]},
            "encoding": {"y": {"field": "limit", "type": "quantitative"}},
            "layer": [_word(_LIMITS[f"threshold-{one.severity}"], align="left", x=6, dy=-7)],
        }
        for one in panel.thresholds
    ]
    whole = {name: part for name, part in spec.items() if name not in ("mark", "encoding")}
    return {**whole, "layer": [*layers, began, *limits]}


def _word(color: object, **place: object) -> Spec:
    """The text of the field `words`, at a place of the drawing in pixels where its axis says none."""
    return {"mark": {"type": "text", "color": color, "baseline": "middle", **place}, "encoding": {"text": {"field": "words"}}}
