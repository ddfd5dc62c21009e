"""Runs jobs on schedule: the one door to APScheduler.

Must not know what jobs do. A job that raises is recorded and tried again at its next time.
"""

import logging
import threading
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from spanhouse_collector.errors import NotFound, StoreUnavailable
from spanhouse_collector.storage import State
from spanhouse_evaluators.jobs.job import Job
from spanhouse_evaluators.leases import LEASE_S, Leases
from spanhouse_evaluators.runs import RunLog, RunRecord

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 1_000
#: How soon it is looked again while the state database does not say when a job is due.
_AWAY = timedelta(seconds=2)


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
        self._planned: dict[str, datetime] = {}
        self._was_started = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the jobs."""
        return tuple(self._jobs)

    def start(self, *, later: Collection[str] = ()) -> None:
        """Start running jobs in threads of their own, but for those that `begin` is called for `later`. Once only."""
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max_workers=max(1, len(self._jobs)))},
            job_defaults={"misfire_grace_time": None},
            timezone=UTC,
        )
        self.begin(name for name in self._jobs if name not in later)
        self._scheduler.start()
        self._was_started = True

    def begin(self, names: Iterable[str]) -> None:
        """Begin with jobs that were left for later. Does nothing without a start, and after a stop."""
        for name in names:
            self._plan(self._jobs[name])

    def halt(self) -> None:
        """Begin no more runs, and let those in hand finish their portion without waiting for it; `stop` does wait."""
        # The scheduler waits for its threads with its own lock held, so none of them may ask it anything from here on.
        with self._planning:
            self._stopping.set()
        if self._scheduler is not None:
            # A look that falls due during the shutdown would be taken away by the scheduler's thread after it is gone.
            self._scheduler.remove_all_jobs()

    def stop(self) -> None:
        """Stop for good; a job that is running finishes its portion. May be called without a start, and twice."""
        self.halt()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def next_run_at(self, name: str) -> datetime | None:
        """Return when a job runs next, or was to run if it runs now; `None` for one that is not planned, as before the start."""
        return None if self._scheduler is None else self._planned.get(name)

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
        try:
            self._run(job, every_s=job.interval_s)
        except StoreUnavailable as error:
            logger.warning("state_unavailable", extra={"job": job.name, "error": str(error)})
        finally:
            self._plan(job)

    def _plan(self, job: Job) -> None:
        """Plan the next look: another process may have run the job, or the run here may have taken long.

        Each look is a job of the scheduler's own. One job with an interval would not do: the scheduler sets its next time after
        it has handed it to a thread, which may be done by then and have planned another.
        """
        try:
            at = self._due(job)
        except StoreUnavailable:
            at = datetime.now(UTC) + _AWAY
        with self._planning:
            if self._scheduler is not None and not self.is_stopping:
                self._planned[job.name] = at
                self._scheduler.add_job(self._look, "date", [job], run_date=at)

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
