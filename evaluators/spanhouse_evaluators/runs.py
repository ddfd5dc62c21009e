"""The log of runs, and who may run: one runner at a time for each job, also with several processes.

Must not know what jobs do.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import State
from spanhouse_evaluators.tables import leases, runs

LEASE_S = 30.0
"""After a killed process its jobs rest this long at most; a living one renews three times as often."""

KEEP_RUNS = 1_000
"""Runs kept for each job: a week of one every ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many evaluations had a value, went wrong, or did not apply."""

    scored: int = 0
    failed: int = 0
    unscored: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            scored=self.scored + other.scored,
            failed=self.failed + other.failed,
            unscored=self.unscored + other.unscored,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `ended_ms` is `None` while it runs, or for ever if its process was killed; `error` is '' if it went well."""

    run_id: str
    job: str
    started_ms: int
    ended_ms: int | None
    counts: Counts
    error: str


class RunLog:
    """The runs of all jobs, in the state database. Safe from several threads and processes."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._holder = uuid.uuid4().hex

    def begin(self, job: str) -> str:
        """Record that a run starts; return its id."""
        run_id = uuid.uuid4().hex
        with self._state.transaction() as transaction:
            transaction.execute(insert(runs).values(run_id=run_id, job=job, started_ms=_now_ms()))
            kept = select(runs.c.run_id).where(runs.c.job == job).order_by(runs.c.started_ms.desc()).limit(KEEP_RUNS)
            transaction.execute(delete(runs).where(runs.c.job == job, runs.c.run_id.not_in(kept)))
        return run_id

    def add(self, run_id: str, counts: Counts) -> None:
        """Add to what a run has counted so far."""
        row = runs.c
        added = {
            "scored": row.scored + counts.scored,
            "failed": row.failed + counts.failed,
            "unscored": row.unscored + counts.unscored,
        }
        with self._state.transaction() as transaction:
            transaction.execute(update(runs).where(row.run_id == run_id).values(**added))

    def end(self, run_id: str, *, error: str = "") -> RunRecord:
        """Record that a run ended, and the error that stopped it; return the whole record."""
        with self._state.transaction() as transaction:
            transaction.execute(update(runs).where(runs.c.run_id == run_id).values(ended_ms=_now_ms(), error=error))
            return _record(transaction.execute(select(runs).where(runs.c.run_id == run_id)).one())

    def recent(self, job: str | None = None, *, most: int = 50) -> list[RunRecord]:
        """Return the newest runs first, of one job or of all."""
        asked = select(runs).order_by(runs.c.started_ms.desc(), runs.c.run_id).limit(most)
        if job is not None:
            asked = asked.where(runs.c.job == job)
        with self._state.transaction() as transaction:
            return [_record(row) for row in transaction.execute(asked)]

    def last_start_ms(self, job: str) -> int | None:
        """Return when the job last started, in milliseconds of Unix time; `None` if it never did."""
        asked = select(func.max(runs.c.started_ms)).where(runs.c.job == job)
        with self._state.transaction() as transaction:
            found: int | None = transaction.execute(asked).scalar()
            return found

    @contextmanager
    def lease(self, job: str, *, lease_s: float = LEASE_S) -> Iterator[bool]:
        """Give whether the caller may run the job now; nobody else may until the block ends or its process dies."""
        if not self._acquire(job, lease_s):
            yield False
            return
        done = threading.Event()
        renewal = threading.Thread(
            target=self._renew, args=(job, lease_s), kwargs={"done": done}, name=f"lease-{job}", daemon=True
        )
        renewal.start()
        try:
            yield True
        finally:
            done.set()
            renewal.join()
            with self._state.transaction() as transaction:
                transaction.execute(delete(leases).where(leases.c.job == job, leases.c.holder == self._holder))

    def _acquire(self, job: str, lease_s: float) -> bool:
        now_ms = _now_ms()
        free = update(leases).where(leases.c.job == job, leases.c.expires_ms < now_ms)
        taken = {"holder": self._holder, "expires_ms": now_ms + int(lease_s * 1000)}
        try:
            with self._state.transaction() as transaction:
                if transaction.execute(free.values(**taken)).rowcount:
                    return True
                if transaction.execute(select(leases.c.job).where(leases.c.job == job)).first():
                    return False
                transaction.execute(insert(leases).values(job=job, **taken))
                return True
        except StoreUnavailable as error:
            if isinstance(error.__cause__, IntegrityError):  # another process was faster
                return False
            raise

    def _renew(self, job: str, lease_s: float, *, done: threading.Event) -> None:
        mine = update(leases).where(leases.c.job == job, leases.c.holder == self._holder)
        while not done.wait(lease_s / 3):
            # Tried again a third of the lease later, while it is still held.
            with suppress(StoreUnavailable), self._state.transaction() as transaction:
                transaction.execute(mine.values(expires_ms=_now_ms() + int(lease_s * 1000)))


def _record(row: Row[tuple[object, ...]]) -> RunRecord:
    return RunRecord(
        run_id=row.run_id,
        job=row.job,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        counts=Counts(scored=row.scored, failed=row.failed, unscored=row.unscored),
        error=row.error,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
