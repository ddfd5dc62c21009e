"""The spool: what is to be sent lies on disk first, and one thread sends from there, oldest first.

So it survives the end of this process, however it ends, and the time that the receiver is away. What a process left behind
is sent by the next one that spools into the same folder. Bounded by bytes and age. Knows nothing of OpenTelemetry or HTTP; it
is given an exporter.
"""

import dataclasses
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spanhouse import faults, forks
from spanhouse.delivery import FIRST_RETRY_S, LONGEST_RETRY_S, Bell, Exporter, Outcome
from spanhouse.losses import Loss, Losses, Reason
from spanhouse.shelf import Kept, Parcel, Shelf

_LOOK_S: Final = 10.0  # how often an idle process looks for what others left behind
_CLOSING_RETRY_S: Final = 0.25
_ON_DISK: Final = Outcome(delivered=True)
_FLUSH_POLL_S: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLimits:
    """The bounds of what one process keeps on disk. Over ``size_bytes`` the oldest goes, and what is older than ``age_s``."""

    size_bytes: int = 256 * 1024 * 1024
    age_s: float = 86_400.0
    tell_every_s: float = 60.0


class Spool:
    """Keeps parcels below ``root`` and posts them. A forked child spools into a folder of its own."""

    def __init__(
        self, root: Path, connect: Callable[[], Exporter[Parcel]], *, limits: SpoolLimits, tell: Callable[[Loss], None]
    ) -> None:
        self._root = root
        self._connect = connect
        self._limits = limits
        self._tell = tell
        self._shelf: Shelf | None = None
        self._begin()
        self._open()
        self._start()
        forks.in_children(self._begin)

    def _begin(self) -> None:
        if self._shelf is not None:
            self._shelf.forget()
        self._lock = threading.RLock()
        self._wake = Bell()
        self._hurry = Bell()  # cuts a retry's pause short; a new parcel must not
        self._posting: Kept | None = None
        self._exporter: Exporter[Parcel] | None = None
        self._bypass_lock = threading.Lock()
        self._direct: Exporter[Parcel] | None = None
        self._shelf = None
        self._thread: threading.Thread | None = None
        self._close_by_s: float | None = None
        self._sent: Counter[str] = Counter()
        self._losses: dict[str, Losses] = {}
        self._lost_when_flushed = 0
        self._problem = ""

    @property
    def sent(self) -> Counter[str]:
        """Items that the receiver took, by signal."""
        return Counter(self._sent)

    @property
    def lost(self) -> dict[tuple[str, Reason], int]:
        """Items that were not delivered, by signal and reason."""
        found = dict(self._losses)
        return {(signal, reason): items for signal in found for reason, items in found[signal].by_reason.items()}

    @property
    def waiting(self) -> int:
        """Items on disk."""
        with self._lock:
            return 0 if self._shelf is None else self._shelf.items

    @property
    def problem(self) -> str:
        """What stood in the way of the last attempt, or "" when nothing did."""
        return self._problem

    def put(self, parcel: Parcel) -> Outcome:
        """Writes the parcel to disk; only where the disk does not take it, it is sent from here, which waits for the network."""
        try:
            with self._lock:
                try:
                    self._open().put(parcel)
                except FileNotFoundError:  # somebody emptied the folder
                    self._leave()
                    self._open().put(parcel)
                self._make_room(self._open())
                if self._thread is None and self._close_by_s is None:
                    self._start()
        except OSError as error:
            return self._bypass(parcel, error)
        self._wake.ring()
        return _ON_DISK

    def _bypass(self, parcel: Parcel, obstacle: OSError) -> Outcome:
        """Sends what the disk does not take, so that a full disk costs nothing while the receiver is there."""
        with self._bypass_lock:
            if self._direct is None:
                self._direct = self._connect()
            outcome = self._direct.export([parcel])
            if outcome.delivered:
                self._sent[parcel.signal] += parcel.items - outcome.rejected
                return outcome
        problem = f"cannot write to the spool: {obstacle}; {outcome.problem}"
        return dataclasses.replace(outcome, problem=problem)

    def flush(self, timeout_s: float) -> bool:
        """Waits until all that lies here is delivered; False when time ran out or anything was lost.

        What was lost since the last flush that said so counts, as in the outbox.
        """
        lost_before = self._lost_when_flushed
        deadline_s, until_ns = time.monotonic() + timeout_s, time.time_ns()
        self._ring()
        while (oldest := self._oldest()) is not None and oldest.created_ns <= until_ns:
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(_FLUSH_POLL_S)
        self._lost_when_flushed = sum(self.lost.values())
        return self._lost_when_flushed == lost_before

    def close(self, timeout_s: float) -> None:
        """Sends for at most ``timeout_s``, and leaves the rest on disk, where the next process finds it."""
        with self._lock:
            if self._close_by_s is not None:
                return
            self._close_by_s = time.monotonic() + timeout_s
            thread = self._thread
        self._ring()
        if thread is None:
            self._run()
        else:
            thread.join(timeout_s)
        self.tell_losses()

    def tell_losses(self) -> None:
        """Tells of what was lost since the last time, at once."""
        for losses in list(self._losses.values()):
            losses.tell(self._problem, at_once=True)

    def _open(self) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(self._root)
        return self._shelf

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="spanhouse-spool", daemon=True)
        thread.start()
        self._thread = thread

    def _leave(self) -> None:
        with self._lock:
            if self._shelf is not None:
                self._shelf.close()
                self._shelf = None

    def _ring(self) -> None:
        """Calls the thread to send at once, also when it waits to try again."""
        self._wake.ring()
        self._hurry.ring()

    def _run(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            self._hurry.silence()
            is_last = self._close_by_s is not None  # asked before the look, which then finds all that was put before the close
            outcome = self._attempt()
            if outcome is None:
                if is_last:
                    break
                self._wake.wait(_LOOK_S)
            elif outcome.retry:
                pause_s = outcome.pause_s(retry_s)
                retry_s = min(retry_s * 2, LONGEST_RETRY_S)
                if self._close_by_s is not None:
                    pause_s = min(pause_s, _CLOSING_RETRY_S)
                    if time.monotonic() + pause_s >= self._close_by_s:
                        break
                wait = self._hurry.wait if outcome.retry_after_s is None else self._wait_as_wished
                wait(pause_s)
            else:
                retry_s = FIRST_RETRY_S
        self._leave()
        if self._exporter is not None:
            self._exporter.close()
        if self._direct is not None:
            self._direct.close()

    def _wait_as_wished(self, seconds: float) -> None:
        """By the receiver: a flush does not end that, ``close`` does."""
        self._hurry.wait_out(seconds, lambda: self._close_by_s is not None)

    def _attempt(self) -> Outcome | None:
        try:
            return self._send_oldest()
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the thread outlives whatever goes wrong in it
            faults.record("spool", error)
            return Outcome(delivered=False, retry=True, problem=f"{type(error).__name__}: {error}")

    def _send_oldest(self) -> Outcome | None:
        """One attempt with the oldest parcel; None when there is none."""
        with self._lock:
            shelf = self._open()
            oldest = shelf.oldest()
            if oldest is None:
                self._adopt(shelf)
                oldest = shelf.oldest()
            parcel = None if oldest is None else self._readable(shelf, oldest)
            self._posting = oldest if parcel is not None else None
        for losses in list(self._losses.values()):
            losses.tell(self._problem)
        if oldest is None:
            return None
        outcome = Outcome(delivered=False) if parcel is None else self._post(parcel)
        self._problem = outcome.problem
        if parcel is not None and not outcome.retry:
            with self._lock:
                self._settle(shelf, oldest, outcome)
                self._posting = None
        return outcome

    def _post(self, parcel: Parcel) -> Outcome:
        if self._exporter is None:
            self._exporter = self._connect()
        return self._exporter.export([parcel])

    def _readable(self, shelf: Shelf, kept: Kept) -> Parcel | None:
        """The parcel; None when it is lost, as too old or damaged."""
        if kept.created_ns < time.time_ns() - self._limits.age_s * 1e9:
            self._lose(shelf, kept, "spool_expired")
            return None
        parcel = shelf.read(kept)
        if parcel is None:
            self._lose(shelf, kept, "spool_damaged")
        return parcel

    def _settle(self, shelf: Shelf, kept: Kept, outcome: Outcome) -> None:
        if not outcome.delivered:
            self._lose(shelf, kept, "refused")
            return
        self._sent[kept.signal] += kept.items - outcome.rejected
        if outcome.rejected:
            self._losses_of(kept.signal).add(outcome.rejected, "rejected")
        shelf.remove(kept)

    def _make_room(self, shelf: Shelf) -> None:
        while shelf.size_bytes > self._limits.size_bytes and (oldest := shelf.oldest(besides=self._posting)):
            self._lose(shelf, oldest, "spool_full")

    def _adopt(self, shelf: Shelf) -> None:
        for unfinished in shelf.adopt():
            self._losses_of(unfinished.signal).add(unfinished.items, "spool_damaged")
        self._make_room(shelf)

    def _lose(self, shelf: Shelf, kept: Kept, reason: Reason) -> None:
        shelf.remove(kept)
        self._losses_of(kept.signal).add(kept.items, reason)

    def _losses_of(self, signal: str) -> Losses:
        if signal not in self._losses:
            self._losses[signal] = Losses(signal, self._tell, every_s=self._limits.tell_every_s)
        return self._losses[signal]

    def _oldest(self) -> Kept | None:
        with self._lock:
            return None if self._shelf is None else self._shelf.oldest()
