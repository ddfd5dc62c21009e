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
from typing import Any

from sqlalchemy import Connection

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State, Store
from spanhouse_dashboards.alerts import acknowledgements, records
from spanhouse_dashboards.alerts.delivery import Courier
from spanhouse_dashboards.alerts.evidence import gather
from spanhouse_dashboards.alerts.message import Occasion, sentence
from spanhouse_dashboards.alerts.model import Rule, RuleBook
from spanhouse_dashboards.alerts.notices import Hush, notices
from spanhouse_dashboards.alerts.payload import payload
from spanhouse_dashboards.alerts.picture import picture_of
from spanhouse_dashboards.alerts.readings import read
from spanhouse_dashboards.alerts.records import Check
from spanhouse_dashboards.alerts.rounds import advance, lasting, occasions, segment_of, standing
from spanhouse_dashboards.alerts.silences import is_silenced, silences

logger = logging.getLogger(__name__)


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
        courier = Courier(state=self.state, book=self.book, clock=self.clock, picture=self._picture)
        delivering = threading.Thread(target=courier.run, args=(stop,), name="alert-courier", daemon=True)
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
        due = notices(rule, standing(rule, project, after=after, at=now), hush=self._hush(rule, project, now), now=now)
        told = {segment_of(one.segment) for notice in due if notice.status == "firing" for one in notice.occasions}
        kept = {key: replace(one, told_at=now if key in told else one.told_at) for key, one in lasting(after).items()}
        messages = [payload(notice, gather(self.store, notice), console_url=self.console_url) for notice in due]
        with self.state.transaction() as connection:
            records.replace_instances(connection, project=project, rule=rule.id, found=kept)
            for key in before.keys() - kept.keys():
                acknowledgements.forget(connection, project=project, rule=rule.id, segment=key)
            for message in messages:
                self._notify(connection, rule, message=message, now=now)

    def _hush(self, rule: Rule, project: str, now: datetime) -> Hush:
        """Who need not be told: silences and mute timings hold a message back, acknowledgements end the repeating."""
        kept = silences(self.state, project, at=now)
        is_muted = any(timing.holds(now) for timing in self.book.mute_timings if timing.name in rule.mute)
        with self.state.transaction() as connection:
            seen = acknowledgements.acknowledgements(connection, project=project, rule=rule.id)
        return Hush(is_quiet=lambda occasion: is_muted or is_silenced(occasion, kept), acknowledged=frozenset(seen))

    def _notify(self, connection: Connection, rule: Rule, *, message: Mapping[str, Any], now: datetime) -> None:
        event = "alert_firing" if message["status"] == "firing" else "alert_resolved"
        logger.info(event, extra={"rule": rule.id, "project": message["project"]})
        for contact in self.book.contacts:
            # People are told of a group's end once; Alertmanager keeps each segment apart.
            is_wanted = not message["is_partial"] or contact.channel == "alertmanager"
            if is_wanted and rule.contact in ("", contact.name):
                records.add_delivery(connection, contact=contact.name, payload=json.dumps(message), now=now)

    def _picture(self, message: Mapping[str, Any]) -> bytes:
        return picture_of(self.store, message, book=self.book)

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
