"""Segments the store has: they stay in the journal until its disk has what was stored of them, too.

The engine answers an insert before a disk has it, so that without them a power cut would take what was acknowledged. Must not
know what a segment holds.
"""

from __future__ import annotations

import threading
from pathlib import Path

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import Store


class StoredSegments:
    """Files that are removed once the store is on its disk. `add` may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._paths: list[Path] = []

    def add(self, path: Path) -> None:
        """Takes a segment that is stored."""
        with self._lock:
            self._paths.append(path)

    def remove_synced(self) -> None:
        """Has the disk take what is stored, and removes the segments of it. Blocks; waits for nothing if there are none.

        Raises StoreUnavailable if the disk refuses. A disk says so once and forgets what it refused, so these segments then
        stay for the next start, which stores them again, as do those that cannot be removed.
        """
        with self._lock:
            paths, self._paths = self._paths, []
        if not paths:
            return
        self._store.sync()
        try:
            for path in paths:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"the journal cannot be emptied: {error}; look after its folder", retry_after_s=5) from error
