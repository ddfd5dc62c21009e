"""The outbox: a bounded queue, one thread, and batches that are tried again as OTLP says.

Whatever ends a span must not wait and must not fail, in a signal handler or during garbage collection neither: ``put``
takes one reentrant lock for a few operations. Knows nothing of spans, HTTP or OpenTelemetry; it is given an exporter.
"""

import contextlib
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from spanhouse import faults, forks
from spanhouse.losses import Loss, Losses, Reason

Item = TypeVar("Item")
Item_contra = TypeVar("Item_contra", contravariant=True)

FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0
_LONGEST_WISH_S: Final = 300.0  # who wishes for a day, or for ever, is asked again all the same
_CLOSING_RETRY_S: Final = 0.25  # while the process waits for the end, there is no time for longer pauses
_CLOSING_SHARE: Final = 0.8  # of the time to close is for trying; the rest lets the last attempt come back
_FLUSH_POLL_S: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one outbox. Over ``queue_items`` or ``queue_bytes`` the oldest item goes."""

    queue_items: int = 8_192
    queue_bytes: int = 64 * 1024 * 1024
    batch_items: int = 512
    batch_bytes: int = 4 * 1024 * 1024  # far below the collector's limit for one request
    delay_s: float = 1.0
    give_up_s: float = 300.0  # a batch that cannot be delivered for so long makes room for younger ones
    tell_every_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt: delivered, or to be tried again, or neither.

    ``rejected`` items were refused one by one while the rest was taken. ``retry_after_s`` is the receiver's wish.
    ``problem`` is what stood in the way, for people. ``unfit``: an item of the batch cannot be sent at all, nobody says which.
    """

    delivered: bool
    retry: bool = False
    rejected: int = 0
    retry_after_s: float | None = None
    problem: str = ""
    unfit: bool = False

    def pause_s(self, retry_s: float) -> float:
        """How long to wait before the next attempt: as the receiver wishes, else up to ``retry_s``, scattered."""
        if self.retry_after_s is not None:
            return min(self.retry_after_s, _LONGEST_WISH_S)
        return retry_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


