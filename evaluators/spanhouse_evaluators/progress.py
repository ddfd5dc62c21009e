"""How far the quality job has come, why a span has no score, and sending evaluators back: for people who ask.

Must not score anything itself.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from spanhouse_collector.errors import NotFound
from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_collector.storage import load
from spanhouse_evaluators.contract import PASSING
from spanhouse_evaluators.jobs.asking import AskingJob, Assignment
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.jobs.quality import QualityJob
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.reading import Backfill, ask_backfill, open_backfills
from spanhouse_evaluators.selection import SQL, Candidate, Cursor, obstacle, projects, unknown_project
from spanhouse_evaluators.stretches import Portion, candidates_of, read_stretches
from spanhouse_evaluators.watermark import read_watermark, read_watermarks
from spanhouse_evaluators.wholes import REACH_S

FAR_FUTURE_MS = 4_102_444_800_000
"""The year 2100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Spans of a project that an evaluator has still to look at, those of backfills among them.

    `read_until_ms` is how far it has read what is new, 0 before its first run; `backfill_ms` how far its oldest backfill is,
    `None` without one. Both `stored_at`, Unix time in milliseconds.
    """

    project: str
    evaluator: str
    version: str
    spans: int
    read_until_ms: int
    backfill_ms: int | None = None

    @property
    def read_until(self) -> datetime | None:
        """How far it has read what is new; `None` before its first run."""
        return _instant(self.read_until_ms) if self.read_until_ms else None

    @property
    def backfilled_until(self) -> datetime | None:
        """How far its oldest backfill is; `None` without one."""
        return None if self.backfill_ms is None else _instant(self.backfill_ms)


def moved(before: Iterable[Job], now: Iterable[Job]) -> list[str]:
    """Return the names of the jobs that have an evaluator which another job had before: no two may ask it at one time."""
    job_of = {assignment.key: job.name for job in asking(before) for assignment in job.assignments}
    return [job.name for job in asking(now) if any(job_of.get(one.key, job.name) != job.name for one in job.assignments)]


def asking(jobs: Iterable[Job], names: Iterable[str] | None = None) -> list[AskingJob]:
    """Return the jobs that ask evaluators, or those that ask the ones named. Raises NotFound for a name that no job has."""
    found = [job for job in jobs if isinstance(job, QualityJob | WholesJob)]
    if names is None:
        return list(found)
    wanted = set(names)
    known = {assignment.evaluator.name for job in found for assignment in job.assignments}
    for name in sorted(wanted - known):
        raise NotFound(f"No job runs an evaluator {name!r}; choose from {', '.join(sorted(known)) or 'none'}.")
    return [job for job in found if wanted & {assignment.evaluator.name for assignment in job.assignments}]


def backlogs(job: AskingJob) -> list[Backlog]:
    """Return the backlog of each evaluator of the job in each project."""
    return [one for project in projects(job.store) for one in backlogs_of(job, project)]


def backlogs_of(job: AskingJob, project: str) -> Iterator[Backlog]:
    """Yield the backlog in one project of each evaluator of the job, in the job's order."""
    known, asked = read_watermarks(job.state, project), open_backfills(job.state, project)
    # Evaluators of a job mostly have read equally far, and a count goes over all that is left: at first, over everything.
    spans = cache(partial(_spans, job, project))
    for assignment in job.assignments:
        read_ms = known.get(assignment.key, 0)
        mine = [backfill for backfill in asked if backfill.key == assignment.key]
        stretches = [(read_ms + 1, FAR_FUTURE_MS), *((_left_from_ms(backfill), backfill.until_ms) for backfill in mine)]
        yield Backlog(
            project=project,
            evaluator=assignment.evaluator.name,
            version=assignment.evaluator.version,
            spans=sum(spans(stretch, assignment.selection.kinds) for stretch in _apart(stretches)),
            read_until_ms=read_ms,
            backfill_ms=min((backfill.done.stored_ms for backfill in mine), default=None),
        )


def _apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches of milliseconds, both ends included, without what they share: a span is looked at for one score."""
    apart = list[tuple[int, int]]()
    for first, last in sorted(stretches):
        begins = max(first, apart[-1][1] + 1) if apart else first
        if begins <= last:
            apart.append((begins, last))
    return apart


def _left_from_ms(backfill: Backfill) -> int:
    # Some of the last millisecond may be left, but more often it is done.
    return backfill.done.stored_ms + bool(backfill.done.trace_id)


def _spans(job: AskingJob, project: str, stretch: tuple[int, int], kinds: tuple[str, ...]) -> int:
    params = {"project": project, "from_ms": stretch[0], "until_ms": stretch[1], "kinds": list(kinds)}
    return int(job.store.query(load(SQL, "backlog"), params)[0]["spans"])


def backfill(
    job: AskingJob, project: str, *, evaluators: Iterable[str], since: datetime, until: datetime | None = None
) -> list[str]:
    """Ask evaluators of the job to go through what was stored from `since` to `until` (default now); return their names.

    The job's next runs make up what is missing there, after what is new. What is scored stays as it is; what failed for a
    passing reason, such as an endpoint that was away or a budget that was spent, is asked again.
    """
    named = set(evaluators)
    keys = [assignment.key for assignment in job.assignments if assignment.evaluator.name in named]
    until_ms = int((until or datetime.now(UTC)).timestamp() * 1000)
    ask_backfill(job.state, project, keys=keys, from_ms=int(since.timestamp() * 1000), until_ms=until_ms)
    return [name for name, _ in keys]


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
    return _scored(job, found[0], assignment=assignment) or _not_scored(job, found[0], assignment=assignment)


def _why_whole(job: WholesJob, candidate: Candidate, *, assignment: Assignment) -> str:
    span, (name, version) = candidate.context, assignment.key
    whole_id = span.trace_id if job.need == "trace" else span.session_id
    if not whole_id:
        return f"It belongs to no {job.need}, and {name} takes whole ones."
    reach_ns = REACH_S[job.need] * 1_000_000_000
    asked = {"project": span.project, "target": job.need, "ids": [whole_id], "evaluators": [name], "passing": sorted(PASSING)}
    span_of_time = {"from_ns": span.start_time_ns - reach_ns, "to_ns": span.start_time_ns + reach_ns}
    rows = job.store.query(load(SQL, "scored_wholes"), {**asked, **span_of_time})
    if any(row["evaluator_version"] == version and row["hash"] for row in rows):
        return f"Its {job.need} {whole_id!r} was judged by {name} {version}, and is judged again if it goes on."
    rests_ms = candidate.stored_ms + int(job.quiet_s * 1000) - time.time_ns() // 1_000_000
    if rests_ms > 0:
        return f"Its {job.need} is not quiet: it waits at least {rests_ms / 1000:.0f} s more."
    return f"Its {job.need} was not judged by {name} {version}: it has yet to become quiet, or its spans are not chosen."


def _scored(job: AskingJob, candidate: Candidate, *, assignment: Assignment) -> str | None:
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
    what = came_to.get(row["status"], "found not to apply")
    # A judge's reasons may have lines.
    said = " ".join((row["explanation"] or (row["reason"] if row["status"] == "unscored" else "")).split())
    told = f"It was {what} by {name} {version} at {row['scored_at']:%Y-%m-%d %H:%M:%S} UTC" + (f": {said}" if said else ".")
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
    if _waits_for_backfill(job, candidate, assignment=assignment):
        return f"It will be scored by the backfill of {name} {version}, which the next runs go on with."
    until = _instant(read_ms)
    return f"It will be scored by the next run; {name} {version} has read what was stored until {until:%Y-%m-%d %H:%M:%S} UTC."


def _instant(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
