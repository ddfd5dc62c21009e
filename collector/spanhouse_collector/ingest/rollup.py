"""The rollups: recomputes whole minutes from the deduplicated spans after they changed, then hours, quarters of days, and days.

Resent spans change nothing, late spans are counted where they belong, and a crash costs nothing: at start the minutes
that were stored last are recomputed again, and hours older than their minutes. Calls that came twice are told apart
first. Must not know how spans arrive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.ingest.coarse import DAYS, QUARTERS, Merger
from spanhouse_collector.ingest.repeats import set_repeats_aside
from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.ingest.staged import Minute
from spanhouse_collector.storage import Store, load

logger = logging.getLogger(__name__)

# A project and the start of an hour.
Hour = tuple[str, datetime]

_SQL = "spanhouse_collector.ingest.sql"
# Minutes in one statement: a day of one project. Bounds memory when history is sent.
_MINUTES_AT_ONCE = 1_440
# Hours in one statement: bounds memory.
_HOURS_AT_ONCE = 24
# What looks beyond an hour, at calls that try again and at traces that go on: counted again when the hour after it changed.
_FOLLOWED_STATEMENTS = ("refresh_failure_hours", "refresh_use_case_hours")
# What the hours are made of, and what they merge; the last two tell a starting collector which hours are too old.
_HOUR_STATEMENTS = (
    "refresh_session_hours",
    "refresh_step_hours",
    "refresh_retrieval_hours",
    "refresh_delay_hours",
    "refresh_hours",
)
# What comes late comes often; panels read an hour's minutes until it has been over for two to three hours.
_HOURS_EVERY_S = 300.0
# A long history waits for the next rounds, as fresh minutes do not.
_HOURS_FOR_S = 20.0
_SHORTEST_PAUSE_S = 1.0
# What the statements read that other collectors write.
_READ = ("spans", "spans_minute", "steps_hour", "sessions_hour")
_LONGEST_PAUSE_S = 60.0


class Rollup:
    """Recomputes the minutes told by `touch`, in a thread of its own, taking about `share` of one CPU.

    A round that takes so long that the longest pause does not make up for it takes more.
    """

    def __init__(self, store: Store, *, share: float) -> None:
        self._store = store
        self._share = share
        self._dirty: set[Minute] = set()
        self._dirty_hours: set[Hour] = set()
        self._score_hours = ScoreHours(store)
        self._mergers = [Merger(store, into) for into in (QUARTERS, DAYS)]
        self._condition = threading.Condition()
        self._refreshing = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="rollup", daemon=True)

    def start(self) -> None:
        """Begins with the minutes and hours that a former process may have left behind."""
        self._dirty_hours.update((row["project"], row["hour"]) for row in self._store.query(load(_SQL, "stale_hours")))
        rows = self._store.query(load(_SQL, "changed_minutes"))
        self.touch((row["project"], row["minute"]) for row in rows)
        self._thread.start()

    def touch(self, minutes: Iterable[Minute]) -> None:
        """Marks minutes whose spans changed."""
        with self._condition:
            self._dirty.update(minutes)
            self._condition.notify_all()

    def refresh(self) -> int:
        """Recomputes the minutes marked so far, then hours, quarters and days for some 20 s each; returns the number of minutes.

        Blocks, also while the thread is at it.
        """
        with self._refreshing:
            minutes = self._refresh_dirty()
            self._merge_dirty()
            self._merge_hours()
            return minutes

    def _merge_hours(self) -> None:
        """Merges hours into quarters of days and into days, for some 20 s each."""
        for merger in self._mergers:
            merger.refresh(self._while_there_is_time())

    def _refresh_dirty(self) -> int:
        """Recomputes the minutes marked by now; those marked meanwhile are the next round's, or under load no round would end."""
        with self._condition:
            marked = sorted(self._dirty)
        for first in range(0, len(marked), _MINUTES_AT_ONCE):
            batch = marked[first : first + _MINUTES_AT_ONCE]
            with self._condition:
                self._dirty.difference_update(batch)
            try:
                self._refresh(batch)
            except SpanhouseError:
                self.touch(batch)
                raise
        return len(marked)

    def _merge_dirty(self) -> bool:
        """Recomputes marked hours that are over, newest first, while there is time; returns whether no such hour is left."""
        newest, go_on = datetime.now(UTC) - timedelta(hours=1), self._while_there_is_time()
        while batch := sorted((one for one in self._dirty_hours if one[1] <= newest), key=lambda one: one[1])[-_HOURS_AT_ONCE:]:
            if not go_on():
                return False
            followed = {*batch, *((project, hour - timedelta(hours=1)) for project, hour in batch)}
            self._execute_all(_FOLLOWED_STATEMENTS, followed)
            self._execute_all(_HOUR_STATEMENTS, batch)
            self._dirty_hours.difference_update(batch)
        return True

    def _while_there_is_time(self) -> Callable[[], bool]:
        until = time.monotonic() + _HOURS_FOR_S
        return lambda: not self._stopping and time.monotonic() < until

    def stop(self) -> None:
        """Stops the thread; what is still marked is recomputed at the next start."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _refresh(self, batch: list[Minute]) -> None:
        self._store.catch_up("spans")
        minutes = sorted({*batch, *set_repeats_aside(self._store, batch)})
        self._execute(
            "refresh_minutes",
            {"projects": [project for project, _ in minutes], "minutes": [minute for _, minute in minutes]},
        )
        self._dirty_hours.update((project, minute.replace(minute=0)) for project, minute in minutes)

    def _execute_all(self, names: Iterable[str], hours: Iterable[Hour]) -> None:
        ordered = sorted(hours)
        wanted = {"projects": [project for project, _ in ordered], "hours": [hour for _, hour in ordered]}
        for name in names:
            self._execute(name, wanted)

    def _execute(self, name: str, wanted: dict[str, Any]) -> None:
        self._store.catch_up(*_READ)
        # Of two collectors that recompute a minute, the one that began to read later has seen more, and has the newer version.
        self._store.execute(load(_SQL, name), {**wanted, "version": self._store.clock_ms()})

    def _run(self) -> None:
        pause_s, hours_due = _SHORTEST_PAUSE_S, 0.0
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._dirty or self._stopping, max(0.0, hours_due - time.monotonic()))
                # Gathers what follows at once, and keeps to the share of CPU after an expensive round.
                self._condition.wait_for(lambda: self._stopping, pause_s)
                if self._stopping:
                    return
            started = time.monotonic()
            try:
                with self._refreshing:
                    self._refresh_dirty()
                    if started >= hours_due:
                        hours_due = started + _HOURS_EVERY_S
                        self._score_hours.refresh(self._while_there_is_time())
                        if not self._merge_dirty():
                            hours_due = started
                        self._merge_hours()
            except SpanhouseError as error:
                logger.warning("rollup_failed", extra={"error": str(error)})
            spent_s = time.monotonic() - started
            pause_s = min(_LONGEST_PAUSE_S, max(_SHORTEST_PAUSE_S, spent_s / self._share))
