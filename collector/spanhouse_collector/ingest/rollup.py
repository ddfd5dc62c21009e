"""The minute rollup: recomputes whole minutes from the deduplicated spans after they changed.

Resent spans change nothing, late spans are counted where they belong, and a crash costs nothing: at start the minutes
that were stored last are recomputed again. Must not know how spans arrive.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from spanhouse_collector.errors import SpanhouseError
from spanhouse_collector.ingest.batch import Minute
from spanhouse_collector.storage import Store, load

logger = logging.getLogger(__name__)

_SQL = "spanhouse_collector.ingest.sql"
# Minutes in one statement: a day of one project. Bounds memory when history is sent.
_MINUTES_AT_ONCE = 1_440
_SHORTEST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0


class Rollup:
    """Recomputes the minutes told by `touch`, in a thread of its own, taking about `share` of one CPU.

    A round that takes so long that the longest pause does not make up for it takes more.
    """

    def __init__(self, store: Store, *, share: float) -> None:
        self._store = store
        self._share = share
        self._dirty: set[Minute] = set()
        self._condition = threading.Condition()
        self._refreshing = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="rollup", daemon=True)

    def start(self) -> None:
        """Begins with the minutes that a former process may have left behind."""
        rows = self._store.query(load(_SQL, "changed_minutes"))
        self.touch((row["project"], row["minute"]) for row in rows)
        self._thread.start()

    def touch(self, minutes: Iterable[Minute]) -> None:
        """Marks minutes whose spans changed."""
        with self._condition:
            self._dirty.update(minutes)
            self._condition.notify_all()

    def refresh(self) -> int:
        """Recomputes everything marked so far; returns the number of minutes. Blocks, also while the thread is at it."""
        with self._refreshing:
            return self._refresh_dirty()

    def _refresh_dirty(self) -> int:
        total = 0
        while True:
            with self._condition:
                batch = sorted(self._dirty)[:_MINUTES_AT_ONCE]
                self._dirty.difference_update(batch)
            if not batch:
                return total
            try:
                self._refresh(batch)
            except SpanhouseError:
                self.touch(batch)
                raise
            total += len(batch)

    def stop(self) -> None:
        """Stops the thread; what is still marked is recomputed at the next start."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _refresh(self, batch: list[Minute]) -> None:
        params = {
            "projects": [project for project, _ in batch],
            "minutes": [minute for _, minute in batch],
            "version": time.time_ns() // 1_000_000,
        }
        # Spans of many years lie in many partitions; refusing them would hold up everybody's minutes.
        settings = {"max_threads": 1, "max_partitions_per_insert_block": 0}
        self._store.execute(load(_SQL, "refresh_minutes"), params, settings=settings)

    def _run(self) -> None:
        pause_s = _SHORTEST_PAUSE_S
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._dirty or self._stopping)
                # Gathers what follows at once, and keeps to the share of CPU after an expensive round.
                self._condition.wait_for(lambda: self._stopping, pause_s)
                if self._stopping:
                    return
            started = time.monotonic()
            try:
                self.refresh()
            except SpanhouseError as error:
                logger.warning("rollup_failed", extra={"error": str(error)})
            spent_s = time.monotonic() - started
            pause_s = min(_LONGEST_PAUSE_S, max(_SHORTEST_PAUSE_S, spent_s / self._share))
