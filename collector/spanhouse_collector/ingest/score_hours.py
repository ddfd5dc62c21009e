"""Counts scores by hours, for panels over long ranges: hours that are over, and again those whose scores changed.

Which hours these are is told by the store alone, so it does not matter which process scores, nor when this one ran last. Must not
know who scores.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"
# Hours in one statement: bounds memory when a whole history was scored.
_HOURS_AT_ONCE = 24
# A score that a client sent is stored when the store is there again: what was made so long ago is stored by now.
_SETTLED = timedelta(days=1)
# Scores that are looked at again: those settled since the last round, with time for a round that failed.
_RECENT = _SETTLED + timedelta(days=1)


class ScoreHours:
    """Counts the hours whose scores changed. For one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since = datetime.fromtimestamp(0, UTC)

    def refresh(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Counts every stale hour, oldest first, as long as it may `go_on`; returns how many. Blocks."""
        now = datetime.now(UTC)
        wanted = {
            "since": self._since,
            "until": now.replace(minute=0, second=0, microsecond=0),
            "now_ms": self._store.clock_ms(),
            "settled_ms": _SETTLED // timedelta(milliseconds=1),
        }
        self._store.catch_up("scores", "scores_hour")
        stale = self._store.query(load(_SQL, "stale_score_hours"), wanted)
        for start in range(0, len(stale), _HOURS_AT_ONCE):
            if not go_on():
                return start
            batch = stale[start : start + _HOURS_AT_ONCE]
            hours = {"projects": [row["project"] for row in batch], "hours": [row["hour"] for row in batch]}
            # Scores of many years lie in many partitions; refusing them would hold up everybody's hours.
            settings = {"max_threads": 1, "max_partitions_per_insert_block": 0}
            params = {**hours, "version": self._store.clock_ms()}
            self._store.execute(load(_SQL, "refresh_score_hours"), params, settings=settings)
        self._since = now - _RECENT
        return len(stale)
