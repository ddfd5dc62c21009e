"""What a job has still to read: what is new since its evaluators last looked, and the backfills that were asked for.

What is new comes first, so that it does not wait for a backfill of years. Must not know what is done with what is read.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Row, delete, insert, select, update

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.selection import Cursor, newest_stored_ms
from spanhouse_evaluators.tables import backfills
from spanhouse_evaluators.watermark import Key, raise_watermarks, read_watermarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A stretch of `stored_at`, both ends included, that an evaluator goes through again; `done` is the last one it has read."""

    backfill_id: str
    project: str
    key: Key
    asked_ms: int
    from_ms: int
    done: Cursor
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Something to read for some evaluators: what was stored after a cursor, up to `until_ms`, included.

    `mark` after each portion what was read, `finish` at the end: another process goes on from there.
    """

    state: State
    project: str
    keys: tuple[Key, ...]
    after: Cursor
    until_ms: int
    backfills: tuple[str, ...] = ()

    def mark(self, upto: Cursor) -> None:
        """Record that all up to here is done."""
        if not self.backfills:
            raise_watermarks(self.state, self.project, evaluators=self.keys, stored_ms=upto.stored_ms)
            return
        done = {"done_ms": upto.stored_ms, "done_trace": upto.trace_id, "done_span": upto.span_id}
        with self.state.transaction() as transaction:
            transaction.execute(update(backfills).where(backfills.c.backfill_id.in_(self.backfills)).values(**done))

    def finish(self) -> None:
        """Record that there was no more."""
        if self.backfills:
            with self.state.transaction() as transaction:
                transaction.execute(delete(backfills).where(backfills.c.backfill_id.in_(self.backfills)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: evaluators by name and version that go through the store together.

    They leave alone what was stored in the last `wait_s`, and look again at the `grace_s` before their watermark. In seconds.
    """

    store: Store
    state: State
    keys: tuple[Key, ...]
    wait_s: float
    grace_s: float

    def readings(self, project: str) -> Iterator[Reading]:
        """Yield what there is to read: what is new, and then the backfills; those that are equally far are read together.

        For an evaluator that is met for the first time all that is stored already is a backfill.
        """
        until_ms = _now_ms() - int(self.wait_s * 1000)
        known = read_watermarks(self.state, project)
        self._meet([key for key in self.keys if key not in known], project, until_ms=until_ms)
        old = [known[key] for key in self.keys if key in known]
        if old:
            after = Cursor(stored_ms=max(0, min(old) - int(self.grace_s * 1000)))
            yield Reading(state=self.state, project=project, keys=self.keys, after=after, until_ms=until_ms)
        asked = sorted((b for b in open_backfills(self.state, project) if b.key in self.keys), key=_place)
        for (done, end_ms), group in groupby(asked, key=_place):
            together = list(group)
            yield Reading(
                state=self.state,
                project=project,
                keys=tuple(dict.fromkeys(backfill.key for backfill in together)),
                after=done,
                until_ms=end_ms,
                backfills=tuple(backfill.backfill_id for backfill in together),
            )

    def _meet(self, fresh: Sequence[Key], project: str, *, until_ms: int) -> None:
        if fresh:
            # First the backfill: one that is asked for twice costs reading, one that is lost would cost scores.
            ask_backfill(self.state, project, keys=fresh, from_ms=0, until_ms=until_ms)
            newest_ms = min(until_ms, newest_stored_ms(self.store, project))
            raise_watermarks(self.state, project, evaluators=fresh, stored_ms=newest_ms)


def ask_backfill(state: State, project: str, *, keys: Iterable[Key], from_ms: int, until_ms: int) -> None:
    """Ask that these evaluators go through what was stored from `from_ms` to `until_ms`; their job's next run begins.

    What an open backfill has still to read of that is not asked for twice: each reading asks again what failed.
    """
    asked, before = {"project": project, "asked_ms": _now_ms()}, open_backfills(state, project)
    with state.transaction() as transaction:
        for key in keys:
            unread = [(backfill.done.stored_ms, backfill.until_ms) for backfill in before if backfill.key == key]
            for first_ms, last_ms in _without(unread, (from_ms, until_ms)):
                stretch = {"from_ms": first_ms, "done_ms": first_ms, "until_ms": last_ms}
                row = {"backfill_id": uuid.uuid4().hex, "evaluator": key[0], "version": key[1], **stretch, **asked}
                transaction.execute(insert(backfills).values(**row))


def _without(taken: Iterable[tuple[int, int]], stretch: tuple[int, int]) -> list[tuple[int, int]]:
    """Return what is left of a stretch of milliseconds without those; the ends, which may be read in part, stay."""
    left = [stretch]
    for first, last in taken:
        apart = [((start, min(first, end)), (max(last, start), end)) for start, end in left if start < last and first < end]
        left = [part for part in left if not (part[0] < last and first < part[1])]
        left += [part for parts in apart for part in parts if part[0] < part[1]]
    return left


def open_backfills(state: State, project: str) -> list[Backfill]:
    """Return a project's backfills that are not done, those that were asked for first in front."""
    asked = select(backfills).where(backfills.c.project == project).order_by(backfills.c.asked_ms, backfills.c.backfill_id)
    with state.transaction() as transaction:
        return [_backfill(row) for row in transaction.execute(asked)]


def _backfill(row: Row[tuple[object, ...]]) -> Backfill:
    return Backfill(
        backfill_id=row.backfill_id,
        project=row.project,
        key=(row.evaluator, row.version),
        asked_ms=row.asked_ms,
        from_ms=row.from_ms,
        done=Cursor(stored_ms=row.done_ms, trace_id=row.done_trace, span_id=row.done_span),
        until_ms=row.until_ms,
    )


def _place(backfill: Backfill) -> tuple[Cursor, int]:
    return backfill.done, backfill.until_ms


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
