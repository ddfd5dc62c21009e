"""The system itself: ingest, what was lost, left out or hidden on the way, models without a price, and the store's tables."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import scope_of
from spanhouse_dashboards.console.statements import statement
from spanhouse_dashboards.panels import panels_of


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/system`."""

    @router.get("/system")
    def system(request: Request) -> Response:
        scope = scope_of(request, deps)
        tables = scope.store.query(statement("store_sizes"))
        return page(
            "system",
            scope,
            figures=deps.ingest_figures(),
            counts=deps.ingest_counts(),
            panels=panels_of("operations"),
            tables=tables,
            total={name: sum(table[name] for table in tables) for name in ("stored_rows", "parts", "disk_bytes", "raw_bytes")},
            sdk_drops=scope.store.query(statement("sdk_drops"), scope.params()),
            dead_letters=scope.store.query(statement("dead_letters"), scope.params()),
            unpriced=scope.store.query(statement("unpriced_models"), scope.params()),
        )
