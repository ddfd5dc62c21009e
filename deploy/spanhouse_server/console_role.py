"""The console role: tells the console's pages what the other roles know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fastapi import APIRouter, Request

from spanhouse_collector.api.keys import Access
from spanhouse_collector.errors import Forbidden
from spanhouse_collector.model import Scope
from spanhouse_collector.redaction.configuration import Redaction
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts.promised import as_promised
from spanhouse_dashboards.alerts.routes import AlertDeps, alert_router
from spanhouse_dashboards.alerts.silences import silences
from spanhouse_dashboards.console.deps import (
    AlertSilence,
    ConsoleDeps,
    EvaluatorRun,
    EvaluatorStanding,
    Figure,
    FigureState,
    IngestCount,
)
from spanhouse_dashboards.console.router import console_router
from spanhouse_dashboards.panels import PAGES
from spanhouse_evaluators.runs import RunRecord
from spanhouse_server import evaluators_api, evaluators_figures
from spanhouse_server.alert_states import alert_states, alerts_firing
from spanhouse_server.calibrations import calibrations
from spanhouse_server.evaluators_role import EvaluatorsRole
from spanhouse_server.ingest_reports import IngestReport
from spanhouse_server.own_metrics import QueryCosts

_TITLES = {page.id: page.title for page in PAGES}
# Lag that a reader of the console would notice, and lag that means that something is broken.
_LAG_WARNING_S = 5.0
_LAG_BAD_S = 60.0
# Counters of /metrics that tell of what was left out, refused or hidden, as a person says it.
_COUNTED = {
    "items_rejected": "Left out of a request, told to the sender",
    "requests_refused": "Request answered with an error",
    "requests_over_quota": "Request beyond a key's quota",
    "values_redacted": "Redacted",
    "translations_failed": "Dialect not translated, kept as it came",
    "dead_letters": "Request the store refused for good",
    "store_retries": "Insert tried again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleParts:
    """What the console is made of: this process' roles, and what it was told of others."""

    store: Store
    state: State
    access: Access
    ingest: Callable[[], IngestReport]
    evaluators: EvaluatorsRole
    costs: QueryCosts
    grafana_url: str = ""


def router(parts: ConsoleParts) -> APIRouter:
    """The console's routes."""
    state, access, evaluators = parts.state, parts.access, parts.evaluators
    return console_router(
        ConsoleDeps(
            store=parts.store,
            project_of=lambda request: access.project(request.headers, Scope.READ),
            clock=lambda: datetime.now(UTC),
            evaluator_runs=lambda project, *, limit: _runs(evaluators, state, project, limit=limit),
            evaluator_standings=lambda project: _standings(evaluators, state, project),
            calibrations=lambda project, names, *, since, until: calibrations(
                parts.store, project, names=names, since=since, until=until
            ),
            ingest_figures=lambda: _figures(parts.ingest()),
            ingest_counts=lambda: _counts(parts.ingest()),
            alert_states=lambda project: alert_states(state, evaluators.book, project=project),
            alerts_firing=lambda project: alerts_firing(state, evaluators.book, project=project),
            alert_silences=lambda project: _silences(state, project),
            as_promised=lambda panel: as_promised(panel, evaluators.book),
            panel_asked=lambda project, page, spent_s: parts.costs.add(project, _TITLES[page], spent_s=spent_s),
            may_change=lambda request: _may_change(access, request),
            grafana_url=parts.grafana_url.rstrip("/"),
        )
    )


def alerts_router(store: Store, state: State, *, access: Access, evaluators: EvaluatorsRole, redaction: Redaction) -> APIRouter:
    """The alerts' API; what people write there is redacted as anything else."""
    return alert_router(
        AlertDeps(
            store=store,
            state=state,
            book=evaluators.book,
            reader=lambda request: access.project(request.headers, Scope.READ),
            keeper=lambda request: access.project(request.headers, Scope.ADMIN),
            clock=lambda: datetime.now(UTC),
            redact=lambda project, text: redaction.of(project).text(text),
        )
    )


