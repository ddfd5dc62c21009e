"""A page's single figures: their values, and tiles that show each beside what it was in the window before.

Must not know which figures a page has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from spanhouse_dashboards.console import formats
from spanhouse_dashboards.console.asking import ask
from spanhouse_dashboards.console.scope import Scope
from spanhouse_dashboards.panels import Panel, TimeRange, panels_of

# A figure that moved by less than this share is shown as steady.
_STEADY = 0.005

Filters = Mapping[str, Sequence[str]]
Numbers = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure with its change against the window before: `delta` is relative, None where there is nothing to compare.

    `verdict` is the severity of the threshold that the figure has reached, or empty.
    """

    panel: Panel
    text: str
    before: str
    delta: float | None
    verdict: str


def stats_of(page_id: str) -> list[Panel]:
    """A page's panels that hold one figure, in order."""
    return [panel for panel in panels_of(page_id) if panel.kind == "stat"]


def window_before(scope: Scope) -> TimeRange:
    """The window of the same length that ends where the scope's begins."""
    return TimeRange(start=scope.range.start - scope.length, end=scope.range.start)


def numbers(scope: Scope, panels: Sequence[Panel], *, time_range: TimeRange, filters: Filters | None = None) -> Numbers:
    """The panels' figures by id, None where nobody knows; for the scope's own filters unless others are given."""
    wanted = scope.panel_filters() if filters is None else filters
    return {panel.id: _number(scope, panel, time_range=time_range, filters=wanted) for panel in panels}


def tiles(panels: Sequence[Panel], *, now: Numbers, before: Numbers) -> list[Tile]:
    """A tile for each panel."""
    return [_tile(panel, now[panel.id], before[panel.id]) for panel in panels]


def page_tiles(scope: Scope, page_id: str) -> list[Tile]:
    """The tiles of a page's single figures."""
    panels = stats_of(page_id)
    with ThreadPoolExecutor(max_workers=1) as beside:
        before = beside.submit(numbers, scope, panels, time_range=window_before(scope))
        now = numbers(scope, panels, time_range=scope.range)
    return tiles(panels, now=now, before=before.result())


def _number(scope: Scope, panel: Panel, *, time_range: TimeRange, filters: Filters) -> float | None:
    result = ask(scope, scope.deps.as_promised(panel), time_range=time_range, filters=filters)
    if not result.rows or not result.names("value"):
        return None
    position = [column.role for column in result.columns].index("value")
    value = result.rows[0][position]
    return float(value) if isinstance(value, int | float) else None


def _tile(panel: Panel, value: float | None, past: float | None) -> Tile:
    delta = value / past - 1 if value is not None and past else None
    severity = next((t.severity for t in reversed(panel.thresholds) if value is not None and value >= t.value), "")
    if delta is not None and abs(delta) < _STEADY:
        delta = 0.0
    verdict = severity if severity in ("warning", "bad") else ""
    return Tile(panel=panel, text=_text(panel, value), before=_text(panel, past), delta=delta, verdict=verdict)


def _text(panel: Panel, value: float | None) -> str:
    return formats.MISSING if value is None else formats.figure(value, panel.unit)
