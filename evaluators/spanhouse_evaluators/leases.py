"""Who may start a run: one runner at a time for each job, and each due run once, also with several processes.

The state database decides, in one statement, so nothing here depends on who looked first. Must not know what jobs do.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import State
from spanhouse_evaluators.runs import begin, now_ms
from spanhouse_evaluators.tables import leases, runs

LEASE_S = 30.0
"""After a killed process its jobs rest this long at most; a living one renews three times as often."""


class Leases:
    """Who has which job in hand, and when each was last started. Safe from several threads and processes."""

    def __init__(self, state: State, *, lease_s: float = LEASE_S) -> None:
        self._state = state
        self._lease_ms = int(lease_s * 1000)

    @contextmanager
    def run(self, job: str, *, every_s: float = 0.0) -> Iterator[str | None]:
        """Start a run of the job, on record, and give its id; nobody else may start one until the block ends or the process dies.

        Gives `None`, and starts nothing, while somebody has the job in hand, and while it is not due: `every_s` after its last
        start, or at once if that run was cut off.
        """
        run_id = uuid.uuid4().hex
        if not self._start(job, run_id, every_s=every_s):
            yield None
            return
        done = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(run_id, done), name=f"lease-{job}", daemon=True)
        renewal.start()
        try:
            yield run_id
        finally:
            done.set()
            renewal.join()
            with self._state.transaction() as transaction:
                transaction.execute(update(leases).where(leases.c.holder == run_id).values(holder="", expires_ms=0))

    def due_ms(self, job: str, *, every_s: float) -> int:
        """Return when to look whether the job is to be run, Unix time in milliseconds: it may have passed.

        That is `every_s` after its last start. While it is in hand, it is when the lease ends, and `every_s` from now at the
        latest, since its runner may die or be done.
        """
        self._open(job)
        with self._state.transaction() as transaction:
            row = transaction.execute(select(leases).where(leases.c.job == job)).one()
        every_ms = int(every_s * 1000)
        due_ms: int = row.started_ms + every_ms
        return min(row.expires_ms + 1, now_ms() + every_ms) if row.holder else due_ms

    def _start(self, job: str, run_id: str, *, every_s: float) -> bool:
        self._open(job)
        row, at_ms = leases.c, now_ms()
        is_due = or_(row.started_ms <= at_ms - int(every_s * 1000), row.holder != "")
        claim = update(leases).where(row.job == job, row.expires_ms < at_ms, is_due)
        with self._state.transaction() as transaction:
            taken = {"holder": run_id, "expires_ms": at_ms + self._lease_ms, "started_ms": at_ms}
            if not transaction.execute(claim.values(**taken)).rowcount:
                return False
            begin(transaction, run_id, job=job, now_ms=at_ms)
            return True

    def _open(self, job: str) -> None:
        """Make sure that the job has its row."""
        last_start = select(func.coalesce(func.max(runs.c.started_ms), 0)).where(runs.c.job == job).scalar_subquery()
        try:
            with self._state.transaction() as transaction:
                if transaction.execute(select(leases.c.job).where(leases.c.job == job)).first() is None:
                    transaction.execute(insert(leases).values(job=job, holder="", expires_ms=0, started_ms=last_start))
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):  # else another process opened it just now
                raise

    def _renew(self, run_id: str, done: threading.Event) -> None:
        mine = update(leases).where(leases.c.holder == run_id)
        while not done.wait(self._lease_ms / 3_000):
            # Tried again a third of the lease later, while it is still held.
            with suppress(StoreUnavailable), self._state.transaction() as transaction:
                transaction.execute(mine.values(expires_ms=now_ms() + self._lease_ms))
