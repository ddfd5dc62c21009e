"""Empties a journal into the store: batch after batch, as long as it takes, without losing a request.

A store that is away is waited for. A segment the engine refuses is halved until the culprit is alone; that one request
goes to the dead letters with the reason. Must not know what a request holds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from spanhouse_collector.errors import RetryableError, SpanhouseError, StoreUnavailable
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter, remove_leftovers
from spanhouse_collector.ingest.decoding import Following
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.frames import Frame
from spanhouse_collector.ingest.journal import Journal, Segment
from spanhouse_collector.ingest.pauses import Pauses
from spanhouse_collector.ingest.staged import Minute
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.settings import MIB, InserterSettings
from spanhouse_collector.storage import Store

logger = logging.getLogger(__name__)

_POLL_S = 0.5
# About 2,000 spans: below, what an insert costs whatever its size is most of its cost.
_SMALL_BYTES = 6 * MIB
# About 7,000 spans, which half a second of full load brings: so much is decoded ahead, while the batch before it is stored,
# without waiting for a whole segment. With less, what a batch costs whatever its size would take the CPU that full load needs.
_AHEAD_BYTES = 20 * MIB


class Inserter:
    """Moves one signal's journal into the store, in a thread of its own. `on_stored` is told the minutes that changed."""

    def __init__(
        self,
        signal: Signal,
        journal: Journal,
        *,
        open_writer: Callable[[], BatchWriter],
        store: Store,
        settings: InserterSettings,
    ) -> None:
        self._signal: Signal = signal
        self._journal = journal
        self._open_writer = open_writer
        self._store = store
        self._settings = settings
        self._pauses = Pauses(settings.linger_s)
        self._stopping = threading.Event()
        self._writer: BatchWriter | None = None
        self._thread = threading.Thread(target=self._run, name=f"inserter-{signal}", daemon=True)
        self.figures = Figures()
        self.on_stored: Callable[[Iterable[Minute]], None] = lambda _minutes: None

    def start(self) -> None:
        """Begins, with what a former process left in the journal first."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes the batch in hand and stops. What waits stays in the journal. May be called twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._forget_writer()

    def drained(self, *, timeout_s: float) -> bool:
        """Waits until the store has everything the journal was given; False after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while self._journal.backlog().segments:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _run(self) -> None:
        # Of a process that was killed.
        remove_leftovers(self._journal.directory)
        while not self._stopping.is_set():
            segment = self._journal.take(timeout_s=_POLL_S)
            if segment is None:
                continue
            started = time.monotonic()
            self._store_segment(segment)
            if segment.size_bytes < _SMALL_BYTES:
                self._stopping.wait(self._pauses.after(time.monotonic() - started))

    def _store_segment(self, segment: Segment) -> None:
        """Stores a segment for good; returns early only when stopping, with the segment still in the journal."""
        wait_s = self._settings.retry_s
        while not self._stopping.is_set():
            try:
                self._write(segment.path, following=self._following)
            except (SpanhouseError, OSError, MemoryError) as error:
                # Nothing of this is the content's fault: the store is away, the disk is full, or not even a refused request
                # can be put aside. The segment waits.
                self.figures.add("store_retries", signal=self._signal)
                logger.warning("store_unavailable", extra={"signal": self._signal, "error": str(error)})
                self._stopping.wait(wait_s)
                wait_s = min(2 * wait_s, self._settings.max_retry_s)
                continue
            remove_leftovers(segment.path.parent, segment.path.stem)
            self._journal.remove(segment)
            self.figures.add("segments_stored", signal=self._signal)
            self.figures.add("items_stored", segment.items, signal=self._signal)
            return

    def _following(self) -> Path | None:
        """The segment that is to be stored next, once it is worth a batch of its own."""
        segment = self._journal.following(least_bytes=_AHEAD_BYTES, timeout_s=_POLL_S)
        return None if segment is None else segment.path

    def _write(self, path: Path, *, following: Following | None = None) -> None:
        """Stores a file of frames, or its halves if the engine refuses it."""
        if self._writer is None:
            self._writer = self._open_writer()
            self._writer.figures = self.figures
        try:
            self.on_stored(self._writer.write(path, following=following))
        except (RetryableError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of a job: what one request does to it costs that request alone
            self._blame_content(path)
            found = list(frames.decode(path.read_bytes()))
            if len(found) == 1:
                self._bury(found[0], _reason(error))
            else:
                logger.warning("batch_refused", extra={"signal": self._signal, "requests": len(found), "error": _reason(error)})
                self._write_halves(path, found)

    def _blame_content(self, path: Path) -> None:
        """Raises StoreUnavailable if not even an empty batch can be stored: then no request is at fault, and all wait."""
        empty = path.with_name("empty.half")
        empty.write_bytes(b"")
        try:
            if self._writer is not None:
                self._writer.write(empty)
        except Exception as error:
            self._forget_writer()
            raise StoreUnavailable(f"the store takes nothing at all: {_reason(error)}") from error
        finally:
            remove_leftovers(path.parent, empty.stem)

    def _forget_writer(self) -> None:
        """Lets go of the writer; a new one makes the tables it needs again."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write_halves(self, path: Path, found: list[Frame]) -> None:
        data = path.read_bytes()
        middle = len(found) // 2
        for part, half in (("a", found[:middle]), ("b", found[middle:])):
            half_path = path.with_name(f"{path.stem}{part}.half")
            half_path.write_bytes(data[half[0].start : half[-1].end])
            self._write(half_path)
            half_path.unlink()

    def _bury(self, frame: Frame, reason: str) -> None:
        project, received_ms, body = frames.parts(frame)
        now = datetime.now(UTC)
        row = {
            "project": project,
            "received_at": datetime.fromtimestamp(received_ms / 1000, UTC),
            "failed_at": now,
            "signal": self._signal,
            "reason": reason,
            "body": body,
        }
        self._store.insert("dead_letters", [row])
        self.figures.add("dead_letters", signal=self._signal)
        logger.warning("request_buried", extra={"signal": self._signal, "reason": reason})


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, SpanhouseError) else f"{type(error).__name__}: {error}"
