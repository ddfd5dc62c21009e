"""A week as the report sees it, and its questions put to the store. Must not know what the answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store, load
from spanhouse_dashboards.macros import literal, statement

SQL = "spanhouse_dashboards.report.sql"
_PARAMETER = re.compile(r"\{(\w+):([^{}]+)\}")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The time that is told about, from `start` to `end` (aware, on the hour, exclusive), and as much before it."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InvalidRequest(f"the report would start at {self.start} and end at {self.end}; let it start before it ends")
        for end in (self.start, self.end):
            if (end.minute, end.second, end.microsecond) != (0, 0, 0):
                raise InvalidRequest(f"the report would begin or end at {end}; let it do so on the hour")

    @classmethod
    def before(cls, end: datetime, *, days: int = 7) -> Week:
        """The days that end then."""
        return cls(start=end - timedelta(days=days), end=end)

    @property
    def words(self) -> str:
        """How it is called: `week`, or as long as it is, such as `3 days`."""
        days = (self.end - self.start) // timedelta(days=1)
        return {1: "day", 7: "week"}.get(days, f"{days} days")

    @property
    def this(self) -> str:
        """How it is spoken of, such as `this week` or `these 3 days`."""
        return f"{'these' if self.words.endswith('s') else 'this'} {self.words}"

    @property
    def previous(self) -> Week:
        """As much time before it."""
        return Week(start=self.start - (self.end - self.start), end=self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Rows, and the statement that gave them with its values written out, for whoever wants to check."""

    rows: Sequence[Row]
    sql: str


def ask(store: Store, name: str, *, project: str, week: Week) -> Answer:
    """A statement's answer for a project and a week."""
    query = load(SQL, name)
    values: dict[str, str | datetime] = {"project": project, "before": week.previous.start, "from": week.start, "to": week.end}
    params = {key: value for key, value in values.items() if f"{{{key}:" in query.text}
    return Answer(
        rows=store.query(query, params), sql=_PARAMETER.sub(lambda found: _written(params[found[1]]), statement(query.text))
    )


def _written(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return f"toDateTime64('{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}', 3, 'UTC')"
    return literal(value)
