"""How far the jobs that ask evaluators have come, and sending evaluators back: for people who ask.

Must not score anything itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import load
from spanhouse_evaluators.jobs.asking import AskingJob
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.jobs.quality import QualityJob
from spanhouse_evaluators.jobs.wholes import WholesJob
from spanhouse_evaluators.reading import Backfill, ask_backfill, open_backfills
from spanhouse_evaluators.selection import SQL, projects
from spanhouse_evaluators.watermark import read_watermarks
from spanhouse_evaluators.wholes import FAR_FUTURE_MS


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


def _instant(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
