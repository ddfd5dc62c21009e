"""The journal: what is acknowledged lies here, on disk, until the store has it.

Requests that wait at the same time share one fsync (group commit). A segment is a file of frames; the inserter takes a
whole segment and hands it back once stored, to be discarded: what is in the folder is owed. One process owns the folder.
Must not know what a frame holds or where it goes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from spanhouse_collector.errors import Overloaded
from spanhouse_collector.ingest import frames
from spanhouse_collector.settings import JournalSettings

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Segment:
    """A file of frames. `items` counts what its requests hold (spans, records); 0 for a segment found at start."""

    path: Path
    size_bytes: int = 0
    items: int = 0
    opened_at_s: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for the store. `age_s` is 0 when nothing waits."""

    segments: int
    size_bytes: int
    items: int
    age_s: float


@dataclass(slots=True, kw_only=True)
class _Pending:
    frame: Sequence[bytes]
    size_bytes: int
    items: int
    done: Future[None]


class Journal:
    """Durable queue of frames in `settings.directory`. `append` may be called from any thread, `take` from one.

    The writer thread alone touches the open segment: it commits groups and seals the segment when asked to.
    """

    def __init__(self, settings: JournalSettings, *, discard: Callable[[Path], object] = Path.unlink) -> None:
        """`discard` gets each segment that is stored, and removes it in its own time: until then a start finds it again."""
        self._settings = settings
        self._discard = discard
        self._condition = threading.Condition()
        self._pending: deque[_Pending] = deque()
        self._pending_bytes = 0
        self._closing = False
        self._seal_wanted = False
        self._taken: Segment | None = None
        settings.directory.mkdir(parents=True, exist_ok=True)
        self._sealed = deque(_recover(settings.directory))
        self._next_number = 1 + max((int(segment.path.stem) for segment in self._sealed), default=0)
        self._open, self._file = self._new_segment()
        self._is_torn = False
        self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
        self._thread.start()

    @property
    def directory(self) -> Path:
        """Where the segments lie."""
        return self._settings.directory

    def append(self, frame: Sequence[bytes], *, items: int) -> Future[None]:
        """Queues a frame, given in pieces; the future is done when it is on disk, and fails with Overloaded if it cannot be."""
        pending = _Pending(frame=frame, size_bytes=sum(map(len, frame)), items=items, done=Future())
        # A sender that hangs up cancels what it waits for; a running future cannot be cancelled, so the group is not disturbed.
        pending.done.set_running_or_notify_cancel()
        with self._condition:
            if self._closing:
                raise Overloaded("the collector is stopping; send again to the next one", retry_after_s=2)
            self._check_room(pending.size_bytes)
            self._pending.append(pending)
            self._pending_bytes += pending.size_bytes
            self._condition.notify_all()
        return pending.done

    def _check_room(self, more_bytes: int) -> None:
        """Raises Overloaded if the store is so far behind that nothing more may be promised."""
        waiting = self._backlog_bytes() + self._pending_bytes
        if waiting + more_bytes > self._settings.max_backlog_bytes:
            raise Overloaded(
                f"the journal holds {waiting} bytes that the store has not taken yet, at most "
                f"{self._settings.max_backlog_bytes}; send again later",
                retry_after_s=5,
            )
        age_s = self._age_s()
        if age_s > self._settings.max_backlog_age_s:
            raise Overloaded(
                f"the journal holds a request that the store has not taken for {age_s:.0f} s, at most "
                f"{self._settings.max_backlog_age_s:.0f}; send again later",
                retry_after_s=5,
            )

    def take(self, *, timeout_s: float) -> Segment | None:
        """The oldest segment that holds anything, sealed; None after `timeout_s` without one.

        The same segment is given again until it is `remove`d.
        """
        with self._condition:
            self._condition.wait_for(self._has_work, timeout_s)
            if not self._taken and not self._sealed and self._open.size_bytes:
                self._ask_for_seal(timeout_s)
            if not self._taken and self._sealed:
                self._taken = self._sealed.popleft()
            return self._taken

    def following(self, *, least_bytes: int, timeout_s: float) -> Segment | None:
        """The segment behind the one that was taken, once it is sealed or holds `least_bytes`; it stays where it is.

        None after `timeout_s`, or as soon as the one that was taken is removed. For any thread.
        """
        with self._condition:
            taken = self._taken
            self._condition.wait_for(lambda: self._can_follow(taken, least_bytes), timeout_s)
            if self._taken and not self._sealed and self._open.size_bytes >= least_bytes:
                self._ask_for_seal(timeout_s)
            return self._sealed[0] if self._taken and self._taken is taken and self._sealed else None

    def _can_follow(self, taken: Segment | None, least_bytes: int) -> bool:
        is_over = self._closing or taken is None or self._taken is not taken
        return is_over or bool(self._sealed) or self._open.size_bytes >= least_bytes

    def _ask_for_seal(self, timeout_s: float) -> None:
        """Has the writer seal the open segment, and waits for that; the condition is held."""
        self._seal_wanted = True
        self._condition.notify_all()
        self._condition.wait_for(lambda: self._sealed or self._closing, timeout_s)

    def remove(self, segment: Segment) -> None:
        """Forgets a segment that is stored."""
        with self._condition:
            self._taken = None
            self._condition.notify_all()
        self._discard(segment.path)

    def backlog(self) -> Backlog:
        """What waits for the store now."""
        with self._condition:
            segments = self._waiting()
            return Backlog(
                segments=len(segments),
                size_bytes=self._backlog_bytes(),
                items=sum(segment.items for segment in segments),
                age_s=self._age_s(),
            )

    def close(self) -> None:
        """Writes what is pending and stops; what the store has not taken stays for the next start. May be called twice."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()
        with contextlib.suppress(OSError):
            # After a write that failed, the buffer cannot be emptied; what it holds was not acknowledged.
            self._file.close()
        if not self._open.size_bytes:
            self._open.path.unlink(missing_ok=True)

    def _waiting(self) -> list[Segment]:
        taken = [self._taken] if self._taken else []
        return [segment for segment in (*taken, *self._sealed, self._open) if segment.size_bytes]

    def _backlog_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self._waiting())

    def _age_s(self) -> float:
        """How long the oldest request has waited; 0 when nothing waits."""
        opened = [segment.opened_at_s for segment in self._waiting()]
        return max(0.0, time.time() - min(opened)) if opened else 0.0

    def _has_work(self) -> bool:
        return bool(self._taken or self._sealed or self._open.size_bytes)

    def _write_forever(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._pending or self._seal_wanted or self._closing)
                if self._seal_wanted:
                    self._seal()
                if self._closing and not self._pending:
                    return
                group = self._next_group()
            if group:
                self._commit(group)

    def _seal(self) -> None:
        """Closes the open segment and opens the next. A full disk leaves it open, to be tried again at the next request."""
        self._seal_wanted = False
        try:
            self._mend()
            opened = self._new_segment()
        except OSError as error:
            logger.warning("journal_segment_not_opened", extra={"error": str(error)})
            return
        self._file.close()
        self._sealed.append(self._open)
        self._open, self._file = opened
        self._condition.notify_all()

    def _next_group(self) -> list[_Pending]:
        """Everything that waits, as far as it fits the segment; a frame larger than a segment gets one of its own."""
        first_bytes = self._pending[0].size_bytes if self._pending else 0
        if self._open.size_bytes and self._open.size_bytes + first_bytes > self._settings.segment_bytes:
            self._seal()
        room = self._settings.segment_bytes - self._open.size_bytes
        group: list[_Pending] = []
        size = 0
        while self._pending and (not group or size + self._pending[0].size_bytes <= room):
            group.append(self._pending.popleft())
            size += group[-1].size_bytes
        return group

    def _commit(self, group: list[_Pending]) -> None:
        """One sync for the whole group; nothing of a group that failed stays in the segment."""
        size_bytes = sum(pending.size_bytes for pending in group)
        failure: OSError | None = None
        try:
            self._mend()
            self._is_torn = True
            # Piece by piece: a request is long enough to go to the system as it lies in memory.
            for pending in group:
                self._file.writelines(pending.frame)
            self._file.flush()
            os.fdatasync(self._file.fileno())
            self._is_torn = False
        except OSError as error:
            failure = error
        with self._condition:
            self._pending_bytes -= size_bytes
            if failure is None:
                self._open.opened_at_s = self._open.opened_at_s if self._open.size_bytes else time.time()
                self._open.size_bytes += size_bytes
                self._open.items += sum(pending.items for pending in group)
            self._condition.notify_all()
        for pending in group:
            if failure is None:
                pending.done.set_result(None)
            else:
                pending.done.set_exception(
                    Overloaded(f"the journal cannot be written: {failure}; send again later", retry_after_s=5)
                )

    def _mend(self) -> None:
        """Drops what a failed write left behind, before anything follows it. Raises OSError if the disk does not let it."""
        if not self._is_torn:
            return
        with contextlib.suppress(OSError):
            # The buffer still holds the frames that failed and cannot be emptied; the descriptor is closed all the same.
            self._file.close()
        os.truncate(self._open.path, self._open.size_bytes)
        self._file = self._open.path.open("ab")
        self._is_torn = False

    def _new_segment(self) -> tuple[Segment, BinaryIO]:
        """An empty segment whose name is on disk too, so that a crash cannot lose the file together with its first frame."""
        path = self._settings.directory / f"{self._next_number:020d}.frames"
        file = path.open("ab")
        _sync_directory(self._settings.directory)
        self._next_number += 1
        return Segment(path=path), file


def _recover(directory: Path) -> list[Segment]:
    """The segments a former process left, oldest first; a tail cut off by a crash was never acknowledged and goes."""
    found = []
    for path in sorted(directory.glob("*.frames")):
        data = path.read_bytes()
        whole = max((frame.end for frame in frames.decode(data)), default=0)
        if whole < len(data):
            logger.warning("journal_tail_dropped", extra={"segment": path.name, "bytes": len(data) - whole})
            os.truncate(path, whole)
        if whole == 0:
            path.unlink()
            continue
        found.append(Segment(path=path, size_bytes=whole, opened_at_s=path.stat().st_mtime))
    return found


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
