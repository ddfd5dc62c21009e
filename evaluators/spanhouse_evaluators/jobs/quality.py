"""The quality job: asks evaluators about spans that were stored, each span once for each evaluator and version.

Must not know any evaluator in particular, nor when it runs.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import Evaluator, Failure, Outcome, Unscored
from spanhouse_evaluators.run import Outcomes, is_asynchronous, run, run_together
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import (
    Candidate,
    Cursor,
    Key,
    Portion,
    Selection,
    Stretch,
    obstacle,
    projects,
    read_stretches,
    scored_keys,
)
from spanhouse_evaluators.watermark import raise_watermarks, read_watermark


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An evaluator and the spans it is asked about."""

    evaluator: Evaluator
    selection: Selection = field(default_factory=Selection)
    concurrency: int = 8
    timeout_s: float = 60.0

    @property
    def key(self) -> tuple[str, str]:
        """Name and version: a new version scores everything anew."""
        return self.evaluator.name, self.evaluator.version


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityJob:
    """Scores what was stored since the last run, in the order in which it was stored.

    A span waits `settle_s`, so that the rest of its trace, such as what was retrieved, can arrive. Spans read up to
    `grace_s` before the watermark are looked at again, for those whose insert took long; scores already there are not
    made again. Both in seconds.
    """

    store: Store
    state: State
    assignments: tuple[Assignment, ...]
    interval_s: float = 60.0
    batch_spans: int = 2_000
    settle_s: float = 10.0
    grace_s: float = 60.0
    name: str = "quality"

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per outcome of an evaluator."""
        for project in projects(self.store) if self.assignments else ():
            for stretch in self._stretches(project):
                counts = self._score(project, stretch.spans, run_id=run_id) if stretch.spans else Counts()
                raise_watermarks(self.state, project, evaluators=self._keys(), stored_ms=stretch.upto.stored_ms)
                yield counts

    def _stretches(self, project: str) -> Iterator[Stretch]:
        read = [read_watermark(self.state, project, evaluator=name, version=v) for name, v in self._keys()]
        after = Cursor(stored_ms=max(0, min(read) - int(self.grace_s * 1000)))
        until_ms = time.time_ns() // 1_000_000 - int(self.settle_s * 1000) + 1
        portion = Portion(project=project, kinds=self._kinds(), until_ms=until_ms, most=self.batch_spans)
        return read_stretches(self.store, portion, after=after)

    def _keys(self) -> list[tuple[str, str]]:
        return [assignment.key for assignment in self.assignments]

    def _kinds(self) -> frozenset[str]:
        """The kinds that any evaluator takes; empty for all."""
        wanted = [assignment.selection.kinds for assignment in self.assignments]
        return frozenset() if () in wanted else frozenset(kind for kinds in wanted for kind in kinds)

    def _score(self, project: str, batch: Sequence[Candidate], *, run_id: str) -> Counts:
        done = scored_keys(self.store, project, evaluators={name for name, _ in self._keys()}, among=batch)
        counts, rows = Counts(), list[dict[str, Any]]()
        for evaluator, candidate, outcomes in self._judged(batch, done):
            rows += score_rows(evaluator, candidate, outcomes=outcomes, run_id=run_id)
            counts += _counted(outcomes.values())
        # One insert a batch: a score is either there whole, or its span is met again.
        self.store.insert("scores", rows)
        return counts

    def _judged(self, batch: Sequence[Candidate], done: set[Key]) -> Iterator[tuple[Evaluator, Candidate, Outcomes]]:
        """Yield what each evaluator says about each span that is due for it."""
        plain = [assignment for assignment in self.assignments if not is_asynchronous(assignment.evaluator)]
        for candidate in batch:
            for assignment in plain:
                if _is_due(assignment, candidate, done=done):
                    yield assignment.evaluator, candidate, run(assignment.evaluator, candidate.context)
        for assignment in self.assignments:
            if is_asynchronous(assignment.evaluator):
                chosen = [candidate for candidate in batch if _is_due(assignment, candidate, done=done)]
                contexts = [candidate.context for candidate in chosen]
                asked = run_together(
                    assignment.evaluator, contexts, concurrency=assignment.concurrency, timeout_s=assignment.timeout_s
                )
                yield from ((assignment.evaluator, *pair) for pair in zip(chosen, asyncio.run(asked), strict=True))


def _is_due(assignment: Assignment, candidate: Candidate, *, done: set[Key]) -> bool:
    span = candidate.context
    key = (span.trace_id, span.span_id, *assignment.key, candidate.input_hash)
    return key not in done and obstacle(assignment.selection, candidate) is None


def _counted(outcomes: Iterable[Outcome]) -> Counts:
    statuses = [outcome.status for outcome in outcomes]
    return Counts(scored=statuses.count("scored"), failed=statuses.count("failed"), unscored=statuses.count("unscored"))


def score_rows(evaluator: Evaluator, candidate: Candidate, *, outcomes: Outcomes, run_id: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `scores` for one span's outcomes."""
    span = candidate.context
    shared = {
        "project": span.project,
        "time": span.start_time_ns,
        "scored_at": datetime.now(UTC),
        "target": "span",
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "session_id": span.session_id,
        "response_id": candidate.response_id,
        "source": "evaluator",
        "evaluator": evaluator.name,
        "evaluator_version": evaluator.version,
        "input_hash": candidate.input_hash,
        "service": candidate.service,
        "environment": span.environment,
        "release": span.release,
        "model": span.model,
        "prompt_name": candidate.prompt_name,
        "prompt_version": candidate.prompt_version,
        "run_id": run_id,
    }
    for name, outcome in outcomes.items():
        yield {**shared, "name": name, "status": outcome.status, **_figures(outcome)}


def _figures(outcome: Outcome) -> dict[str, object]:
    """Return the columns that follow from the outcome: `reason` is for grouping, `explanation` for reading."""
    took = None if isinstance(outcome, Unscored) else outcome.took
    figures: dict[str, object] = {
        "value": None,
        "label": "",
        "explanation": outcome.reason,
        "reason": "",
        "cost_usd": None if took is None else f"{took.cost_usd:.12f}",
        "attributes": {} if took is None else dict(took.attributes),
    }
    if isinstance(outcome, Failure):
        figures["reason"] = str(outcome.kind)
    elif isinstance(outcome, Unscored):
        figures |= {"reason": outcome.reason, "explanation": ""}
    elif isinstance(outcome.value, str):
        figures["label"] = outcome.value
    else:
        label = str(outcome.value).lower() if isinstance(outcome.value, bool) else ""
        figures |= {"value": float(outcome.value), "label": label}
    return figures
