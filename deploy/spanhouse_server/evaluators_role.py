"""The evaluators role: the scheduled jobs and the built-in alerter, once there is something to look at.

The jobs' libraries cost tens of megabytes, so they are imported when the first span is there, not before; scipy's statistics, as
much again, with the first comparison of drift.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from spanhouse_collector.api.keys import Keys
from spanhouse_collector.errors import SpanhouseError, StoreUnavailable
from spanhouse_collector.model import DEFAULT_PROJECT
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts.load import load_rules
from spanhouse_dashboards.alerts.model import Contact, RuleBook
from spanhouse_evaluators.configuration import Configuration, load_configuration
from spanhouse_evaluators.runs import RunLog, RunRecord
from spanhouse_evaluators.selection import projects
from spanhouse_server.memory import release_startup_memory
from spanhouse_server.report_job import ReportJob
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_dashboards.alerts.alerter import Alerter
    from spanhouse_evaluators.assembly import Assembly
    from spanhouse_evaluators.jobs.job import Job
    from spanhouse_evaluators.schedule import Schedule

logger = logging.getLogger(__name__)

_FIRST_SPAN_POLL_S = 1.0
_LEASE_POLL_S = 0.2
_FILE_POLL_S = 2.0
DEFAULT_FILE = Path(__file__).with_name("evaluators.toml")


class EvaluatorsRole:
    """Jobs and alerter over one store. `start` once, `stop` once; `run_once` at any time in between."""

    def __init__(self, settings: Settings, state: State, *, keys: Keys, console_url: Callable[[], str]) -> None:
        self._file = WatchedFile(Path(settings.evaluators) if settings.evaluators else DEFAULT_FILE)
        self._configuration = self._file.load()
        self._assembly: Assembly | None = None
        self._state = state
        self._keys = keys
        self._console_url = console_url
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._schedule: Schedule | None = None
        self._alerter: Alerter | None = None
        self._store: Store | None = None
        self._thread = threading.Thread(target=self._run, name="evaluators", daemon=True)
        self._watch = threading.Thread(target=self._follow_file, name="evaluators-file", daemon=True)
        #: What is wrong with the file of evaluators, as a sentence; what was in force before it was changed stays so.
        self.refusal = ""
        self.book = rule_book(settings)
        self.log = RunLog(state)

    def start(self, store: Store) -> None:
        """Waits for the first span in a thread of its own, then keeps to the schedule."""
        self._store = store
        self._thread.start()

    def run_once(self) -> list[RunRecord]:
        """Runs every job and checks every alert rule now, in the caller's thread; returns what the runs came to.

        A job that the schedule has in hand just then is waited for and run again, since it may have begun too early.
        """
        schedule, alerter = self._parts()
        waiting = list(schedule.names)
        records: list[RunRecord] = []
        while waiting and not self._stopping.is_set():
            ran = schedule.run_once(waiting)
            records += ran
            waiting = [name for name in waiting if name not in {record.job for record in ran}]
            self._stopping.wait(_LEASE_POLL_S if waiting else 0)
        alerter.evaluate()
        return records

    @property
    def jobs(self) -> Sequence[Job]:
        """The jobs that run now; empty before the first span."""
        return () if self._assembly is None else self._assembly.jobs

    def next_run_at(self, job: str) -> datetime | None:
        """When the schedule comes round to a job again; `None` if it does not run."""
        return None if self._schedule is None else self._schedule.next_run_at(job)

    def reload(self) -> str:
        """Takes over the file of evaluators as it is now; returns what is wrong with it, and then keeps the former one.

        The jobs in hand finish their portion, which is waited for; the others run as the file says by then. Does nothing before
        the first span: the file is read then.
        """
        from spanhouse_evaluators.assembly import assemble

        with self._lock:
            try:
                found = self._file.load()
                assembly = None if self._store is None else assemble(found, store=self._store, state=self._state)
            except Exception as error:  # as when they are first assembled: the former ones must go on, and the file be watched
                self.refusal = str(error)
                is_unforeseen = not isinstance(error, SpanhouseError)
                logger.warning("evaluators_not_reloaded", extra={"error": self.refusal}, exc_info=is_unforeseen)
                return self.refusal
            self.refusal, self._configuration = "", found
            ended = None if assembly is None else self._replace(assembly)
        logger.warning("evaluators_reloaded", extra={"file": str(self._file.path)})
        if ended is not None:
            ended()
        return ""

    def stop(self) -> None:
        """Stops after the work in hand."""
        self._stopping.set()
        if self._schedule is not None:
            # While jobs that a file replaced just now are waited for, those in their place finish, too.
            self._schedule.halt()
        for thread in (self._thread, self._watch):
            if thread.is_alive():
                thread.join()
        if self._schedule is not None:
            self._schedule.stop()
        if self._assembly is not None:
            self._assembly.close()

    def _replace(self, assembly: Assembly) -> Callable[[], None]:
        """Puts these jobs in the place of those that run; returns what waits for the ones in hand, and closes what they hold.

        An answer of a model or of somebody's own code may take minutes, and the other jobs go on meanwhile. The namesake of a job
        in hand waits by its lease; one that has an evaluator of another job begins when all former ones have ended.
        """
        from spanhouse_evaluators.progress import moved
        from spanhouse_evaluators.schedule import Schedule

        former, held = self._schedule, self._assembly
        if former is not None:
            former.halt()
        self._assembly = assembly
        self._schedule = schedule = Schedule((*assembly.jobs, *self._report_jobs()), state=self._state)
        later = moved(() if held is None else held.jobs, assembly.jobs)
        if former is not None and former.was_started and not self._stopping.is_set():
            schedule.start(later=later)

        def ended() -> None:
            if former is not None:
                former.stop()
            if held is not None:
                held.close()
            schedule.begin(later)

        return ended

    def _follow_file(self) -> None:
        while not self._stopping.wait(_FILE_POLL_S):
            if self._file.has_changed():
                self.reload()

    def _run(self) -> None:
        while not self._stopping.wait(_FIRST_SPAN_POLL_S):
            try:
                if self._store is not None and projects(self._store):
                    break
            except SpanhouseError as error:
                logger.warning("store_unavailable", extra={"error": str(error)})
        if self._stopping.is_set():
            return
        try:
            schedule, alerter = self._parts()
        except Exception:  # a user's rule may fail in any way; ingest and console must go on without it
            logger.exception("evaluators_not_started")
            return
        # Loading the jobs' libraries walks through code that they never run.
        release_startup_memory()
        schedule.start()
        self._watch.start()
        alerter.run(self._stopping)

    def _parts(self) -> tuple[Schedule, Alerter]:
        from spanhouse_dashboards.alerts.alerter import Alerter
        from spanhouse_evaluators.schedule import Schedule

        with self._lock:
            if self._store is None:
                raise StoreUnavailable("the evaluators have not started; ask again in a second")
            if self._schedule is None or self._alerter is None:
                self._assembly = self._first_assembly(self._store)
                self._schedule = Schedule((*self._assembly.jobs, *self._report_jobs()), state=self._state)
                self._alerter = Alerter(
                    store=self._store, state=self._state, book=self.book, projects=self._projects, console_url=self._console_url()
                )
            return self._schedule, self._alerter

    def _first_assembly(self, store: Store) -> Assembly:
        """The jobs of the file; where one of its evaluators cannot be had, those without evaluators until the file changes."""
        from spanhouse_evaluators.assembly import assemble

        try:
            return assemble(self._configuration, store=store, state=self._state)
        except Exception as error:  # a user's evaluator may fail in any way; latency, drift and alerts must go on without it
            self.refusal = str(error)
            is_unforeseen = not isinstance(error, SpanhouseError)
            logger.warning("evaluators_not_started", extra={"error": self.refusal}, exc_info=is_unforeseen)
        bare = self._configuration.model_copy(update={"endpoints": (), "evaluators": ()})
        return assemble(bare, store=store, state=self._state)

    def _report_jobs(self) -> list[ReportJob]:
        """The weekly report, if somebody gets it."""
        if self._store is None or not self.book.report_to:
            return []
        url = self._console_url()
        return [ReportJob(store=self._store, state=self._state, book=self.book, projects=self._projects, console_url=url)]

    def _projects(self) -> Sequence[str]:
        """Every project that may send: also one that has sent nothing yet, because silence can be the alarm."""
        return sorted({DEFAULT_PROJECT, *(grant.project for grant in self._keys.active().values())})


def rule_book(settings: Settings) -> RuleBook:
    """The alert rules, with the webhook of the settings among those who are told. Raises InvalidSettings."""
    book = load_rules(Path(settings.rules) if settings.rules else None)
    if not settings.alert_webhook:
        return book
    return replace(book, contacts=(*book.contacts, Contact(name="webhook", address=settings.alert_webhook)))


def configuration(settings: Settings) -> Configuration:
    """Which evaluators judge what. Raises InvalidSettings."""
    return load_configuration(Path(settings.evaluators) if settings.evaluators else DEFAULT_FILE)


class WatchedFile:
    """The file of evaluators, and whether it is another one than when it was last loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._loaded: tuple[int, int, int] | None = None

    def load(self) -> Configuration:
        """What it says. Raises InvalidSettings."""
        self._loaded = self._signature()
        return load_configuration(self.path)

    def has_changed(self) -> bool:
        """Whether there is something to load again, good or bad."""
        return self._signature() != self._loaded

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
