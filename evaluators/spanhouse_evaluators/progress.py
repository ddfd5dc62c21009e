"""How far the quality job has come, why a span has no score, and sending evaluators back: for people who ask.

Must not score anything itself.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import load
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.selection import SQL, Candidate, Cursor, Portion, obstacle, projects, read_stretches
from spanhouse_evaluators.watermark import lower_watermarks, read_watermark

FAR_FUTURE_MS = 4_102_444_800_000
"""The year 2100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Spans of a project that an evaluator has still to look at; `read_until_ms` is 0 before its first run."""

    project: str
    evaluator: str
    version: str
    spans: int
    read_until_ms: int


def backlogs(job: QualityJob) -> list[Backlog]:
    """Return the backlog of each evaluator of the job in each project."""
    return [_backlog(job, project, assignment=a) for project in projects(job.store) for a in job.assignments]


def _backlog(job: QualityJob, project: str, *, assignment: Assignment) -> Backlog:
    name, version = assignment.key
    read_ms = read_watermark(job.state, project, evaluator=name, version=version)
    params = {"project": project, "after_ms": read_ms, "kinds": list(assignment.selection.kinds)}
    spans = job.store.query(load(SQL, "backlog"), params)[0]["spans"]
    return Backlog(project=project, evaluator=name, version=version, spans=spans, read_until_ms=read_ms)


def backfill(job: QualityJob, project: str, *, evaluators: Iterable[str], since: datetime) -> None:
    """Send evaluators back to what was stored at `since` or later; the next run makes up what is missing there.

    What is scored stays as it is. What failed for a passing reason, such as an endpoint that was away or a budget that was
    spent, is asked again.
    """
    named = set(evaluators)
    keys = [assignment.key for assignment in job.assignments if assignment.evaluator.name in named]
    lower_watermarks(job.state, project, evaluators=keys, stored_ms=int(since.timestamp() * 1000))


def why(job: QualityJob, project: str, *, span_id: str, evaluator: str) -> str:
    """Say in a sentence what became of a span with an evaluator: its score, or the first rule that stopped it.

    Raises NotFound for an evaluator that the job does not have.
    """
    assignment = next((a for a in job.assignments if a.evaluator.name == evaluator), None)
    if assignment is None:
        names = ", ".join(a.evaluator.name for a in job.assignments)
        raise NotFound(f"No job runs an evaluator {evaluator!r}; choose from {names}.")
    portion = Portion(project=project, kinds=frozenset(), until_ms=FAR_FUTURE_MS, most=1_000, only_span=span_id)
    found = [span for stretch in read_stretches(job.store, portion, after=Cursor()) for span in stretch.spans]
    if not found:
        return f"No span {span_id!r} is stored in project {project!r}."
    return _scored(job, found[0], assignment=assignment) or _not_scored(job, found[0], assignment=assignment)


def _scored(job: QualityJob, candidate: Candidate, *, assignment: Assignment) -> str | None:
    span = candidate.context
    name, version = assignment.key
    params = {"project": span.project, "evaluator": name, "span": span.span_id, "time_ns": span.start_time_ns}
    rows = job.store.query(load(SQL, "score_of_span"), params)
    mine = [r for r in rows if (r["evaluator_version"], r["input_hash"]) == (version, candidate.input_hash)]
    if not mine:
        return None
    row = mine[0]
    value = row["label"] or row["value"]
    came_to = {"scored": f"scored {value}", "failed": f"tried, and failed with {row['reason']}"}
    what = came_to.get(row["status"], f"found not to apply: {row['reason']}")
    return f"It was {what} by {name} {version} at {row['scored_at']:%Y-%m-%d %H:%M:%S} UTC."


def _not_scored(job: QualityJob, candidate: Candidate, *, assignment: Assignment) -> str:
    rule = obstacle(assignment.selection, candidate)
    if rule is not None:
        return f"It is not scored, because {rule}."
    rests_ms = candidate.stored_ms + int(job.settle_s * 1000) - time.time_ns() // 1_000_000
    if rests_ms > 0:
        return f"It waits {rests_ms / 1000:.0f} s more for the rest of its trace."
    name, version = assignment.key
    read_ms = read_watermark(job.state, candidate.context.project, evaluator=name, version=version)
    if not read_ms:
        return f"It will be scored by the first run of {name} {version}."
    until = datetime.fromtimestamp(read_ms / 1000, UTC)
    return f"It will be scored by the next run; {name} {version} has read what was stored until {until:%Y-%m-%d %H:%M:%S} UTC."
