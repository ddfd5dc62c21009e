"""Silences: for a time, nobody is told of certain alerts; they are evaluated and recorded all the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from spanhouse_collector.errors import InvalidRequest, NotFound
from spanhouse_collector.storage import State
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.tables import alert_silences


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """From `starts_at` until `ends_at` (aware, exclusive), `rule` in `project` is silent in segments with these labels.

    '' for `rule` is every rule; no labels are every segment. `reason` is for the next person. `id` is 0 before it is kept.
    """

    project: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    rule: str = ""
    segment: Mapping[str, str] = field(default_factory=dict)
    id: int = 0

    def covers(self, occasion: Occasion) -> bool:
        """Whether nobody is to be told of this."""
        is_time = self.starts_at <= occasion.at < self.ends_at
        is_place = self.project == occasion.project and self.rule in ("", occasion.rule.id)
        return is_time and is_place and self.segment.items() <= occasion.segment.items()


def add_silence(state: State, silence: Silence) -> Silence:
    """Keeps a silence and returns it with its id. Raises InvalidRequest if it ends before it starts or gives no reason."""
    if silence.starts_at >= silence.ends_at:
        raise InvalidRequest(f"the silence ends at {silence.ends_at}, before it starts; give a later end")
    if not silence.reason.strip():
        raise InvalidRequest("the silence has no reason; say why, for whoever finds it")
    values = {
        "project": silence.project,
        "rule": silence.rule,
        "segment": json.dumps(dict(silence.segment)),
        "starts_at": silence.starts_at.astimezone(UTC).replace(tzinfo=None),
        "ends_at": silence.ends_at.astimezone(UTC).replace(tzinfo=None),
        "reason": silence.reason,
    }
    with state.transaction() as connection:
        key = connection.execute(insert(alert_silences).values(**values)).inserted_primary_key
    return next(one for one in silences(state, silence.project, at=silence.starts_at) if key and one.id == key[0])


def silences(state: State, project: str, *, at: datetime) -> list[Silence]:
    """The project's silences that have not ended by then, those that end first before the others."""
    table = alert_silences.c
    moment = at.astimezone(UTC).replace(tzinfo=None)
    with state.transaction() as connection:
        rows = connection.execute(
            select(alert_silences).where(table.project == project, table.ends_at > moment).order_by(table.ends_at, table.id)
        ).all()
    return [
        Silence(
            id=row.id,
            project=row.project,
            rule=row.rule,
            segment=json.loads(row.segment),
            starts_at=row.starts_at.replace(tzinfo=UTC),
            ends_at=row.ends_at.replace(tzinfo=UTC),
            reason=row.reason,
        )
        for row in rows
    ]


def end_silence(state: State, silence_id: int, *, project: str, now: datetime) -> None:
    """Ends a silence now; raises NotFound if the project has none of this id."""
    table = alert_silences.c
    with state.transaction() as connection:
        found = connection.execute(
            update(alert_silences)
            .where(table.id == silence_id, table.project == project)
            .values(ends_at=now.astimezone(UTC).replace(tzinfo=None))
        )
    if found.rowcount == 0:
        raise NotFound(f"project {project!r} has no silence {silence_id}; list the silences to see those that exist")


def is_silenced(occasion: Occasion, kept: Iterable[Silence]) -> bool:
    """Whether any of the silences covers this."""
    return any(silence.covers(occasion) for silence in kept)
