"""Sends queued notifications, one contact's in their order, with bounded tries. Must not know what they say."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.model import RuleBook
from spanhouse_dashboards.alerts.records import Delivery
from spanhouse_dashboards.alerts.webhook import WebhookAway, WebhookRefused, post

logger = logging.getLogger(__name__)

# One contact's share of a round; more wait for the next round.
_BATCH = 100
# After a day an alert is no news, so a contact that stays away has at most a day's notifications waiting; after a month the
# record of what was sent goes too.
_NEWS = timedelta(days=1)
_KEPT = timedelta(days=30)
# Waits double from 5 s to 10 minutes: a receiver may be away for about two hours before a notification is given up.
_FIRST_WAIT_S, _LONGEST_WAIT_S, _MAX_ATTEMPTS = 5, 600, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Sends what is due. `timeout_s` bounds one try, in seconds."""

    state: State
    book: RuleBook
    clock: Callable[[], datetime]
    timeout_s: float = 5.0

    def deliver(self) -> int:
        """Sends each contact's due notifications in their order and returns how many were sent.

        Blocks up to `timeout_s` for each contact that is away; what such a contact still waits for waits on.
        """
        with self.state.transaction() as connection:
            records.forget_deliveries(connection, before=self.clock() - _KEPT)
            contacts = records.waiting_contacts(connection)
        return sum(self._deliver_to(contact) for contact in contacts)

    def _deliver_to(self, contact: str) -> int:
        with self.state.transaction() as connection:
            waiting = records.waiting(connection, contact=contact, limit=_BATCH)
        now = self.clock()
        sent = 0
        for delivery in waiting:
            if delivery.due_at > now:
                break
            try:
                self._send(delivery)
                sent += 1
            except WebhookAway as error:
                self._postpone(delivery, str(error))
                break
            except WebhookRefused as error:
                self._give_up(delivery, str(error))
        return sent

    def _send(self, delivery: Delivery) -> None:
        urls = {contact.name: contact.webhook_url for contact in self.book.contacts}
        if delivery.contact not in urls:
            raise WebhookRefused(f"there is no contact {delivery.contact!r} any more; add it to be told")
        post(urls[delivery.contact], delivery.payload.encode(), timeout_s=self.timeout_s)
        self._record(delivery, sent_at=self.clock(), due_at=None, error="")

    def _postpone(self, delivery: Delivery, error: str) -> None:
        if delivery.attempts + 1 >= _MAX_ATTEMPTS or self.clock() - delivery.created_at > _NEWS:
            self._give_up(delivery, error)
            return
        wait_s = min(_FIRST_WAIT_S * 2**delivery.attempts, _LONGEST_WAIT_S)
        logger.warning("alert_notification_postponed", extra={"contact": delivery.contact, "reason": error, "wait_s": wait_s})
        self._record(delivery, sent_at=None, due_at=self.clock() + timedelta(seconds=wait_s), error=error)

    def _give_up(self, delivery: Delivery, error: str) -> None:
        logger.error("alert_notification_given_up", extra={"contact": delivery.contact, "reason": error})
        self._record(delivery, sent_at=None, due_at=None, error=error)

    def _record(self, delivery: Delivery, *, sent_at: datetime | None, due_at: datetime | None, error: str) -> None:
        with self.state.transaction() as connection:
            records.record_attempt(connection, delivery, sent_at=sent_at, due_at=due_at, error=error)