class Bell:
    """Wakes the one thread that waits for it. Ringing is safe to re-enter, which an Event's ``set`` is not."""

    def __init__(self) -> None:
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        """Wakes the thread, or lets its next wait end at once."""
        if self._rung.empty():
            self._rung.put(None)

    def silence(self) -> None:
        """Takes back what was rung. For the thread that waits."""
        while not self._rung.empty():
            self._rung.get_nowait()

    def wait(self, seconds: float) -> None:
        """Waits, unless it is rung."""
        with contextlib.suppress(queue.Empty):
            self._rung.get(timeout=seconds)

    def wait_out(self, seconds: float, ends: Callable[[], bool]) -> None:
        """Waits, also where it is rung, unless it ``ends`` then."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            self.wait(left_s)
            if ends():
                return


class Exporter(Protocol[Item_contra]):
    """What an outbox sends with; used by one thread at a time."""

    def export(self, batch: Sequence[Item_contra], /) -> Outcome:
        """One attempt. Blocks for as long as the network takes."""
        ...

    def close(self) -> None:
        """Ends the connection. Called once, after the last attempt."""


class Outbox(Generic[Item]):
    """Takes items at any time from any thread, and exports them in batches from a thread of its own.

    ``connect`` makes the exporter: once at the first item, and again in a forked child, which must not share the
    parent's connection. The child begins with an empty outbox; what was waiting is the parent's to send. ``tell`` is
    called with new losses, from the outbox's thread, at most once in ``tell_every_s`` and at the end. ``counts`` says whether an
    item is one that ``sent`` and ``lost`` count; the outbox's own news are none.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Exporter[Item]],
        *,
        limits: Limits,
        tell: Callable[[Loss], None],
        counts: Callable[[Item], bool] | None = None,
    ) -> None:
        self.name = name
        self.limits = limits
        self._counts = counts
        self._connect = connect
        self._tell = tell
        self._begin()
        forks.in_children(self._begin)

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._wake = Bell()
        self._hurry = Bell()  # cuts a retry's pause short; a full batch must not
        self._waiting: deque[tuple[Item, int]] = deque()
        self._waiting_bytes = 0
        self._on_its_way: Sequence[Item] = ()
        self._accepted = 0
        self._settled = 0
        self._sent = 0
        self._losses = Losses(self.name, self._tell, every_s=self.limits.tell_every_s)
        self._lost_when_flushed = 0
        self._problem = ""
        self._thread: threading.Thread | None = None
        self._exporter: Exporter[Item] | None = None
        self._close_by_s: float | None = None

    @property
    def sent(self) -> int:
        """Items that the receiver took."""
        return self._sent

    @property
    def lost(self) -> dict[Reason, int]:
        """Items that were not delivered, by reason."""
        return self._losses.by_reason

    @property
    def problem(self) -> str:
        """What stood in the way of the last attempt, or "" when nothing did."""
        return self._problem

    def put(self, item: Item, size_bytes: int) -> None:
        """Takes an item; never waits for the network. After ``close`` it takes nothing."""
        limits, waiting = self.limits, self._waiting
        with self._lock:
            if self._close_by_s is not None:
                return
            self._accepted += 1
            waiting.append((item, size_bytes))
            self._waiting_bytes += size_bytes
            while len(waiting) > limits.queue_items or self._waiting_bytes > limits.queue_bytes:
                oldest, oldest_bytes = waiting.popleft()
                self._waiting_bytes -= oldest_bytes
                self._lose((oldest,), "queue_full")
            full = len(waiting) >= limits.batch_items or self._waiting_bytes >= limits.batch_bytes
            if self._thread is None:
                self._start()
        if full:
            self._wake.ring()

    def flush(self, timeout_s: float) -> bool:
        """Waits until all that was put before is delivered; False when time ran out or anything of it was lost.

        What was lost since the last flush that said so counts: to whoever asks, it was put before and is not delivered.
        """
        target, lost_before = self._accepted, self._lost_when_flushed
        deadline_s = time.monotonic() + timeout_s
        self._ring()
        while self._settled < target:
            if time.monotonic() >= deadline_s or self._thread is None:
                return False
            time.sleep(_FLUSH_POLL_S)
        self._lost_when_flushed = self._losses.total
        return self._lost_when_flushed == lost_before

    def close(self, timeout_s: float) -> None:
        """Delivers what waits, for at most ``timeout_s``, and ends the thread. The rest is lost as ``gave_up``."""
        with self._lock:
            if self._close_by_s is not None:
                return
            self._close_by_s = time.monotonic() + timeout_s * _CLOSING_SHARE
            thread = self._thread
        self._ring()
        if thread is None:
            self._drain()
            self._hang_up()
        else:
            thread.join(timeout_s)
        with self._lock:
            self._lose([*self._on_its_way, *(item for item, _ in self._waiting)], "gave_up")
            self._waiting.clear()
        self._losses.tell(self._problem, at_once=True)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name=f"spanhouse-{self.name}", daemon=True)
        thread.start()  # raises while the interpreter ends; then ``close`` delivers
        self._thread = thread

    def _run(self) -> None:
        while True:
            if self._close_by_s is None:
                self._wake.wait(self.limits.delay_s)
            self._drain()
            if self._close_by_s is not None:
                self._hang_up()
                return

    def _drain(self) -> None:
        try:
            while batch := self._take():
                self._deliver(batch)
            self._losses.tell(self._problem)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the thread outlives whatever goes wrong in it
            faults.record(f"deliver.{self.name}", error)

    def _hang_up(self) -> None:
        if self._exporter is not None:
            self._exporter.close()

    def _wait_as_wished(self, seconds: float) -> None:
        """By the receiver: a flush does not end that, ``close`` does."""
        self._hurry.wait_out(seconds, lambda: self._close_by_s is not None)

    def _ring(self) -> None:
        """Calls the thread to send at once, also when it waits to try again."""
        self._wake.ring()
        self._hurry.ring()

    def _take(self) -> list[Item]:
        batch: list[Item] = []
        taken_bytes = 0
        with self._lock:
            while self._waiting and len(batch) < self.limits.batch_items:
                if batch and taken_bytes + self._waiting[0][1] > self.limits.batch_bytes:
                    break
                item, size_bytes = self._waiting.popleft()
                batch.append(item)
                taken_bytes += size_bytes
            self._waiting_bytes -= taken_bytes
            self._on_its_way = batch
        return batch

    def _deliver(self, batch: list[Item]) -> None:
        give_up_s = time.monotonic() + self.limits.give_up_s
        retry_s = FIRST_RETRY_S
        while True:
            self._hurry.silence()  # whoever was in a hurry before has this attempt
            outcome = self._attempt(batch)
            self._problem = outcome.problem
            if outcome.delivered or not outcome.retry:
                break
            pause_s = outcome.pause_s(retry_s)
            if self._close_by_s is not None:
                pause_s, give_up_s = min(pause_s, _CLOSING_RETRY_S), min(give_up_s, self._close_by_s)
            left_s = give_up_s - time.monotonic()
            if left_s <= 0:
                break
            wait = self._hurry.wait if outcome.retry_after_s is None else self._wait_as_wished
            wait(min(pause_s, left_s))
            retry_s = min(retry_s * 2, LONGEST_RETRY_S)
        if outcome.unfit and len(batch) > 1:
            self._deliver(batch[: len(batch) // 2])
            self._deliver(batch[len(batch) // 2 :])
        else:
            self._settle(batch, outcome)

    def _attempt(self, batch: list[Item]) -> Outcome:
        try:
            if self._exporter is None:
                self._exporter = self._connect()
            return self._exporter.export(batch)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: an exporter's own fault costs what it cannot send only
            faults.record(f"export.{self.name}", error)
            # Of the network or a file: then no item is at fault.
            is_unfit = not isinstance(error, OSError) and self._exporter is not None
            return Outcome(delivered=False, problem=f"{type(error).__name__}: {error}", unfit=is_unfit)

    def _settle(self, batch: list[Item], outcome: Outcome) -> None:
        with self._lock:
            self._on_its_way = self._on_its_way[len(batch) :]
            if outcome.delivered:
                counted = self._count(batch)
                rejected = min(outcome.rejected, counted)
                self._settled += len(batch)
                self._sent += counted - rejected
                self._losses.add(rejected, "rejected")
            else:
                self._lose(batch, "gave_up" if outcome.retry else "refused")

    def _lose(self, items: Sequence[Item], reason: Reason) -> None:
        self._settled += len(items)
        self._losses.add(self._count(items), reason)

    def _count(self, items: Sequence[Item]) -> int:
        return len(items) if self._counts is None else sum(map(self._counts, items))
