"""What the evaluators' jobs have done and have still to do, as figures for /metrics and the console.

The jobs' libraries are imported once there are jobs, as in the role.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from spanhouse_collector.api.metrics import Gauge
from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State
from spanhouse_evaluators.judges.spending import spent_today
from spanhouse_evaluators.runs import RunRecord
from spanhouse_evaluators.watermark import read_watermarks
from spanhouse_server.evaluators_role import EvaluatorsRole

if TYPE_CHECKING:
    from spanhouse_evaluators.jobs.job import Job
    from spanhouse_evaluators.progress import Backlog

_COUNTED_FOR_S = 15.0
"""A backlog is counted in the store: for a scrape every second as often as for one every quarter of a minute."""


def read_until(jobs: Iterable[Job], state: State, *, project: str) -> dict[str, datetime]:
    """Up to when each job's evaluators have read a project, by job; the slowest one counts."""
    from spanhouse_evaluators.progress import asking

    known = read_watermarks(state, project)
    found: dict[str, datetime] = {}
    for job in asking(jobs):
        read_ms = min((known.get(assignment.key, 0) for assignment in job.assignments), default=0)
        if read_ms:
            found[job.name] = datetime.fromtimestamp(read_ms / 1000, UTC)
    return found


class EvaluatorFigures:
    """The figures of one process, for /metrics. Safe from several threads."""

    def __init__(self, role: EvaluatorsRole, state: State) -> None:
        self._role = role
        self._state = state
        self._lock = threading.Lock()
        self._backlogs: list[Backlog] = []
        self._counted_s = float("-inf")

    def gauges(self) -> Iterator[Gauge]:
        """Yields what there is to show; what the store cannot count just now stays as it was."""
        if not self._role.jobs:
            return
        spans = Counter[tuple[str, str]]()
        for backlog in self._counted():
            spans[backlog.evaluator, backlog.version] += backlog.spans
        # Over all projects: the page is open to everybody, and whom else this serves is not.
        for (evaluator, version), waiting in spans.items():
            labels = {"evaluator": evaluator, "version": version}
            yield _gauge("backlog_spans", "Spans that an evaluator has still to look at", labels, waiting)
        for job in self._role.jobs:
            for record in self._role.log.recent(job.name, most=1):
                yield from _of_run(record)
        for evaluator, spent in spent_today(self._state).items():
            yield _gauge(
                "spent_usd", "Spent on models today (UTC), calls in flight included", {"evaluator": evaluator}, spent.usd
            )
            yield _gauge("calls", "Calls of models today (UTC)", {"evaluator": evaluator}, spent.calls)
        yield from _caps(self._role.jobs)
        yield _gauge("file_refused", "Whether the file of evaluators was changed and refused", {}, bool(self._role.refusal))

    def _counted(self) -> list[Backlog]:
        from spanhouse_evaluators.progress import asking, backlogs

        with self._lock:
            if time.monotonic() - self._counted_s > _COUNTED_FOR_S:
                try:
                    self._backlogs = [backlog for job in asking(self._role.jobs) for backlog in backlogs(job)]
                    self._counted_s = time.monotonic()
                except SpanhouseError:
                    return self._backlogs
            return self._backlogs


def _caps(jobs: Iterable[Job]) -> Iterator[Gauge]:
    from spanhouse_evaluators.jobs.asking import cap_of
    from spanhouse_evaluators.progress import asking

    for assignment in (one for job in asking(jobs) for one in job.assignments):
        cap_usd = cap_of(assignment)
        if cap_usd is not None:
            labels = {"evaluator": assignment.evaluator.name}
            yield _gauge("cap_usd", "The most that an evaluator may spend on models in a day (UTC)", labels, cap_usd)


def _of_run(record: RunRecord) -> Iterator[Gauge]:
    job = {"job": record.job}
    ended_ms = record.ended_ms or time.time_ns() // 1_000_000
    yield _gauge("run_started_timestamp_seconds", "When the last run started", job, record.started_ms / 1000)
    yield _gauge("run_duration_seconds", "How long the last run took, or takes", job, (ended_ms - record.started_ms) / 1000)
    yield _gauge("run_failed", "Whether the last run was stopped by an error", job, bool(record.error))
    yield _gauge("run_cost_usd", "What the last run's evaluations cost", job, record.counts.cost_usd)
    for status in ("scored", "failed", "unscored"):
        evaluations = getattr(record.counts, status)
        yield _gauge("run_evaluations", "What the last run's evaluations came to", {**job, "status": status}, evaluations)


def _gauge(name: str, meaning: str, labels: dict[str, str], value: float) -> Gauge:
    return Gauge(name=f"evaluator_{name}", help=meaning, labels=labels, value=float(value))
