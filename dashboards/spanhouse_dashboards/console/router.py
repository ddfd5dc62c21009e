"""Puts the console's pages together. Must not know what any page shows."""

from __future__ import annotations

from fastapi import APIRouter

from spanhouse_dashboards.console.assets import add_assets
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.pages import (
    alerts,
    drift,
    evaluators,
    overview,
    panels,
    review,
    scores,
    sessions,
    system,
    trace,
    traces,
)
from spanhouse_dashboards.console.route import ConsoleRoute

_PAGES = (overview, panels, traces, trace, sessions, scores, review, drift, alerts, evaluators, system)


def console_router(deps: ConsoleDeps) -> APIRouter:
    """The console's routes: pages at `/`, their assets and data under `/console/`. None is part of the described API."""
    router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)
    add_assets(router)
    for page in _PAGES:
        page.add(router, deps)
    return router
