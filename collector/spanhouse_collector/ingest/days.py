"""Merges hours into days, of users, sessions and use cases: days that are over, and again those whose hours changed.

Which days these are is told by the store alone, as of quarters of days. Must not know what hours are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"
# Days in one statement: bounds memory where users and sessions are many.
_DAYS_AT_ONCE = 2
_STATEMENTS = ("refresh_user_days", "refresh_session_days", "refresh_use_case_days")
# What the statements read that other collectors write.
_READ = ("spans_hour", "sessions_hour", "use_cases_hour", "users_day", "sessions_day", "use_cases_day")


class Days:
    """Merges the days whose hours changed. For one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def refresh(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Merges every stale day that is over, newest first, as long as it may `go_on`; returns how many. Blocks."""
        until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._store.catch_up(*_READ)
        stale = [(row["project"], row["day"]) for row in self._store.query(load(_SQL, "stale_days"), {"until": until})]
        for start in range(0, len(stale), _DAYS_AT_ONCE):
            if not go_on():
                return start
            self._merge(stale[start : start + _DAYS_AT_ONCE])
        return len(stale)

    def _merge(self, days: list[tuple[str, datetime]]) -> None:
        wanted = {"projects": [project for project, _ in days], "days": [day for _, day in days]}
        # Of two collectors that merge a day, the one that began to read later has seen more, and has the newer version.
        params = {**wanted, "version": self._store.clock_ms()}
        for name in _STATEMENTS:
            self._store.execute(load(_SQL, name), params)
