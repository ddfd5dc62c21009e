"""Merges hours into quarters of days and into days, for panels over weeks: those that are over, and those whose hours changed.

Which these are is told by the store alone, so it does not matter who counted the hours, nor when this process ran last.
Must not know what hours are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time that hours are merged into, with the statements that do it."""

    #: What statements call it: a column of `stale`, and with an s the parameter of `statements`.
    name: str
    hours: int
    #: So many in one statement: bounds memory when a whole history is still to be merged.
    at_once: int
    stale: str
    statements: tuple[str, ...]
    #: What the statements read that other collectors write.
    read: tuple[str, ...]


QUARTERS = Stretch(
    name="quarter",
    hours=6,
    at_once=24,
    stale="stale_quarters",
    statements=("refresh_quarters", "refresh_step_quarters", "refresh_score_quarters"),
    read=("spans_hour", "steps_hour", "scores_hour", "spans_quarter", "steps_quarter", "scores_quarter"),
)
# Of users, sessions and use cases, which are many.
DAYS = Stretch(
    name="day",
    hours=24,
    at_once=2,
    stale="stale_days",
    statements=("refresh_user_days", "refresh_session_days", "refresh_use_case_days"),
    read=("spans_hour", "sessions_hour", "use_cases_hour", "users_day", "sessions_day", "use_cases_day"),
)


class Merger:
    """Merges hours into one kind of stretch. For one thread at a time."""

    def __init__(self, store: Store, into: Stretch) -> None:
        self._store = store
        self._into = into

    def refresh(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Merges every stale stretch that is over, newest first, as long as it may `go_on`; returns how many. Blocks."""
        now, into = datetime.now(UTC), self._into
        until = now.replace(hour=now.hour // into.hours * into.hours, minute=0, second=0, microsecond=0)
        self._store.catch_up(*into.read)
        stale = self._store.query(load(_SQL, into.stale), {"until": until})
        for start in range(0, len(stale), into.at_once):
            if not go_on():
                return start
            self._merge(stale[start : start + into.at_once])
        return len(stale)

    def _merge(self, stale: Sequence[Mapping[str, Any]]) -> None:
        name = self._into.name
        wanted = {"projects": [row["project"] for row in stale], f"{name}s": [row[name] for row in stale]}
        # Of two collectors that merge the same, the one that began to read later has seen more, and has the newer version.
        params = {**wanted, "version": self._store.clock_ms()}
        for statement in self._into.statements:
            self._store.execute(load(_SQL, statement), params)
