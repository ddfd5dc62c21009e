"""The console role: tells the console's pages what the other roles know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter

from spanhouse_collector.api.keys import Access
from spanhouse_collector.model import Scope
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.message import Occasion, sentence
from spanhouse_dashboards.alerts.model import RuleBook
from spanhouse_dashboards.console.deps import AlertState, ConsoleDeps, EvaluatorRun, Figure, FigureState
from spanhouse_dashboards.console.router import console_router
from spanhouse_evaluators.runs import RunRecord
from spanhouse_server.collector_role import CollectorRole
from spanhouse_server.evaluators_role import EvaluatorsRole

# Lag that a reader of the console would notice, and lag that means that something is broken.
_LAG_WARNING_S = 5.0
_LAG_BAD_S = 60.0


def router(store: Store, state: State, *, access: Access, collector: CollectorRole, evaluators: EvaluatorsRole) -> APIRouter:
    """The console's routes over this process' roles."""
    return console_router(
        ConsoleDeps(
            store=store,
            project_of=lambda request: access.project(request.headers, Scope.READ),
            clock=lambda: datetime.now(UTC),
            evaluator_runs=lambda _project, *, limit: [_run(record) for record in evaluators.log.recent(most=limit)],
            ingest_figures=lambda: _figures(collector),
            alert_states=lambda project: _alert_states(state, evaluators.book, project),
        )
    )


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
        message=record.error,
    )


def _figures(collector: CollectorRole) -> Sequence[Figure]:
    backlogs = collector.backlogs().values()
    age_s = max((backlog.age_s for backlog in backlogs), default=0.0)
    items = sum(backlog.items for backlog in backlogs)
    size_bytes = sum(backlog.size_bytes for backlog in backlogs)
    rejected = _total(collector, "items_rejected")
    buried = _total(collector, "dead_letters")
    return [
        Figure(label="Lag", value=age_s, unit="s", state=_lag_state(age_s), note="age of the oldest request that waits"),
        Figure(label="Backlog", value=items, unit="count", note="acknowledged, not yet in the store"),
        Figure(label="Backlog size", value=size_bytes, unit="bytes", note="journal on disk"),
        Figure(
            label="Accepted", value=_total(collector, "items_accepted"), unit="count", note="spans and records since the start"
        ),
        Figure(label="Rejected", value=rejected, unit="spans", state="warning" if rejected else "ok", note="told to the sender"),
        Figure(label="Dead letters", value=buried, unit="requests", state="bad" if buried else "ok", note="kept with the reason"),
    ]


def _total(collector: CollectorRole, name: str) -> int:
    return sum(count.value for count in collector.figures.counts() if count.name == name)


def _lag_state(age_s: float) -> FigureState:
    if age_s < _LAG_WARNING_S:
        return "ok"
    return "warning" if age_s < _LAG_BAD_S else "bad"


def _alert_states(state: State, book: RuleBook, project: str) -> list[AlertState]:
    now = datetime.now(UTC)
    found = []
    for rule in book.rules:
        with state.transaction() as connection:
            instances = records.instances(connection, project=project, rule=rule.id)
        if not instances:
            found.append(
                AlertState(rule=rule.id, title=rule.title, state="inactive", severity=rule.severity, threshold=rule.threshold)
            )
        for segment, instance in instances.items():
            occasion = Occasion(rule=rule, project=project, segment=dict(segment), instance=instance, at=now)
            found.append(
                AlertState(
                    rule=rule.id,
                    title=rule.title,
                    state=instance.state,
                    severity=rule.severity,
                    segment=dict(segment),
                    value=instance.value,
                    threshold=rule.threshold,
                    since=instance.active_since,
                    message=sentence(occasion),
                )
            )
    return found


def _instant(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
