"""The quality job: asks evaluators about spans that were stored, each span once for each evaluator and version.

Must not know any evaluator in particular, nor when it runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import PASSING, PASSING_WITH_MONEY, FailureKind
from spanhouse_evaluators.frames import FrameEvaluator, said, with_columns
from spanhouse_evaluators.jobs.asking import Assignment, Due, ask, asked_one_by_one, broke, gathered
from spanhouse_evaluators.jobs.score_frame import frame_scores, score_frame
from spanhouse_evaluators.reading import Reader, Reading
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import SQL, Candidate, Cursor, Selection, chosen
from spanhouse_evaluators.stretches import Portion, candidates_of, read_ahead, read_stretches

__all__ = ["Assignment", "QualityJob"]

_KEY = ("trace_id", "span_id", "input_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityJob:
    """Scores what was stored since the last run, in the order in which it was stored, and then goes on with backfills.

    A span waits `settle_s`, so that the rest of its trace, such as what was retrieved, can arrive. Spans read up to
    `grace_s` before the watermark are looked at again, for those whose insert took long; scores already there are not
    made again. A run stops going through backfills after `interval_s`, for what is new by then. All in seconds.
    """

    store: Store
    state: State
    assignments: tuple[Assignment, ...]
    interval_s: float = 60.0
    batch_spans: int = 20_000
    settle_s: float = 10.0
    grace_s: float = 60.0
    name: str = "quality"

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per outcome of an evaluator."""
        return ask(self, run_id=run_id)

    def reader(self) -> Reader:
        """Return who reads: all evaluators together."""
        keys = tuple(assignment.key for assignment in self.assignments)
        return Reader(store=self.store, state=self.state, keys=keys, wait_s=self.settle_s, grace_s=self.grace_s)

    def portions(self, reading: Reading, by: Sequence[Assignment], /) -> Iterator[Due]:
        """Yield the spans that were stored there, with what is not scored yet."""
        portion = Portion(
            project=reading.project,
            kinds=kinds_of(by),
            until_ms=reading.until_ms + 1,
            most=self.batch_spans,
            with_attributes=not all(isinstance(one.evaluator, FrameEvaluator) for one in by),
        )
        names = sorted({one.evaluator.name for one in by})
        for stretch in read_ahead(read_stretches(self.store, portion, after=reading.after)):
            scored = partial(_scored, self.store, project=reading.project, spans=stretch.frame)
            done = scored(evaluators=names, passing=PASSING)
            without_money = broke(by)
            refused = scored(evaluators=without_money, passing=PASSING_WITH_MONEY) if without_money else None
            yield SpansDue(upto=stretch.upto, spans=stretch.frame, done=done, refused=refused)


def _scored(
    store: Store, *, project: str, spans: pl.DataFrame, evaluators: Iterable[str], passing: Iterable[FailureKind]
) -> pl.DataFrame:
    """Return what these evaluators have scored of the spans, in any version; failures of the `passing` kinds do not count."""
    if spans.is_empty():
        return spans
    starts = spans["start_time_ns"]
    span_of_time = {"from_ns": starts.min(), "to_ns": starts.max()}
    asked = {"project": project, "evaluators": list(evaluators), "passing": sorted(passing), **span_of_time}
    return store.frame(load(SQL, "scored_keys"), asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansDue:
    """A stretch of spans, and what of it is scored: keys of spans with evaluator and version.

    `refused` are those of evaluators whose money for the day is spent, with what they were refused for that reason.
    """

    upto: Cursor
    spans: pl.DataFrame
    done: pl.DataFrame
    refused: pl.DataFrame | None = None
    _masks: dict[Selection, pl.Series] = field(default_factory=dict[Selection, pl.Series])

    def candidates(self, assignment: Assignment, /) -> list[Candidate]:
        """Return the spans about which it is to be asked."""
        return candidates_of(self.spans.filter(self._mask(assignment)))

    def count(self, assignment: Assignment, /) -> int:
        """Return how many those are."""
        return int(self._mask(assignment).sum())

    def scores(self, by: Sequence[Assignment], run_id: str, /) -> Iterator[pl.DataFrame]:
        """Yield the rows of `scores`: of the evaluators over frames, and then those of the others."""
        if self.spans.is_empty():
            return
        framed = [one for one in by if isinstance(one.evaluator, FrameEvaluator)]
        rows = list(self._of_frames(framed))
        if rows:
            yield frame_scores(rows, run_id)
        others = [one for one in by if not isinstance(one.evaluator, FrameEvaluator)]
        for found in gathered(judged for one in others for judged in asked_one_by_one(one, self._asked_now(one))):
            yield score_frame(found, run_id)

    def _asked_now(self, assignment: Assignment) -> list[Candidate]:
        """Return the spans about which it is asked in this run: not again about those for which it had no money left today."""
        mask = self._mask(assignment)
        return candidates_of(self.spans.filter(mask if self.refused is None else self._without(mask, self.refused, assignment)))

    def _of_frames(self, by: Sequence[Assignment]) -> Iterator[tuple[FrameEvaluator, pl.DataFrame, pl.DataFrame]]:
        """Yield an evaluator, the spans it was asked about, and what it said."""
        masks = {one.key: self._mask(one) for one in by}
        wanted = [one for one in by if masks[one.key].any()]
        # What evaluators share is made once, for all spans that one of them is asked about.
        asked = pl.lit(False)
        for one in wanted:
            asked |= pl.lit(masks[one.key])
        any_due = self.spans.select(asked.alias("due")).to_series()
        spans = self.spans.filter(any_due)
        uses = [column for one in wanted if isinstance(one.evaluator, FrameEvaluator) for column in one.evaluator.uses]
        spans = with_columns(spans, uses)
        for one in wanted:
            if isinstance(one.evaluator, FrameEvaluator):
                mask = masks[one.key].filter(any_due)
                mine = spans if mask.all() else spans.filter(mask)
                yield one.evaluator, mine, said(one.evaluator, mine)

    def _mask(self, assignment: Assignment) -> pl.Series:
        """Return which spans are chosen for the evaluator and not scored by it yet."""
        selection = assignment.selection
        if selection not in self._masks:
            self._masks[selection] = self.spans.select(chosen(selection).alias("chosen")).to_series()
        mask = self._masks[selection]
        return self._without(mask, self.done, assignment)

    def _without(self, mask: pl.Series, keys: pl.DataFrame, assignment: Assignment) -> pl.Series:
        """Return the mask without the spans that the evaluator has among the keys."""
        if keys.is_empty():
            return mask
        name, version = assignment.key
        mine = keys.filter(evaluator=name, evaluator_version=version)
        if mine.is_empty():
            return mask
        places = self.spans.select(*_KEY).with_row_index("row").join(mine, on=_KEY, how="semi")["row"]
        left = mask.to_numpy().copy()
        left[places.to_numpy()] = False
        return pl.Series(left)


def kinds_of(assignments: Sequence[Assignment]) -> frozenset[str]:
    """Return the kinds that any of the evaluators takes; empty for all."""
    wanted = [assignment.selection.kinds for assignment in assignments]
    return frozenset() if () in wanted else frozenset(kind for kinds in wanted for kind in kinds)
