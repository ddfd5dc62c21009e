"""Evaluators: how far each is and what it cost, where each job stands, and the log of runs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_dashboards.console.deps import ConsoleDeps, EvaluatorRun
from spanhouse_dashboards.console.rendering import page
from spanhouse_dashboards.console.scope import scope_of

MAX_RUNS = 200


def add(router: APIRouter, deps: ConsoleDeps) -> None:
    """Adds `/evaluators`."""

    @router.get("/evaluators")
    def evaluators(request: Request) -> Response:
        scope = scope_of(request, deps)
        runs = list(deps.evaluator_runs(scope.project, limit=MAX_RUNS))
        newest: dict[str, EvaluatorRun] = {}
        for run in runs:
            newest.setdefault(run.evaluator, run)
        return page(
            "evaluators",
            scope,
            newest=[newest[name] for name in sorted(newest)],
            is_planned=any(run.watermark or run.next_run_at for run in newest.values()),
            runs=runs,
            standings=deps.evaluator_standings(scope.project),
            by_job=newest,
            max_runs=MAX_RUNS,
        )
