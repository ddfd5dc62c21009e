"""The built-in alerter: evaluates every rule for every project, keeps the states, writes the history, tells the contacts.

Must not know which rules there are, nor how a notification travels.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.delivery import Courier
from spanhouse_dashboards.alerts.message import Occasion, payload, sentence
from spanhouse_dashboards.alerts.model import Rule, RuleBook
from spanhouse_dashboards.alerts.readings import read
from spanhouse_dashboards.alerts.records import Check
from spanhouse_dashboards.alerts.rounds import Segment, advance, lasting, occasions
from spanhouse_dashboards.alerts.silences import is_silenced, silences
from spanhouse_dashboards.alerts.states import Instance

logger = logging.getLogger(__name__)

# How often the courier looks for notifications that are due, in seconds.
_DELIVERY_INTERVAL_S = 5


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerter:
    """Evaluates `book` for the projects that `projects` names at each round. `console_url` has no slash at its end."""

    store: Store
    state: State
    book: RuleBook
    projects: Callable[[], Sequence[str]]
    console_url: str
    clock: Callable[[], datetime] = utc_now

    def run(self, stop: threading.Event) -> None:
        """Evaluates at each interval and delivers beside it until `stop` is set. Blocks."""
        courier = Courier(state=self.state, book=self.book, clock=self.clock)
        delivering = threading.Thread(target=_deliver_until, args=(courier, stop), name="alert-courier", daemon=True)
        delivering.start()
        while not stop.is_set():
            try:
                self.evaluate()
            except SpanhouseError as failure:  # the state database may be back at the next round
                logger.error("alert_round_failed", extra={"reason": str(failure)})
            stop.wait(self.book.interval_s)
        delivering.join(timeout=courier.timeout_s)

    def evaluate(self) -> None:
        """One round over all projects and rules. A rule that fails is recorded and does not keep the others from running."""
        now = self.clock()
        for project in self.projects():
            for rule in self.book.rules:
                error = ""
                try:
                    self._evaluate_rule(rule, project, now)
                except Exception as failure:  # noqa: BLE001 - a job's boundary: one broken rule must not silence the others
                    error = str(failure)
                self._record_check(Check(project=project, rule=rule.id, checked_at=now, error=error))

    def _evaluate_rule(self, rule: Rule, project: str, now: datetime) -> None:
        readings = read(self.store, rule, project=project, at=now)
        with self.state.transaction() as connection:
            before = records.instances(connection, project=project, rule=rule.id)
        after = advance(rule, before, readings=readings, now=now)
        changes = occasions(rule, project, before=before, after=after, at=now)
        # The history goes first: after a crash between the two a change is told twice rather than never.
        self.store.insert("alerts", [_history_row(change) for change in changes])
        told = self._to_tell(rule, project, after=after, now=now)
        kept = {key: replace(one, is_told=one.is_told or key in told) for key, one in lasting(after).items()}
        with self.state.transaction() as connection:
            records.replace_instances(connection, project=project, rule=rule.id, found=kept)
            for occasion in told.values():
                self._notify(connection, occasion)

    def _to_tell(self, rule: Rule, project: str, *, after: Mapping[Segment, Instance], now: datetime) -> dict[Segment, Occasion]:
        """What nobody was told yet: that something fires, unless it is silenced, and that what was told is resolved."""
        kept = silences(self.state, project, at=now)
        found = {}
        for key, instance in after.items():
            occasion = Occasion(rule=rule, project=project, segment=dict(key), instance=instance, at=now)
            is_news = instance.state == "firing" and not instance.is_told and not is_silenced(occasion, kept)
            if is_news or (instance.state == "resolved" and instance.is_told):
                found[key] = occasion
        return found

    def _notify(self, connection: Connection, occasion: Occasion) -> None:
        text = json.dumps(payload(occasion, console_url=self.console_url))
        is_firing = occasion.instance.state == "firing"
        event = "alert_firing" if is_firing else "alert_resolved"
        logger.info(event, extra={"rule": occasion.rule.id, "project": occasion.project})
        for contact in self.book.contacts:
            if occasion.rule.contact in ("", contact.name):
                records.add_delivery(connection, contact=contact.name, payload=text, now=occasion.at)

    def _record_check(self, check: Check) -> None:
        """Keeps the check; only the first of several failures is logged."""
        with self.state.transaction() as connection:
            last = records.last_check(connection, project=check.project, rule=check.rule)
            records.record_check(connection, check)
        if check.error and not (last and last.error):
            logger.error("alert_rule_failed", extra={"rule": check.rule, "project": check.project, "reason": check.error})


def _history_row(occasion: Occasion) -> dict[str, object]:
    instance, rule = occasion.instance, occasion.rule
    return {
        "project": occasion.project,
        "rule": rule.id,
        "segment": dict(occasion.segment),
        "state": instance.state,
        "changed_at": occasion.at,
        "active_since": instance.active_since,
        "value": instance.value,
        "threshold": rule.threshold,
        "message": sentence(occasion),
        "labels": {**rule.labels, "severity": rule.severity},
    }


def _deliver_until(courier: Courier, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            courier.deliver()
        except SpanhouseError as failure:  # what could not be sent stays queued for the next round
            logger.error("alert_delivery_failed", extra={"reason": str(failure)})
        stop.wait(_DELIVERY_INTERVAL_S)
