"""Tells why a page has nothing to show, and where there is something. Must not know pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spanhouse_dashboards.console.scope import DEFAULT_PRESET, PRESETS, Scope
from spanhouse_dashboards.console.statements import statement
from spanhouse_dashboards.panels import TimeRange

# What the store's minutes span.
_EVER = TimeRange(start=datetime(1971, 1, 1, tzinfo=UTC), end=datetime(2106, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptiness:
    """`newest` is the minute of the project's newest span, None where it has none; `link` shows the day that ends with it."""

    newest: datetime | None
    link: str


def emptiness(scope: Scope, choices: Mapping[str, Sequence[str]]) -> Emptiness | None:
    """Why the page is empty, None where spans lie in its range; `choices` are what its filters offer there."""
    # The chosen values are always offered.
    if any(set(values) - {scope.filters.get(name, "")} for name, values in choices.items()):
        return None
    if _newest(scope, start=scope.range.start, end=scope.range.end):
        return None
    newest = _newest(scope, start=_EVER.start, end=_EVER.end)
    return Emptiness(newest=newest, link=_link(scope, newest) if newest else "")


def _newest(scope: Scope, *, start: datetime, end: datetime) -> datetime | None:
    rows = scope.store.query(statement("newest_span"), {"project": scope.project, "from": start, "to": end})
    return rows[0]["newest"].replace(tzinfo=UTC) if rows else None


def _link(scope: Scope, newest: datetime) -> str:
    """The page itself, without filters: the default range if it reaches back to the span, else the day that ends with it."""
    age = scope.now - newest
    if timedelta(0) <= age < PRESETS[DEFAULT_PRESET]:
        return f"{scope.path}?range={DEFAULT_PRESET}"
    end = newest + timedelta(minutes=1)
    return f"{scope.path}?from={end - PRESETS[DEFAULT_PRESET]:%Y-%m-%dT%H:%M}&to={end:%Y-%m-%dT%H:%M}"
