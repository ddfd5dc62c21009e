"""Runs jobs on schedule: the one door to APScheduler.

Must not know what jobs do. A job that raises is recorded and tried again at its next time.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from spanhouse_collector.errors import NotFound
from spanhouse_collector.storage import State
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.runs import LEASE_S, RunLog, RunRecord

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 1_000


class Schedule:
    """Jobs, each run again and again at its interval, by one runner at a time however many processes there are.

    A run that was missed, because the last one took too long or nobody was there, is made up once and at once.
    """

    def __init__(self, jobs: Sequence[Job], *, state: State, lease_s: float = LEASE_S) -> None:
        self.log = RunLog(state)
        self._jobs = {job.name: job for job in jobs}
        self._lease_s = lease_s
        self._scheduler: BackgroundScheduler | None = None
        self._stopping = threading.Event()

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
            scheduler.add_job(
                self._run, "interval", [job], seconds=job.interval_s, id=job.name, next_run_time=self._next_run(job)
            )
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Stop for good; a job that is running finishes its portion. May be called without a start, and twice."""
        self._stopping.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

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

    def _next_run(self, job: Job) -> datetime:
        """Return when the job is due: an interval after its last start, and now if that has passed."""
        now, last_ms = datetime.now(UTC), self.log.last_start_ms(job.name)
        if last_ms is None:
            return now
        return max(now, datetime.fromtimestamp(last_ms / 1000, UTC) + timedelta(seconds=job.interval_s))

    def _run(self, job: Job) -> RunRecord | None:
        with self.log.lease(job.name, lease_s=self._lease_s) as mine:
            if not mine:
                return None
            run_id = self.log.begin(job.name)
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