def _runs(evaluators: EvaluatorsRole, state: State, project: str, *, limit: int) -> list[EvaluatorRun]:
    jobs = evaluators.jobs
    read_until = evaluators_figures.read_until(jobs, state, project=project) if jobs else {}
    return [
        replace(_run(record), watermark=read_until.get(record.job), next_run_at=evaluators.next_run_at(record.job))
        for record in evaluators.log.recent(most=limit)
    ]


def _standings(evaluators: EvaluatorsRole, state: State, project: str) -> list[EvaluatorStanding]:
    return [
        EvaluatorStanding(
            evaluator=one.name,
            version=one.version,
            job=one.job,
            backlog=one.backlog_spans,
            read_until=one.read_until,
            backfilled_until=one.backfilled_until,
            next_run_at=one.next_run_at,
            cost_usd=one.spent_usd_today,
            cap_usd=one.cap_usd_per_day,
            calls=one.calls_today,
        )
        for one in evaluators_api.standings(evaluators, state, project=project)
    ]


def _run(record: RunRecord) -> EvaluatorRun:
    counts = record.counts
    return EvaluatorRun(
        evaluator=record.job,
        version="",
        status="failed" if record.error else "running" if record.ended_ms is None else "finished",
        started_at=_instant(record.started_ms),
        finished_at=None if record.ended_ms is None else _instant(record.ended_ms),
        selected=counts.scored + counts.failed + counts.unscored,
        scored=counts.scored,
        failed=counts.failed,
        unscored=counts.unscored,
        cost_usd=counts.cost_usd,
        message=record.error,
    )


def _figures(report: IngestReport) -> Sequence[Figure]:
    age_s = max((backlog.age_s for backlog in report.backlogs), default=0.0)
    items = sum(backlog.items for backlog in report.backlogs)
    size_bytes = sum(backlog.size_bytes for backlog in report.backlogs)
    rejected = _total(report, "items_rejected")
    buried = _total(report, "dead_letters")
    figures = [
        Figure(label="Lag", value=age_s, unit="s", state=_lag_state(age_s), note="age of the oldest request that waits"),
        Figure(label="Backlog", value=items, unit="count", note="acknowledged, not yet in the store"),
        Figure(label="Backlog size", value=size_bytes, unit="bytes", note="journal on disk"),
        Figure(label="Accepted", value=_total(report, "items_accepted"), unit="count", note="spans and records since the start"),
        Figure(label="Rejected", value=rejected, unit="spans", state="warning" if rejected else "ok", note="told to the sender"),
        Figure(label="Dead letters", value=buried, unit="requests", state="bad" if buried else "ok", note="kept with the reason"),
    ]
    if report.silent or report.heard != 1:
        figures.append(_collectors(report))
    return figures


def _collectors(report: IngestReport) -> Figure:
    silent = ", ".join(report.silent)
    note = f"no word of {silent}" if silent else "processes that take spans"
    state: FigureState = "bad" if silent or not report.heard else "ok"
    return Figure(label="Collectors", value=report.heard, unit="count", state=state, note=note)


def _counts(report: IngestReport) -> list[IngestCount]:
    times: Counter[tuple[str, str]] = Counter()
    for count in report.counts:
        times[count.name, ", ".join(value for _, value in count.labels)] += count.value
    return [
        IngestCount(what=what, why=why, times=number)
        for name, what in _COUNTED.items()
        for (counted, why), number in times.items()
        if counted == name and number
    ]


def _total(report: IngestReport, name: str) -> int:
    return sum(count.value for count in report.counts if count.name == name)


def _lag_state(age_s: float) -> FigureState:
    if age_s < _LAG_WARNING_S:
        return "ok"
    return "warning" if age_s < _LAG_BAD_S else "bad"


def _silences(state: State, project: str) -> list[AlertSilence]:
    return [
        AlertSilence(id=one.id, rule=one.rule, segment=one.segment, ends_at=one.ends_at, reason=one.reason)
        for one in silences(state, project, at=datetime.now(UTC))
    ]


def _may_change(access: Access, request: Request) -> bool:
    try:
        access.project(request.headers, Scope.ADMIN)
    except Forbidden:
        return False
    return True


def _instant(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
