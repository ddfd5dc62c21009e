"""Alerts: where each rule stands, who is told of it, what happened in the range, and what a rule would have done.

What the forms change goes to the JSON API, which checks who may.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.addresses import console_anchor, console_path
from spanhouse_dashboards.console.deps import AlertState, ConsoleDeps
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import statement
from spanhouse_dashboards.panels import FILTERS, panel_by_id
from spanhouse_dashboards.words import spoken

# What needs a person comes first.
_ORDER = ("firing", "error", "pending", "no_data", "resolved", "inactive")


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/alerts`."""

    @router.get("/alerts")
    def alerts(request: Request) -> Response:
        scope = scope_of(request, deps)
        states = sorted(deps.alert_states(scope.project), key=lambda alert: (_rank(alert.state), alert.title or alert.rule))
        history = scope.store.query(statement("alert_history"), scope.params())
        titles = {alert.rule: alert.title or alert.rule for alert in states}
        segments = [spoken(dict(zip(row["keys"], row["labels"], strict=True))) for row in history]
        units = {alert.rule: alert.unit for alert in states}
        shown = [
            {**row, "segment": segment, "title": titles.get(row["rule"], row["rule"]), "unit": units.get(row["rule"], "")}
            for row, segment in zip(history, segments, strict=True)
        ]
        return page(
            "alerts",
            scope,
            groups=_by_rule([alert for alert in states if alert.state != "inactive"]),
            quiet=[alert for alert in states if alert.state == "inactive"],
            is_loaded=bool(states),
            history=shown,
            titles=titles,
            panel_url=lambda alert: _panel_url(scope, alert),
            silences=deps.alert_silences(scope.project),
            may_change=deps.may_change(request),
        )


def _by_rule(states: Sequence[AlertState]) -> list[list[AlertState]]:
    """The segments of each rule together, in the order in which rules come first."""
    found: dict[str, list[AlertState]] = {}
    for alert in states:
        found.setdefault(alert.rule, []).append(alert)
    return list(found.values())


def _panel_url(scope: Scope, alert: AlertState) -> str:
    """The panel that shows what a rule watches, in the segment as far as pages can filter by it."""
    panel = panel_by_id(alert.panel)
    filters = {name: alert.segment[name] for name in FILTERS if alert.segment.get(name)}
    return f"{scope.link(console_path(panel), **filters)}#{console_anchor(panel)}"


def _rank(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else len(_ORDER)
