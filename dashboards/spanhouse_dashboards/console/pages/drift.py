"""Drift: what scheduled jobs measured over windows, with alarms first."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import scope_of
from spanhouse_dashboards.console.statements import choices, statement
from spanhouse_dashboards.panels import panels_of

_WIDTH, _HEIGHT = 140.0, 28.0

Row = dict[str, Any]


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/drift`."""

    @router.get("/drift")
    def drift(request: Request) -> Response:
        scope = scope_of(request, deps)
        rows = [_shown(row) for row in scope.store.query(statement("measurements"), scope.params())]
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row["evaluator"], []).append(row)
        # Drift itself comes first; other jobs measure as well.
        ordered = sorted(groups.items(), key=lambda group: (group[0] != "drift", group[0]))
        return page("drift", scope, groups=ordered, panels=panels_of("drift"), choices=choices(scope))


def _shown(row: Row) -> Row:
    segment = ", ".join(f"{key} {value}" for key, value in zip(row["keys"], row["labels"], strict=True) if value)
    details = sorted(zip(row["detail_names"], row["detail_values"], strict=True))
    return {**row, "segment": segment or "everything", "details": details, "points": sparkline(row["series"])}


def sparkline(values: list[float]) -> str:
    """Points of a line through the values from left to right, highest at the top; empty for fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step, scale = _WIDTH / (len(values) - 1), (_HEIGHT - 4) / (high - low) if high > low else 0.0
    return " ".join(f"{number * step:.1f},{_HEIGHT - 2 - (value - low) * scale:.1f}" for number, value in enumerate(values))
