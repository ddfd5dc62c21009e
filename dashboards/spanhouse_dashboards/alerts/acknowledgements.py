"""Acknowledgements: somebody has seen an alert and looks after it, so that nobody is reminded until it ends.

Must not know how alerts are evaluated or told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts.records import instances
from spanhouse_dashboards.alerts.rounds import Segment, segment_of
from spanhouse_dashboards.tables import alert_acknowledgements


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who looks after a segment of a rule, since when, and what they want the others to know."""

    by: str
    at: datetime
    note: str = ""


def acknowledge(
    state: State, rule: str, *, project: str, acknowledgement: Acknowledgement, segment: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Notes it for the rule's firing segments with these labels (None: for all) and returns them.

    Raises NotFound if none of them fires, InvalidRequest if nobody's name is given.
    """
    if not acknowledgement.by.strip():
        raise InvalidRequest("nobody acknowledges the alert; give a name, so that the others know whom to ask")
    wanted = (segment or {}).items()
    with state.transaction() as connection:
        standing = instances(connection, project=project, rule=rule)
        found = [dict(key) for key, one in standing.items() if one.state == "firing" and wanted <= dict(key).items()]
        if not found:
            raise NotFound(f"rule {rule!r} does not fire there in project {project!r}; `spanhouse alerts state` shows what does")
        for one in found:
            _replace(connection, rule, project=project, segment=one, acknowledgement=acknowledgement)
    return found


def acknowledgements(connection: Connection, *, project: str, rule: str) -> dict[Segment, Acknowledgement]:
    """The rule's acknowledgements by segment."""
    table = alert_acknowledgements.c
    rows = connection.execute(select(alert_acknowledgements).where(table.project == project, table.rule == rule))
    return {
        segment_of(json.loads(row.segment)): Acknowledgement(by=row.by, at=row.at.replace(tzinfo=UTC), note=row.note)
        for row in rows
    }


def forget(connection: Connection, *, project: str, rule: str, segment: Segment) -> None:
    """Drops the acknowledgement of a segment whose alert has ended, if there is one."""
    table = alert_acknowledgements.c
    key = json.dumps(dict(segment))
    connection.execute(delete(alert_acknowledgements).where(table.project == project, table.rule == rule, table.segment == key))


def _replace(
    connection: Connection, rule: str, *, project: str, segment: Mapping[str, str], acknowledgement: Acknowledgement
) -> None:
    key = segment_of(segment)
    forget(connection, project=project, rule=rule, segment=key)
    at = acknowledgement.at.astimezone(UTC).replace(tzinfo=None)
    values = {"project": project, "rule": rule, "segment": json.dumps(dict(key)), "at": at}
    connection.execute(insert(alert_acknowledgements).values(**values, by=acknowledgement.by, note=acknowledgement.note))
