"""Scores: how each one lies, how much of what should be scored has a value, and why the rest has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console.deps import Calibration, ConsoleDeps
from spanhouse_dashboards.console.emptiness import emptiness
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import Scope, scope_of
from spanhouse_dashboards.console.statements import choices, statement
from spanhouse_dashboards.panels import panels_of

Row = dict[str, Any]

MAX_CALIBRATIONS = 20
"""Each looks through all scores of an evaluator in the range."""


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/scores`."""

    @router.get("/scores")
    def scores(request: Request) -> Response:
        scope = scope_of(request, deps)
        rows, offered = scope.store.query(statement("score_summary"), scope.params()), choices(scope)
        return page(
            "scores",
            scope,
            rows=[_with_shares(row) for row in rows],
            reasons=_reasons(scope),
            calibrations=_calibrations(scope, rows),
            panels=panels_of("quality"),
            choices=offered,
            emptiness=None if rows else emptiness(scope, offered),
        )


def _calibrations(scope: Scope, rows: Sequence[Row]) -> Sequence[Calibration]:
    """Of the evaluators that people scored the same things as, under the same name; over the whole project."""
    judged, labelled = ({row["name"] for row in rows if row["source"] == source} for source in ("evaluator", "person"))
    names = sorted(judged & labelled)[:MAX_CALIBRATIONS]
    if not names:
        return []
    return scope.deps.calibrations(scope.project, names, since=scope.range.start, until=scope.range.end)


def _reasons(scope: Scope) -> list[Row]:
    """Why scores have no value, each with its newest example; those of hours that were counted before it changed have none."""
    rows = scope.store.query(statement("score_reasons"), scope.params())
    if not rows:
        return []
    where = {"names": [row["name"] for row in rows], "times": [row["since"] for row in rows]}
    examples = scope.store.query(statement("score_examples"), scope.params(**where))
    found = {_reason(row): row for row in examples}
    return [{**row, **found.get(_reason(row), {"trace_id": "", "explanation": "", "newest": row["since"]})} for row in rows]


def _reason(row: Row) -> tuple[str, str, str]:
    return row["name"], row["status"], row["reason"]


def _with_shares(row: Row) -> Row:
    """The row with its coverage, and its histogram's bars as percent of the highest."""
    asked = row["scored"] + row["failed"] + row["unscored"]
    highest = max(row["bins"], default=0)
    bars = [round(100 * number / highest, 1) if highest else 0.0 for number in row["bins"]]
    return {**row, "asked": asked, "coverage": row["scored"] / asked if asked else None, "bars": bars}
