"""Runs jobs on schedule: the one door to APScheduler.

Must not know what jobs do. A job that raises is recorded and tried again at its next time.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import State
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.leases import LEASE_S, Leases
from spanhouse_evaluators.runs import RunLog, RunRecord

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 1_000


class Schedule:
    """Jobs, each run again and again at its interval, by one runner at a time however many processes there are.

    A run that was missed, because the last one took too long or nobody was there, is made up once and at once; so is one that
    a killed process left, once its lease has run out. When each job is due stands in the state database alone: the scheduler here
    says when to look.
    """

    def __init__(self, jobs: Sequence[Job], *, state: State, lease_s: float = LEASE_S) -> None:
        self.log = RunLog(state)
        self._jobs = {job.name: job for job in jobs}
        self._leases = Leases(state, lease_s=lease_s)
        self._scheduler: BackgroundScheduler | None = None
        self._stopping = threading.Event()
        self._planning = threading.Lock()
        self._was_started = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the jobs."""
        return tuple(self._jobs)

    def start(self) -> None:
        """Start running jobs in threads of their own. Once only."""
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max_workers=max(1, len(self._jobs)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        for job in self._jobs.values():
            scheduler.add_job(self._look, "interval", [job], seconds=job.interval_s, id=job.name, next_run_time=self._due(job))
        # After a look and not in it: while one goes on, the scheduler would skip another that is due already.
        scheduler.add_listener(self._plan, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._scheduler = scheduler
        scheduler.start()
        self._was_started = True

    def stop(self) -> None:
        """Stop for good; a job that is running finishes its portion. May be called without a start, and twice."""
        # The scheduler waits for its threads with its own lock held, so none of them may ask it anything from here on.
        with self._planning:
            self._stopping.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def next_run_at(self, name: str) -> datetime | None:
        """Return when a job runs next; `None` for one that is not planned, as before the start."""
        planned = None if self._scheduler is None else self._scheduler.get_job(name)
        found: datetime | None = None if planned is None else planned.next_run_time
        return found

    @property
    def was_started(self) -> bool:
        """Whether it has begun to run jobs, also if it has been stopped since."""
        return self._was_started

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def run_once(self, names: Iterable[str] | None = None) -> list[RunRecord]:
        """Run these jobs (default all) now, one after the other, in the caller's thread; return what their runs came to.

        A job that another runner has in hand is left out. Raises NotFound for a name that no job has.
        """
        chosen = list(self._jobs) if names is None else list(names)
        for name in chosen:
            if name not in self._jobs:
                raise NotFound(f"There is no job {name!r}; choose from {', '.join(self._jobs)}.")
        ran = [self._run(self._jobs[name]) for name in chosen]
        return [record for record in ran if record is not None]

    def _look(self, job: Job) -> None:
        self._run(job, every_s=job.interval_s)

    def _plan(self, looked: JobExecutionEvent) -> None:
        """Plan the next look: another process may have run the job, or the run here may have taken long."""
        due = self._due(self._jobs[looked.job_id])
        with self._planning:
            if self._scheduler is not None and not self.is_stopping:
                self._scheduler.modify_job(looked.job_id, next_run_time=due)

    def _due(self, job: Job) -> datetime:
        due = datetime.fromtimestamp(self._leases.due_ms(job.name, every_s=job.interval_s) / 1000, UTC)
        return max(due, datetime.now(UTC))

    def _run(self, job: Job, *, every_s: float = 0.0) -> RunRecord | None:
        with self._leases.run(job.name, every_s=every_s) as run_id:
            if run_id is None:
                return None
            error = ""
            try:
                for counts in job.run(run_id):
                    self.log.add(run_id, counts)
                    if self.is_stopping:
                        break
            except Exception as raised:  # noqa: BLE001 - the job boundary: recorded in the run log, tried again later
                error = f"{type(raised).__name__}: {raised}"[:MAX_ERROR_CHARS]
                logger.error("job_failed", extra={"job": job.name, "run_id": run_id, "error": error})
            return self.log.end(run_id, error=error)
