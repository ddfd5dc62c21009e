"""The first page: what changed, in plain words; the main figures beside what they were; alerts that fire; panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import RetryableError
from spanhouse_dashboards.console.changes import Change, ScoreFigure, Side, compare
from spanhouse_dashboards.console.deps import AlertState, ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import choices, statement
from spanhouse_dashboards.console.stats import Numbers, numbers, stats_of, tiles, window_before
from spanhouse_dashboards.panels import TimeRange, panels_of

_CALLS, _ERRORS, _LATENCY, _COST = "calls-total", "error-rate-total", "latency-total", "cost-total"
# States of alerts that belong on the first page, the most urgent first.
_URGENCY = {state: rank for rank, state in enumerate(("firing", "error", "pending"))}
# Most of a statement's time over rollups is planning, for which it takes one core.
_AT_ONCE = 4
# A row of releases.sql.
Release = Mapping[str, Any]


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
        before = window_before(scope)
        figures = stats_of("overview")
        with ThreadPoolExecutor(_AT_ONCE) as beside:
            now, past = (beside.submit(numbers, scope, figures, time_range=window) for window in (scope.range, before))
            offered, alerts = beside.submit(choices, scope), beside.submit(_alerts, scope)
            story = _story(scope, before, beside=beside, known=(past, now))
        calls = int(now.result()[_CALLS] or 0)
        return page(
            "overview",
            scope,
            story=story,
            tiles=tiles(figures, now=now.result(), before=past.result()),
            panels=[panel for panel in panels_of("overview") if panel.kind != "stat"],
            calls=calls,
            **alerts.result(),
            choices=offered.result(),
            emptiness=None if calls else emptiness(scope, offered.result()),
        )


def _alerts(scope: Scope) -> dict[str, Any]:
    """Alerts that need a look, and why they are unknown if they are: the rest of the page is worth having all the same."""
    try:
        return {"alerts": _by_rule(scope.deps.alert_states(scope.project)), "trouble": ""}
    except RetryableError as error:
        return {"alerts": [], "trouble": str(error)}


def _by_rule(states: Sequence[AlertState]) -> list[tuple[AlertState, int]]:
    """Each rule that needs a look, the most urgent first, by one of its segments and how many there are."""
    found: dict[tuple[str, str], list[AlertState]] = {}
    for alert in sorted(states, key=lambda alert: (_URGENCY.get(alert.state, 0), alert.value is None)):
        if alert.state in _URGENCY:
            found.setdefault((alert.state, alert.rule), []).append(alert)
    return [(alerts[0], len(alerts)) for alerts in found.values()]


def _story(scope: Scope, before: TimeRange, *, beside: Executor, known: Sequence[Future[Numbers]]) -> Story:
    """Compares the newest release with the one it follows if it appeared lately, else the range with the one before it.

    `known` are the figures of the window before and of the range, which are being asked for.
    """
    pair = _releases(scope, before)
    if pair:
        new, old = pair
        lived = TimeRange(start=new["first_seen"], end=scope.range.end)
        earlier = TimeRange(start=before.start, end=scope.range.end)
        asked = [beside.submit(_side, scope, span, release=row) for span, row in ((earlier, old), (lived, new))]
        # Two releases share the traffic while one takes over from the other.
        changes = [change for change in compare(*(side.result() for side in asked)) if change.what != "traffic"]
        return Story(new=new, old=old, changes=changes, is_comparable=True)
    asked = [beside.submit(_side, scope, span, known=one) for span, one in zip((before, scope.range), known, strict=True)]
    sides = [side.result() for side in asked]
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


def _side(scope: Scope, time_range: TimeRange, *, release: Release | None = None, known: Future[Numbers] | None = None) -> Side:
    narrowed = {name: release[name] for name in ("service", "release")} if release else {}
    params = {**scope.params(**narrowed), "from": time_range.start, "to": time_range.end}
    rows = scope.store.query(statement("score_figures"), params)
    filters = {**scope.panel_filters(), **{name: [value] for name, value in narrowed.items() if value}}
    figures = known.result() if known else numbers(scope, stats_of("overview"), time_range=time_range, filters=filters)
    return Side(
        length_s=(time_range.end - time_range.start).total_seconds(),
        calls=int(figures[_CALLS] or 0),
        error_rate=figures[_ERRORS],
        p95_ms=figures[_LATENCY],
        cost_usd=figures[_COST],
        scores={row["name"]: ScoreFigure(mean=row["mean"], spread=row["spread"], scored=row["scored"]) for row in rows},
    )
