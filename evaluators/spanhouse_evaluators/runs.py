"""The log of runs. Must not know what jobs do, nor who may start a run (`leases.py`)."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from spanhouse_collector.storage import State
from spanhouse_evaluators.tables import runs

KEEP_RUNS = 1_000
"""Runs kept for each job: a week of one every ten minutes."""

NANO = 1_000_000_000

CUT_OFF = "The process that ran it ended before the run did."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many evaluations had a value, went wrong, or did not apply, and what they cost.

    In whole billionths of a dollar, so that sums stay exact.
    """

    scored: int = 0
    failed: int = 0
    unscored: int = 0
    nano_usd: int = 0

    @property
    def cost_usd(self) -> float:
        """The cost in dollars."""
        return self.nano_usd / NANO

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            scored=self.scored + other.scored,
            failed=self.failed + other.failed,
            unscored=self.unscored + other.unscored,
            nano_usd=self.nano_usd + other.nano_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `ended_ms` is `None` while it runs, or if its process was killed, until the next run of its job starts.

    `error` is '' if it went well.
    """

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

    def add(self, run_id: str, counts: Counts) -> None:
        """Add to what a run has counted so far."""
        row = runs.c
        added = {
            "scored": row.scored + counts.scored,
            "failed": row.failed + counts.failed,
            "unscored": row.unscored + counts.unscored,
            "nano_usd": row.nano_usd + counts.nano_usd,
        }
        with self._state.transaction() as transaction:
            transaction.execute(update(runs).where(row.run_id == run_id).values(**added))

    def end(self, run_id: str, *, error: str = "") -> RunRecord:
        """Record that a run ended, and the error that stopped it; return the whole record."""
        with self._state.transaction() as transaction:
            transaction.execute(update(runs).where(runs.c.run_id == run_id).values(ended_ms=now_ms(), error=error))
            return _record(transaction.execute(select(runs).where(runs.c.run_id == run_id)).one())

    def recent(self, job: str | None = None, *, most: int = 50) -> list[RunRecord]:
        """Return the newest runs first, of one job or of all."""
        asked = select(runs).order_by(runs.c.started_ms.desc(), runs.c.run_id).limit(most)
        if job is not None:
            asked = asked.where(runs.c.job == job)
        with self._state.transaction() as transaction:
            return [_record(row) for row in transaction.execute(asked)]


def begin(transaction: Connection, run_id: str, *, job: str, now_ms: int) -> None:
    """Record that a run starts, for who may start it: a run of the job that has not ended by then was cut off."""
    row = runs.c
    transaction.execute(update(runs).where(row.job == job, row.ended_ms.is_(None)).values(ended_ms=now_ms, error=CUT_OFF))
    transaction.execute(insert(runs).values(run_id=run_id, job=job, started_ms=now_ms))
    kept = select(row.run_id).where(row.job == job).order_by(row.started_ms.desc()).limit(KEEP_RUNS)
    transaction.execute(delete(runs).where(row.job == job, row.run_id.not_in(kept)))


def _record(row: Row[tuple[object, ...]]) -> RunRecord:
    return RunRecord(
        run_id=row.run_id,
        job=row.job,
        started_ms=row.started_ms,
        ended_ms=row.ended_ms,
        counts=Counts(scored=row.scored, failed=row.failed, unscored=row.unscored, nano_usd=row.nano_usd),
        error=row.error,
    )


def now_ms() -> int:
    """Return the time, Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
