"""Merges hours into quarters of days, for panels over weeks: quarters that are over, and again those whose hours changed.

Which quarters these are is told by the store alone, so it does not matter who counted the hours, nor when this process ran last.
Must not know what hours are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"
_QUARTER_HOURS = 6
# Quarters in one statement: bounds memory when a whole history has no quarters yet.
_QUARTERS_AT_ONCE = 24
_STATEMENTS = ("refresh_quarters", "refresh_step_quarters", "refresh_score_quarters")
# What the statements read that other collectors write.
_READ = ("spans_hour", "steps_hour", "scores_hour", "spans_quarter", "steps_quarter", "scores_quarter")


class Quarters:
    """Merges the quarters of days whose hours changed. For one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def refresh(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Merges every stale quarter that is over, newest first, as long as it may `go_on`; returns how many. Blocks."""
        now = datetime.now(UTC)
        until = now.replace(hour=now.hour // _QUARTER_HOURS * _QUARTER_HOURS, minute=0, second=0, microsecond=0)
        self._store.catch_up(*_READ)
        stale = self._store.query(load(_SQL, "stale_quarters"), {"until": until})
        for start in range(0, len(stale), _QUARTERS_AT_ONCE):
            if not go_on():
                return start
            self._merge([(row["project"], row["quarter"]) for row in stale[start : start + _QUARTERS_AT_ONCE]])
        return len(stale)

    def _merge(self, quarters: list[tuple[str, datetime]]) -> None:
        wanted = {"projects": [project for project, _ in quarters], "quarters": [quarter for _, quarter in quarters]}
        # Of two collectors that merge a quarter, the one that began to read later has seen more, and has the newer version.
        params = {**wanted, "version": self._store.clock_ms()}
        for name in _STATEMENTS:
            self._store.execute(load(_SQL, name), params)
