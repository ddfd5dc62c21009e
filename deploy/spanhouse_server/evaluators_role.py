"""The evaluators role: the scheduled jobs and the built-in alerter, once there is something to look at.

The jobs' libraries (scipy, polars) cost a hundred megabytes, so they are imported when the first span is there, not before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_dashboards.alerts.alerter import Alerter
    from spanhouse_evaluators.assembly import Assembly
    from spanhouse_evaluators.schedule import Schedule

logger = logging.getLogger(__name__)

_FIRST_SPAN_POLL_S = 1.0
_LEASE_POLL_S = 0.2
_EVALUATORS = Path(__file__).with_name("evaluators.toml")


class EvaluatorsRole:
    """Jobs and alerter over one store. `start` once, `stop` once; `run_once` at any time in between."""

    def __init__(self, settings: Settings, state: State, *, keys: Keys, console_url: Callable[[], str]) -> None:
        self._configuration = configuration(settings)
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

    def stop(self) -> None:
        """Stops after the work in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._schedule is not None:
            self._schedule.stop()
        if self._assembly is not None:
            self._assembly.close()

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
        except Exception:  # a user's evaluator or rule may fail in any way; ingest and console must go on without it
            logger.exception("evaluators_not_started")
            return
        schedule.start()
        alerter.run(self._stopping)

    def _parts(self) -> tuple[Schedule, Alerter]:
        from spanhouse_dashboards.alerts.alerter import Alerter
        from spanhouse_evaluators.assembly import assemble
        from spanhouse_evaluators.schedule import Schedule

        with self._lock:
            if self._store is None:
                raise StoreUnavailable("the evaluators have not started; ask again in a second")
            if self._schedule is None or self._alerter is None:
                self._assembly = assemble(self._configuration, store=self._store, state=self._state)
                self._schedule = Schedule(self._assembly.jobs, state=self._state)
                self._alerter = Alerter(
                    store=self._store, state=self._state, book=self.book, projects=self._projects, console_url=self._console_url()
                )
            return self._schedule, self._alerter

    def _projects(self) -> Sequence[str]:
        """Every project that may send: also one that has sent nothing yet, because silence can be the alarm."""
        return sorted({DEFAULT_PROJECT, *(project for project, _ in self._keys.active().values())})


def rule_book(settings: Settings) -> RuleBook:
    """The alert rules, with the webhook of the settings among those who are told. Raises InvalidSettings."""
    book = load_rules(Path(settings.rules) if settings.rules else None)
    if not settings.alert_webhook:
        return book
    return replace(book, contacts=(*book.contacts, Contact(name="webhook", webhook_url=settings.alert_webhook)))


def configuration(settings: Settings) -> Configuration:
    """Which evaluators judge what. Raises InvalidSettings."""
    return load_configuration(Path(settings.evaluators) if settings.evaluators else _EVALUATORS)
