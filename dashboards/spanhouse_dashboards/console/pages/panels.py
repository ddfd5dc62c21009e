"""Panels: the answer of one as JSON for the script that draws it, and the pages that hold nothing but panels."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from spanhouse_dashboards.console.asking import ask
from spanhouse_dashboards.console.charts import draw
from spanhouse_dashboards.console.deps import ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import scope_of
from spanhouse_dashboards.console.statements import choices
from spanhouse_dashboards.console.stats import page_tiles
from spanhouse_dashboards.panels import PAGES, Column, Panel, panel_by_id, panel_sql, panels_of
from spanhouse_dashboards.words import heading

# The table under a chart; charts themselves have at most 120 points a series.
MAX_TABLE_ROWS = 500
# The other pages of the catalogue share a page with lists of their own.
_OWN_PAGES = (
    "slo", "latency", "cost", "errors", "agents", "mcp", "coding", "guardrails", "retrieval", "experiments", "training",
    "machines",
)  # fmt: skip

# What these show is no spans, so a range without any says nothing about them.
_WITHOUT_SPANS = ("training", "machines")


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/console/panels/{id}` and a page for each group of panels that has no other."""

    @router.get("/console/panels/{panel_id}")
    def panel_data(panel_id: str, request: Request) -> Response:
        scope = scope_of(request, deps)
        panel = deps.as_promised(panel_by_id(panel_id))
        result = ask(scope, panel, time_range=scope.range, filters=scope.panel_filters())
        body = {
            "id": panel.id,
            "spec": draw(panel, result, time_range=scope.range),
            "columns": [_described(panel, column) for column in result.columns],
            "rows": [[_cell(value) for value in row] for row in result.rows[:MAX_TABLE_ROWS]],
            "all_rows": len(result.rows),
            "sql": panel_sql(panel),
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    for one in PAGES:
        if one.id in _OWN_PAGES:
            _add_page(router, deps, one.id)


def _add_page(router: APIRouter, deps: ConsoleDeps, page_id: str) -> None:
    described = next(one for one in PAGES if one.id == page_id)

    @router.get(f"/{page_id}")
    def panels(request: Request) -> Response:
        scope = scope_of(request, deps)
        offered = choices(scope)
        return page(
            "panels",
            scope,
            described=described,
            tiles=page_tiles(scope, page_id),
            panels=[panel for panel in panels_of(page_id) if panel.kind != "stat"],
            choices=offered,
            emptiness=None if page_id in _WITHOUT_SPANS else emptiness(scope, offered),
        )


def _described(panel: Panel, column: Column) -> dict[str, str]:
    return {"name": column.name, "title": heading(column.name), "role": column.role, "unit": _unit(panel, column)}


def _unit(panel: Panel, column: Column) -> str:
    """The unit a column of figures is told in: what its name ends with, else the panel's; '' for plain numbers."""
    if column.role != "value":
        return ""
    shares = dict.fromkeys(("_rate", "_share", "coverage", "moved"), "percentunit")
    named = {"burn_rate": "none", "_usd": "currencyUSD", **shares, "_ms": "ms", "_s": "s"}
    unit = next((unit for ending, unit in named.items() if column.name.endswith(ending)), "")
    if unit or panel.kind != "table":
        return unit or panel.unit
    # Percentiles in tables are durations, as their statements say.
    is_percentile = column.name[:1] == "p" and column.name[1:].isdigit()
    return "ms" if is_percentile else ""


def _cell(value: datetime | str | float | None) -> str | float | int | None:
    return value.isoformat() if isinstance(value, datetime) else value
