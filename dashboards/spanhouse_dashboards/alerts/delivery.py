"""Sends queued notifications, one contact's in their order, with bounded tries. Must not know what they say.

Each contact has a thread of its own, so that one who is away or slow holds up nobody else.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts import records
from spanhouse_dashboards.alerts.channels import NotificationRefused, ReceiverAway, send
from spanhouse_dashboards.alerts.model import RuleBook
from spanhouse_dashboards.alerts.records import Delivery

logger = logging.getLogger(__name__)

# How often a contact's thread looks for notifications that are due, in seconds.
_INTERVAL_S = 5
# One contact's share of a round; more wait for the next round.
_BATCH = 100
# After a day an alert is no news, so a contact that stays away has at most a day's notifications waiting; after a month the
# record of what was sent goes too.
_NEWS = timedelta(days=1)
_KEPT = timedelta(days=30)
# Waits double from 5 s to 10 minutes: a receiver may be away for about two hours before a notification is given up.
_FIRST_WAIT_S, _LONGEST_WAIT_S, _MAX_ATTEMPTS = 5, 600, 18


def no_picture(_message: Mapping[str, Any]) -> bytes:
    """For those who send no pictures."""
    return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Sends what is due. `timeout_s` bounds one step of one try, in seconds; `picture` draws what a message is about."""

    state: State
    book: RuleBook
    clock: Callable[[], datetime]
    picture: Callable[[Mapping[str, Any]], bytes] = no_picture
    timeout_s: float = 5.0

    def run(self, stop: threading.Event) -> None:
        """Delivers until `stop` is set. Blocks; each contact's thread ends after the try in hand."""
        threads = [
            threading.Thread(target=self._serve, args=(contact.name, stop), name=f"alert-courier-{contact.name}", daemon=True)
            for contact in self.book.contacts
        ]
        for thread in threads:
            thread.start()
        while not stop.is_set():
            try:
                self._tidy_up()
            except SpanhouseError as failure:  # the state database may be back at the next round
                logger.error("alert_delivery_failed", extra={"reason": str(failure)})
            stop.wait(_INTERVAL_S)
        for thread in threads:
            thread.join(timeout=self.timeout_s)

    def deliver(self) -> int:
        """Sends each contact's due notifications in their order, all contacts at once, and returns how many were sent."""
        self._tidy_up()
        names = [contact.name for contact in self.book.contacts]
        if not names:
            return 0
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            return sum(pool.map(self._deliver_to, names))

    def _serve(self, contact: str, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._deliver_to(contact)
            except SpanhouseError as failure:  # what could not be sent stays queued for the next round
                logger.error("alert_delivery_failed", extra={"reason": str(failure)})
            stop.wait(_INTERVAL_S)

    def _tidy_up(self) -> None:
        """Drops old records, and gives up what waits for contacts that are no longer in the book."""
        known = {contact.name for contact in self.book.contacts}
        with self.state.transaction() as connection:
            records.forget_deliveries(connection, before=self.clock() - _KEPT)
            gone = [name for name in records.waiting_contacts(connection) if name not in known]
            waiting = [one for name in gone for one in records.waiting(connection, contact=name, limit=_BATCH)]
        for delivery in waiting:
            self._give_up(delivery, f"there is no contact {delivery.contact!r} any more; add it to be told")

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
            except ReceiverAway as error:
                self._postpone(delivery, str(error))
                break
            except NotificationRefused as error:
                self._give_up(delivery, str(error))
            except Exception as error:  # noqa: BLE001 - a job's boundary: what one channel breaks on must not end its contact's thread
                self._postpone(delivery, f"sending failed with {type(error).__name__}; it is tried again")
                break
        return sent

    def _send(self, delivery: Delivery) -> None:
        contact = next(one for one in self.book.contacts if one.name == delivery.contact)
        message = json.loads(delivery.payload)
        send(contact, message, picture=lambda: self._drawn(message), timeout_s=self.timeout_s)
        self._record(delivery, sent_at=self.clock(), due_at=None, error="")

    def _drawn(self, message: Mapping[str, Any]) -> bytes:
        try:
            return self.picture(message)
        except Exception as error:  # noqa: BLE001 - a job's boundary: a message without its picture is better than none
            logger.warning("alert_picture_lacking", extra={"rule": message["rule"], "reason": type(error).__name__})
            return b""

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
