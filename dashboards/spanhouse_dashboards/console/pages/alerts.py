"""Alerts: where each rule stands, and what happened in the range."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import scope_of
from spanhouse_dashboards.console.statements import statement

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
        segments = [
            " · ".join(f"{key} {value}" for key, value in zip(row["keys"], row["labels"], strict=True)) for row in history
        ]
        shown = [
            {**row, "segment": segment, "title": titles.get(row["rule"], row["rule"])}
            for row, segment in zip(history, segments, strict=True)
        ]
        return page("alerts", scope, states=states, history=shown)


def _rank(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else len(_ORDER)
