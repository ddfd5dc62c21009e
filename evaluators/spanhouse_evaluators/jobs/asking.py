"""Evaluators and what they are asked about: who is due, what each says, and the rows of `scores` that this makes.

Must not know how candidates are found.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import polars as pl

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import Evaluator
from spanhouse_evaluators.frames import FrameEvaluator
from spanhouse_evaluators.jobs.score_frame import Judged
from spanhouse_evaluators.reading import Reader, Reading
from spanhouse_evaluators.run import is_asynchronous, run, run_as_they_come
from spanhouse_evaluators.runs import NANO, Counts
from spanhouse_evaluators.selection import Candidate, Cursor, Selection, projects

# Merging equal rows while they are inserted takes a quarter of the time, and there are none: what is scored is not scored again.
_INSERT = {"optimize_on_insert": 0}


STORED_EVERY_S = 5.0
"""How long outcomes wait to be stored with others, where evaluators are asked one by one: a stop waits for no more than this and
the answer in hand, which of a model or of somebody's own code can take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An evaluator and the spans it is asked about."""

    evaluator: Evaluator
    selection: Selection = field(default_factory=Selection)
    concurrency: int = 8
    timeout_s: float = 60.0

    @property
    def key(self) -> tuple[str, str]:
        """Name and version: a new version scores everything anew."""
        return self.evaluator.name, self.evaluator.version


@runtime_checkable
class Paid(Protocol):
    """An evaluator that spends; `cap_usd_per_day` is the most that it may in a day (UTC), `None` for as much as it takes."""

    @property
    def cap_usd_per_day(self) -> float | None: ...

    def is_spent(self) -> bool:
        """Return whether today's cap is reached, so that it would refuse whatever it is asked."""
        ...


def cap_of(assignment: Assignment) -> float | None:
    """Return what the evaluator may spend in a day (UTC), in USD; `None` without a cap, and for one that spends nothing."""
    return assignment.evaluator.cap_usd_per_day if isinstance(assignment.evaluator, Paid) else None


def broke(by: Iterable[Assignment]) -> list[str]:
    """Return the names of those that would refuse now whatever they are asked.

    What they refused for that reason is not asked again in this run: each run would refuse it once more, for as long as nothing
    new comes.
    """
    return [one.evaluator.name for one in by if isinstance(one.evaluator, Paid) and one.evaluator.is_spent()]


class Due(Protocol):
    """A portion of what is stored, in the order of storing up to a cursor, and who is to be asked about what of it."""

    @property
    def upto(self) -> Cursor: ...

    def candidates(self, assignment: Assignment, /) -> Sequence[Candidate]:
        """Return what the evaluator is to be asked about."""
        ...

    def count(self, assignment: Assignment, /) -> int:
        """Return how many those are."""
        ...

    def scores(self, by: Sequence[Assignment], run_id: str, /) -> Iterator[pl.DataFrame]:
        """Ask these evaluators, and yield the rows of `scores` as they come; those of one evaluator and candidate together."""
        ...


class AskingJob(Protocol):
    """A job (`jobs.job.Job`) that asks evaluators about what is stored: spans, traces or sessions."""

    @property
    def name(self) -> str: ...
    @property
    def store(self) -> Store: ...
    @property
    def state(self) -> State: ...
    @property
    def assignments(self) -> tuple[Assignment, ...]: ...
    @property
    def interval_s(self) -> float: ...

    def run(self, run_id: str) -> Iterator[Counts]: ...

    def reader(self) -> Reader:
        """Return who reads."""
        ...

    def portions(self, reading: Reading, by: Sequence[Assignment], /) -> Iterator[Due]:
        """Yield what is stored there, portion by portion, for these evaluators."""
        ...


def ask(job: AskingJob, *, run_id: str) -> Iterator[Counts]:
    """Ask about all that is new, and go through backfills until the interval has passed; yield what came of it, bit by bit.

    Whoever stops in between finds the rest at the next run: what was stored is not asked again.
    """
    rest_at_s = time.monotonic() + job.interval_s
    for project in projects(job.store) if job.assignments else ():
        for reading in job.reader().readings(project):
            yield from _read(job, reading, run_id=run_id, rest_at_s=rest_at_s)


