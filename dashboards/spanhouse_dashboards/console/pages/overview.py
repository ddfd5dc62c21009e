"""The first page: what changed, in plain words; the main figures beside what they were; alerts that fire; panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console import formats
from spanhouse_dashboards.console.changes import Change, ScoreFigure, Side, compare
from spanhouse_dashboards.console.deps import AlertState, ConsoleDeps
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import choices, statement
from spanhouse_dashboards.panels import Panel, TimeRange, panels_of, run_panel

_CALLS, _ERRORS, _LATENCY, _COST = "calls-total", "error-rate-total", "latency-total", "cost-total"
# A figure that moved by less than this is shown as steady.
_STEADY = 0.005

Filters = Mapping[str, Sequence[str]]
Numbers = Mapping[str, float | None]
# A row of releases.sql.
Release = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure with its change against the window before: `delta` is relative, None where there is nothing to compare."""

    panel: Panel
    text: str
    before: str
    delta: float | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The page's first sentence: a new release against an old one, or (both None) the range against the one before it."""

    new: Release | None
    old: Release | None
    changes: Sequence[Change]
    is_comparable: bool


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/`."""

    @router.get("/")
    def overview(request: Request) -> Response:
        scope = scope_of(request, deps)
        before = TimeRange(start=scope.range.start - scope.length, end=scope.range.start)
        numbers, past = _numbers(scope, scope.range, scope.panel_filters()), _numbers(scope, before, scope.panel_filters())
        return page(
            "overview",
            scope,
            story=_story(scope, before, numbers=numbers, past=past),
            tiles=[_tile(panel, numbers[panel.id], past[panel.id]) for panel in panels_of("overview") if panel.kind == "stat"],
            panels=[panel for panel in panels_of("overview") if panel.kind != "stat"],
            calls=int(numbers[_CALLS] or 0),
            alerts=_by_rule(deps.alert_states(scope.project)),
            choices=choices(scope),
        )


def _by_rule(states: Sequence[AlertState]) -> list[tuple[AlertState, int]]:
    """Each rule that needs a look, firing ones first, by one of its segments and how many there are."""
    found: dict[tuple[str, str], list[AlertState]] = {}
    for alert in sorted(states, key=lambda alert: alert.state):
        if alert.state in ("firing", "pending"):
            found.setdefault((alert.state, alert.rule), []).append(alert)
    return [(alerts[0], len(alerts)) for alerts in found.values()]


def _numbers(scope: Scope, time_range: TimeRange, filters: Filters) -> dict[str, float | None]:
    """The stat panels' values by the panels' ids."""
    stats = [panel for panel in panels_of("overview") if panel.kind == "stat"]
    return {panel.id: _number(scope, panel, time_range=time_range, filters=filters) for panel in stats}


def _number(scope: Scope, panel: Panel, *, time_range: TimeRange, filters: Filters) -> float | None:
    result = run_panel(scope.store, panel, project=scope.project, time_range=time_range, filters=filters)
    if not result.rows or not result.names("value"):
        return None
    position = [column.role for column in result.columns].index("value")
    value = result.rows[0][position]
    return float(value) if isinstance(value, int | float) else None


def _tile(panel: Panel, value: float | None, past: float | None) -> Tile:
    delta = value / past - 1 if value is not None and past else None
    severity = next((t.severity for t in reversed(panel.thresholds) if value is not None and value >= t.value), "")
    verdict = severity if severity in ("warning", "bad") else ""
    if delta is not None and abs(delta) < _STEADY:
        delta = 0.0
    return Tile(panel=panel, text=_text(panel, value), before=_text(panel, past), delta=delta, verdict=verdict)


def _text(panel: Panel, value: float | None) -> str:
    return formats.MISSING if value is None else formats.figure(value, panel.unit)


def _story(scope: Scope, before: TimeRange, *, numbers: Numbers, past: Numbers) -> Story:
    """Compares the newest release with the one it follows if it appeared lately, else the range with the one before it."""
    pair = _releases(scope, before)
    if pair:
        new, old = pair
        lived = TimeRange(start=new["first_seen"], end=scope.range.end)
        earlier = TimeRange(start=before.start, end=scope.range.end)
        sides = [_side(scope, span, release=row) for span, row in ((earlier, old), (lived, new))]
        # Two releases share the traffic while one takes over from the other.
        changes = [change for change in compare(sides[0], sides[1]) if change.what != "traffic"]
        return Story(new=new, old=old, changes=changes, is_comparable=True)
    sides = [_side(scope, span, numbers=known) for span, known in ((before, past), (scope.range, numbers))]
    return Story(new=None, old=None, changes=compare(sides[0], sides[1]), is_comparable=sides[0].calls > 0)


def _releases(scope: Scope, before: TimeRange) -> tuple[Release, Release] | None:
    """The newest release and the one of its service that it follows, if it appeared within the range or the window before."""
    if scope.filters.get("release"):
        return None
    rows = scope.store.query(statement("releases"), {**scope.params(), "from": before.start})
    for new in rows:
        older = [row for row in rows if row["service"] == new["service"] and row["first_seen"] < new["first_seen"]]
        if older and new["first_seen"] < scope.range.end:
            return new, max(older, key=lambda row: row["first_seen"])
    return None


def _side(scope: Scope, time_range: TimeRange, *, release: Release | None = None, numbers: Numbers | None = None) -> Side:
    narrowed = {name: release[name] for name in ("service", "release")} if release else {}
    filters = {**scope.panel_filters(), **{name: [value] for name, value in narrowed.items() if value}}
    known = numbers or _numbers(scope, time_range, filters)
    params = {**scope.params(**narrowed), "from": time_range.start, "to": time_range.end}
    rows = scope.store.query(statement("score_figures"), params)
    return Side(
        length_s=(time_range.end - time_range.start).total_seconds(),
        calls=int(known[_CALLS] or 0),
        error_rate=known[_ERRORS],
        p95_ms=known[_LATENCY],
        cost_usd=known[_COST],
        scores={row["name"]: ScoreFigure(mean=row["mean"], spread=row["spread"] or 0.0, scored=row["scored"]) for row in rows},
    )
