"""What the alerter remembers: instances, checks and notifications in the state database. Must not know rules or the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from spanhouse_dashboards.alerts.rounds import Segment, segment_of
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.tables import alert_checks, alert_deliveries, alert_instances


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notification for a contact; `attempts` counts the tries so far, `payload` is JSON."""

    id: int
    contact: str
    payload: str
    attempts: int
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What became of a notification: sent at, to be tried again at, or given up (neither); `error` says why it was not sent."""

    contact: str
    created_at: datetime
    attempts: int
    sent_at: datetime | None
    due_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """When a rule was last evaluated for a project; `error` says why it could not be, '' if it could."""

    project: str
    rule: str
    checked_at: datetime
    error: str


def instances(connection: Connection, *, project: str, rule: str) -> dict[Segment, Instance]:
    """The rule's instances that are not inactive, by segment."""
    table = alert_instances.c
    rows = connection.execute(select(alert_instances).where(table.project == project, table.rule == rule))
    return {
        segment_of(json.loads(row.segment)): Instance(
            state=row.state,
            active_since=_aware(row.active_since),
            breached_at=_aware(row.breached_at),
            value=row.value,
            told_at=_aware(row.told_at),
        )
        for row in rows
    }


def firing(connection: Connection, *, project: str, rules: Iterable[str]) -> int:
    """In how many segments one of these rules fires."""
    table = alert_instances.c
    counted = select(func.count()).where(table.project == project, table.rule.in_(list(rules)), table.state == "firing")
    return connection.scalars(counted).one()


def replace_instances(connection: Connection, *, project: str, rule: str, found: Mapping[Segment, Instance]) -> None:
    """Keeps exactly these of the rule's instances."""
    table = alert_instances.c
    connection.execute(delete(alert_instances).where(table.project == project, table.rule == rule))
    for segment, instance in found.items():
        connection.execute(
            insert(alert_instances).values(
                project=project,
                rule=rule,
                segment=json.dumps(dict(segment)),
                state=instance.state,
                active_since=_bare(instance.active_since),
                breached_at=_bare(instance.breached_at),
                value=instance.value,
                told_at=_bare(instance.told_at),
            )
        )


def last_check(connection: Connection, *, project: str, rule: str) -> Check | None:
    """The rule's latest check for a project, None before the first."""
    table = alert_checks.c
    row = connection.execute(select(alert_checks).where(table.project == project, table.rule == rule)).one_or_none()
    if row is None:
        return None
    return Check(project=row.project, rule=row.rule, checked_at=row.checked_at.replace(tzinfo=UTC), error=row.error)


def record_check(connection: Connection, check: Check) -> None:
    """Replaces the rule's latest check."""
    table = alert_checks.c
    connection.execute(delete(alert_checks).where(table.project == check.project, table.rule == check.rule))
    connection.execute(
        insert(alert_checks).values(project=check.project, rule=check.rule, checked_at=_bare(check.checked_at), error=check.error)
    )


def add_delivery(connection: Connection, *, contact: str, payload: str, now: datetime) -> None:
    """Queues a notification, due at once."""
    connection.execute(
        insert(alert_deliveries).values(contact=contact, payload=payload, created_at=_bare(now), due_at=_bare(now))
    )


def waiting_contacts(connection: Connection) -> list[str]:
    """The contacts for whom notifications wait, by name."""
    table = alert_deliveries.c
    return list(connection.scalars(select(table.contact).where(table.due_at.is_not(None)).distinct().order_by(table.contact)))


def waiting(connection: Connection, *, contact: str, limit: int) -> list[Delivery]:
    """A contact's notifications that are neither sent nor given up, oldest first, due or not."""
    table = alert_deliveries.c
    rows = connection.execute(
        select(alert_deliveries).where(table.contact == contact, table.due_at.is_not(None)).order_by(table.id).limit(limit)
    )
    return [
        Delivery(
            id=row.id,
            contact=row.contact,
            payload=row.payload,
            attempts=row.attempts,
            created_at=row.created_at.replace(tzinfo=UTC),
            due_at=row.due_at.replace(tzinfo=UTC),
        )
        for row in rows
    ]


def recent_deliveries(connection: Connection, *, limit: int) -> list[Sending]:
    """The newest notifications, whoever they were for, newest first."""
    rows = connection.execute(select(alert_deliveries).order_by(alert_deliveries.c.id.desc()).limit(limit))
    return [
        Sending(
            contact=row.contact,
            created_at=row.created_at.replace(tzinfo=UTC),
            attempts=row.attempts,
            sent_at=_aware(row.sent_at),
            due_at=_aware(row.due_at),
            error=row.error,
        )
        for row in rows
    ]


def forget_deliveries(connection: Connection, *, before: datetime) -> None:
    """Drops the record of notifications older than this that are sent or given up."""
    table = alert_deliveries.c
    connection.execute(delete(alert_deliveries).where(table.due_at.is_(None), table.created_at < _bare(before)))


def record_attempt(
    connection: Connection, delivery: Delivery, *, sent_at: datetime | None, due_at: datetime | None, error: str
) -> None:
    """Notes a try: sent, to be tried again at `due_at`, or given up (neither)."""
    connection.execute(
        update(alert_deliveries)
        .where(alert_deliveries.c.id == delivery.id)
        .values(attempts=delivery.attempts + 1, sent_at=_bare(sent_at), due_at=_bare(due_at), error=error)
    )


def _bare(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant else None


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None