def _read(job: AskingJob, reading: Reading, *, run_id: str, rest_at_s: float) -> Iterator[Counts]:
    by = [assignment for assignment in job.assignments if assignment.key in reading.keys]
    # While the scores of one portion are stored, the next one is judged, unless that takes so long that nothing is gained and
    # the first one would be marked as read late. Marked is what is stored.
    behind = int(all(isinstance(one.evaluator, FrameEvaluator) for one in by))
    storing_now, is_through = deque[_Storing](), True
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="storing") as storing:
        for due in job.portions(reading, by):
            inserts = deque[Future[Counts]]()
            for rows in due.scores(by, run_id):
                inserts.append(storing.submit(_store, job.store, rows))
                if not behind:
                    yield inserts.popleft().result()
            storing_now.append(_Storing(upto=due.upto, inserts=inserts))
            if len(storing_now) > behind:
                yield storing_now.popleft().stored(reading, job.store)
            if reading.backfills and time.monotonic() >= rest_at_s:
                is_through = False
                break
        for left in storing_now:
            yield left.stored(reading, job.store)
    if is_through:
        reading.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storing:
    """A portion whose scores are being stored."""

    upto: Cursor
    inserts: Sequence[Future[Counts]]

    def stored(self, reading: Reading, store: Store) -> Counts:
        """Wait for the scores, mark the portion as read, and return what it came to."""
        counts = sum((insert.result() for insert in self.inserts), Counts())
        # The mark is on disk at once. Without this, a power cut could leave it there without the scores.
        store.sync()
        reading.mark(self.upto)
        return counts


def _store(store: Store, rows: pl.DataFrame) -> Counts:
    if rows.is_empty():
        return Counts()
    # A score is either there whole, or its span is met again: a frame holds all that an evaluator said about a span.
    store.insert_frame("scores", rows, settings=_INSERT)
    return counted(rows)


def asked_one_by_one(assignment: Assignment, candidates: Sequence[Candidate]) -> Iterator[Judged | None]:
    """Yield what the evaluator says about each candidate as it comes; `None` while many hang, so that the job may stop."""
    evaluator, contexts = assignment.evaluator, [candidate.context for candidate in candidates]
    if not is_asynchronous(evaluator):
        yield from ((evaluator, candidate, run(evaluator, candidate.context)) for candidate in candidates)
        return
    at_once, timeout_s = assignment.concurrency, assignment.timeout_s
    for found in run_as_they_come(evaluator, contexts, concurrency=at_once, timeout_s=timeout_s, every_s=STORED_EVERY_S):
        yield None if found is None else (evaluator, candidates[found[0]], found[1])


def gathered(judged: Iterable[Judged | None]) -> Iterator[list[Judged]]:
    """Yield what is judged as it comes, that of some seconds together; nothing where nothing came for as long."""
    taken, since_s = list[Judged](), time.monotonic()
    for one in judged:
        taken += [] if one is None else [one]
        if one is None or time.monotonic() >= since_s + STORED_EVERY_S:
            yield taken
            taken, since_s = list[Judged](), time.monotonic()
    if taken:
        yield taken


def counted(rows: pl.DataFrame) -> Counts:
    """Return how many outcomes had a value, went wrong, or did not apply, and what they cost."""
    found = dict(rows["status"].cast(pl.String).value_counts().iter_rows())
    # Scores of evaluators over frames have no such column: they ask nobody.
    costs = rows["cost_usd"].drop_nulls().to_list() if "cost_usd" in rows.columns else []
    return Counts(
        scored=found.get("scored", 0),
        failed=found.get("failed", 0),
        unscored=found.get("unscored", 0),
        nano_usd=sum(round(float(cost) * NANO) for cost in costs),
    )
