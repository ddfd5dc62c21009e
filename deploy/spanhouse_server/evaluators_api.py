"""Routes under /api/v1/: which evaluators run and how far they are, backfills, and a trace's critical path."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from spanhouse_collector.api.keys import Access
from spanhouse_collector.errors import NotFound
from spanhouse_collector.model import Scope
from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import Need, direction
from spanhouse_evaluators.critical_path import Work, time_by_work, trace_path
from spanhouse_evaluators.judges.spending import spent_today
from spanhouse_evaluators.runs import RunRecord
from spanhouse_server.evaluators_role import EvaluatorsRole

if TYPE_CHECKING:
    from spanhouse_evaluators.jobs.asking import AskingJob


class Evaluator(BaseModel):
    """One evaluator in the caller's project."""

    name: str
    version: str
    job: str
    needs: Need
    higher_is_better: bool | None = Field(description="null where neither direction is better, as for a length")
    bounds: tuple[float | None, float | None] | None = Field(description="lowest and highest value; null where there is no end")
    backlog_spans: int = Field(description="spans it has still to look at, those of backfills among them")
    read_until: datetime | None = Field(description="up to when it has read what is new, by the time of storing")
    backfilled_until: datetime | None = Field(description="how far its oldest backfill is; null without one")
    next_run_at: datetime | None
    spent_usd_today: float = Field(description="today (UTC), by all projects; calls in flight count with the most they can cost")
    cap_usd_per_day: float | None = Field(
        description="the most it may spend in a day; null without a cap, or where it pays nobody"
    )
    calls_today: int


class Evaluators(BaseModel):
    """All of them, and what is wrong with the file since it was changed; the former one stays in force."""

    evaluators: list[Evaluator]
    refusal: str


class BackfillAsked(BaseModel):
    """Which evaluators shall go through what was stored since when."""

    evaluators: list[str] = Field(min_length=1)
    since: AwareDatetime
    until: AwareDatetime | None = None


class Run(BaseModel):
    """One run of a job, over all projects."""

    run_id: str
    job: str
    status: Literal["running", "finished", "failed"]
    started_at: datetime
    ended_at: datetime | None = Field(description="null while it runs")
    scored: int
    failed: int
    unscored: int
    cost_usd: float = Field(description="what its evaluations cost; 0 where nobody was paid")
    error: str


class Runs(BaseModel):
    """The newest runs, the newest one first."""

    runs: list[Run]


class PathStep(BaseModel):
    """A stretch of time that a span held up its trace; span_id is empty between root spans."""

    span_id: str
    name: str
    work: Work
    start_ns: int = Field(description="Unix time in nanoseconds")
    duration_ns: int


class CriticalPath(BaseModel):
    """What the end of a trace waited for, in the order of time, and the sums by what the time was spent on."""

    steps: list[PathStep]
    total_ns: dict[Work, int]


def router(store: Store, role: EvaluatorsRole, *, state: State, access: Access) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api/v1", tags=["evaluators"])

    @routes.get("/traces/{trace_id}/critical-path")
    def trace_critical_path(request: Request, trace_id: str) -> CriticalPath:
        """What the end of a trace waited for: models, tools, retrieval, and the application's own code."""
        steps = trace_path(store, access.project(request.headers, Scope.READ), trace_id=trace_id.lower())
        if not steps:
            raise NotFound(f"No trace {trace_id!r} is stored in this project.")
        return CriticalPath(
            steps=[
                PathStep(span_id=one.span_id, name=one.name, work=one.work, start_ns=one.start_ns, duration_ns=one.duration_ns)
                for one in steps
            ],
            total_ns=time_by_work(steps),
        )

    @routes.get("/evaluators")
    def evaluators(request: Request) -> Evaluators:
        """The evaluators that run, how far each is in the caller's project, and what it spent today (UTC)."""
        project = access.project(request.headers, Scope.READ)
        return Evaluators(evaluators=standings(role, state, project=project), refusal=role.refusal)

    @routes.get("/evaluators/runs")
    def evaluator_runs(
        request: Request,
        job: Annotated[str | None, Query(description="only runs of this job")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    ) -> Runs:
        """The newest runs of the evaluators' jobs, the newest one first: how long each took, what it came to and cost."""
        access.project(request.headers, Scope.READ)
        return Runs(runs=[_run(record) for record in role.log.recent(job, most=limit)])

    @routes.post("/evaluators/backfills", status_code=202)
    def ask_backfill(request: Request, asked: Annotated[BackfillAsked, Body()]) -> list[str]:
        """Ask evaluators to make up what is missing in a stretch of what was stored; their next runs do it."""
        from spanhouse_evaluators.progress import asking, backfill

        project = access.project(request.headers, Scope.ADMIN)
        return [
            name
            for job in asking(role.jobs, asked.evaluators)
            for name in backfill(job, project, evaluators=asked.evaluators, since=asked.since, until=asked.until)
        ]

    return routes


def _run(record: RunRecord) -> Run:
    counts = record.counts
    return Run(
        run_id=record.run_id,
        job=record.job,
        status="failed" if record.error else "running" if record.ended_ms is None else "finished",
        started_at=_instant(record.started_ms),
        ended_at=None if record.ended_ms is None else _instant(record.ended_ms),
        scored=counts.scored,
        failed=counts.failed,
        unscored=counts.unscored,
        cost_usd=counts.cost_usd,
        error=record.error,
    )


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def standings(role: EvaluatorsRole, state: State, *, project: str) -> list[Evaluator]:
    """The project's evaluators; none before the first span, or where this process runs none."""
    if not role.jobs:
        return []
    from spanhouse_evaluators.progress import asking

    return [one for job in asking(role.jobs) for one in _of_job(role, state, job=job, project=project)]


def _of_job(role: EvaluatorsRole, state: State, *, job: AskingJob, project: str) -> list[Evaluator]:
    from spanhouse_evaluators.jobs.asking import cap_of
    from spanhouse_evaluators.progress import backlogs_of

    spent = spent_today(state)
    found = []
    for assignment, backlog in zip(job.assignments, backlogs_of(job, project), strict=True):
        evaluator, mine = assignment.evaluator, spent.get(assignment.evaluator.name)
        found.append(
            Evaluator(
                name=evaluator.name,
                version=evaluator.version,
                job=job.name,
                needs=evaluator.needs,
                higher_is_better=direction(evaluator),
                bounds=None if evaluator.bounds is None else (_end(evaluator.bounds[0]), _end(evaluator.bounds[1])),
                backlog_spans=backlog.spans,
                read_until=backlog.read_until,
                backfilled_until=backlog.backfilled_until,
                next_run_at=role.next_run_at(job.name),
                spent_usd_today=mine.usd if mine else 0.0,
                cap_usd_per_day=cap_of(assignment),
                calls_today=mine.calls if mine else 0,
            )
        )
    return found


def _end(bound: float) -> float | None:
    """A bound as JSON has it, which knows no infinity."""
    return bound if abs(bound) != float("inf") else None
