"""Why a span, or the trace or session that it belongs to, has a score of an evaluator or none: for people who ask.

Must not score anything itself.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from spanhouse_collector.errors import NotFound
from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_collector.storage import load
from spanhouse_evaluators.contract import PASSING
from spanhouse_evaluators.jobs.asking import AskingJob, Assignment
from spanhouse_evaluators.jobs.quality import QualityJob
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.reading import open_backfills
from spanhouse_evaluators.selection import SQL, Candidate, Cursor, obstacle, unknown_project
from spanhouse_evaluators.stretches import Portion, candidates_of, read_stretches
from spanhouse_evaluators.watermark import read_watermark
from spanhouse_evaluators.wholes import FAR_FUTURE_MS, REACH_S, Quiet, read_wholes


def why(job: QualityJob | WholesJob, project: str, *, span_id: str, evaluator: str) -> str:
    """Say in a sentence what became of a span with an evaluator: its score, or the first rule that stopped it.

    For an evaluator that needs a trace or a session, what became of that of the span.

    Raises NotFound for an evaluator that the job does not have.
    """
    assignment = next((a for a in job.assignments if a.evaluator.name == evaluator), None)
    if assignment is None:
        names = ", ".join(a.evaluator.name for a in job.assignments)
        raise NotFound(f"No job runs an evaluator {evaluator!r}; choose from {names}.")
    portion = Portion(project=project, kinds=frozenset(), until_ms=FAR_FUTURE_MS, most=1_000, only_span=span_id)
    found = [span for stretch in read_stretches(job.store, portion, after=Cursor()) for span in candidates_of(stretch.frame)]
    if not found:
        not_here = f"No span {span_id!r} is stored in project {project!r}; give a span's id, and its project with --project."
        return unknown_project(job.store, project) or not_here
    if not isinstance(job, QualityJob):
        return _why_whole(job, found[0], assignment=assignment)
    return _why_span(job, found[0], assignment=assignment)


def _why_span(job: QualityJob, candidate: Candidate, *, assignment: Assignment) -> str:
    span, (name, version) = candidate.context, assignment.key
    params = {"project": span.project, "evaluator": name, "span": span.span_id, "time_ns": span.start_time_ns}
    for row in job.store.query(load(SQL, "score_of_span"), params):
        if (row["evaluator_version"], row["input_hash"]) == (version, candidate.input_hash):
            return f"It {_came_to(job, candidate, assignment=assignment, row=row)}"
    rule = obstacle(assignment.selection, candidate)
    if rule is not None:
        return f"It is not scored, because {rule}."
    rests_s = _rests_s(candidate, job.settle_s)
    if rests_s > 0:
        return f"It waits {rests_s:.0f} s more for the rest of its trace."
    return f"It {_awaits(job, candidate, assignment=assignment)}"


def _why_whole(job: WholesJob, span: Candidate, *, assignment: Assignment) -> str:
    whole = _whole_of(job, span)
    if whole is None:
        return f"It belongs to no {job.need}, and {assignment.evaluator.name} takes whole ones."
    it = f"Its {job.need} {whole.context.trace_id or whole.context.session_id!r}"
    row = _score_of_whole(job, whole, assignment=assignment)
    if row is not None and row["judged"] == str(whole.input_hash):
        return f"{it} {_came_to(job, whole, assignment=assignment, row=row)}"
    rule = obstacle(assignment.selection, whole)
    if rule is not None:
        return f"{it} is not scored, because {rule}."
    if row is not None:
        it = f"{it} went on since it was judged at {row['scored_at']:%Y-%m-%d %H:%M:%S} UTC: it"
    rests_s = _rests_s(whole, job.quiet_s)
    if rests_s > 0:
        return f"{it} is not quiet, and waits at least {rests_s:.0f} s more."
    return f"{it} {_awaits(job, whole, assignment=assignment)}"


def _whole_of(job: WholesJob, span: Candidate) -> Candidate | None:
    """Return the trace or the session of a span, quiet or not, as the job would find it; None where the span has none."""
    whole_id = span.context.trace_id if job.need == "trace" else span.context.session_id
    if not whole_id:
        return None
    after = Cursor(stored_ms=span.stored_ms - 1)
    quiet = Quiet(project=span.context.project, need=job.need, after=after, until_ms=FAR_FUTURE_MS, only=whole_id)
    return next((whole for wholes in read_wholes(job.store, quiet) for whole in wholes), None)


def _score_of_whole(job: WholesJob, whole: Candidate, *, assignment: Assignment) -> Mapping[str, Any] | None:
    """Return the newest score of the whole, whatever of it was judged."""
    name, version = assignment.key
    reach_ns = REACH_S[job.need] * 1_000_000_000
    asked = {
        "project": whole.context.project,
        "target": job.need,
        "id": whole.context.trace_id or whole.context.session_id,
        "evaluator": name,
        "version": version,
        "from_ns": whole.context.start_time_ns - reach_ns,
        "to_ns": whole.context.start_time_ns + reach_ns,
    }
    return next(iter(job.store.query(load(SQL, "score_of_whole"), asked)), None)


def _rests_s(candidate: Candidate, wait_s: float) -> float:
    return (candidate.stored_ms - time.time_ns() // 1_000_000) / 1000 + wait_s


def _came_to(job: AskingJob, candidate: Candidate, *, assignment: Assignment, row: Mapping[str, Any]) -> str:
    name, version = assignment.key
    value = row["label"] or row["value"]
    came_to = {"scored": f"scored {value}", "failed": f"tried, and failed with {row['reason']}"}
    what = came_to.get(row["status"], "found not to apply")
    # A judge's reasons may have lines.
    said = " ".join((row["explanation"] or (row["reason"] if row["status"] == "unscored" else "")).split())
    told = f"was {what} by {name} {version} at {row['scored_at']:%Y-%m-%d %H:%M:%S} UTC" + (f": {said}" if said else ".")
    again = _asked_again(job, candidate, assignment=assignment) if row["reason"] in PASSING else ""
    return f"{told.rstrip('.')}. {again}" if again else told


def _asked_again(job: AskingJob, candidate: Candidate, *, assignment: Assignment) -> str:
    """Say how to have a failure asked about again that may pass: after a minute nobody does so by himself."""
    if _waits_for_backfill(job, candidate, assignment=assignment):
        return "The backfill that was asked for asks again, in the next runs."
    since, project = _instant(candidate.stored_ms), candidate.context.project
    command = f"spanhouse backfill {assignment.evaluator.name} --since {since:%Y-%m-%dT%H:%M:%S}"
    if project != DEFAULT_PROJECT:
        command += f" --project {project}"
    return f"Such a failure may pass; `{command}` has it asked again."


def _waits_for_backfill(job: AskingJob, candidate: Candidate, *, assignment: Assignment) -> bool:
    waits = [b for b in open_backfills(job.state, candidate.context.project) if b.key == assignment.key]
    return any(backfill.done.stored_ms <= candidate.stored_ms <= backfill.until_ms for backfill in waits)


def _awaits(job: AskingJob, candidate: Candidate, *, assignment: Assignment) -> str:
    name, version = assignment.key
    read_ms = read_watermark(job.state, candidate.context.project, evaluator=name, version=version)
    if not read_ms:
        return f"will be scored by the first run of {name} {version}."
    if _waits_for_backfill(job, candidate, assignment=assignment):
        return f"will be scored by the backfill of {name} {version}, which the next runs go on with."
    until = _instant(read_ms)
    return f"will be scored by the next run; {name} {version} has read what was stored until {until:%Y-%m-%d %H:%M:%S} UTC."


def _instant(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
