"""What evaluating a stretch of what is stored would come to, without asking anybody."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import Context, Evaluator
from spanhouse_evaluators.jobs.asking import AskingJob
from spanhouse_evaluators.judges.spending import Usage
from spanhouse_evaluators.reading import Reading
from spanhouse_evaluators.selection import SQL, Cursor

MIN_ANSWERS = 10
"""Fewer say little about the average: the length of an answer varies several times over."""

MAX_SCORES = 10_000
"""The newest so many say what a model takes: two million would take a second to read, and move no average."""


@runtime_checkable
class Costs(Protocol):
    """An evaluator that asks a model and knows what a question costs at most.

    It may have `estimates_one_call`, where that holds for one call and not for all that a question takes.
    """

    def estimate_usd(self, context: Context, /) -> float: ...


@runtime_checkable
class Expects(Costs, Protocol):
    """One that also says what to expect, from what its model took before."""

    def expected_usd(self, context: Context, usage: Usage, /) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How many evaluations an evaluator would make; `at_most_usd` is `None` for one that asks no model.

    `expected_usd` is `None` without enough scores of the same version to learn it from, and never above `at_most_usd`.

    With `of_one_call` that is the cost of one call an evaluation, and nobody knows beforehand how many it makes.
    """

    evaluator: str
    evaluations: int
    at_most_usd: float | None
    expected_usd: float | None = None
    of_one_call: bool = False


def estimate(
    job: AskingJob, project: str, *, evaluators: Iterable[str], since: datetime, until: datetime | None = None
) -> list[Estimate]:
    """Return the estimate of each of these evaluators that the job has, over what was stored from `since` to `until`.

    What is scored already costs nothing. The bound takes a token for each byte, answers of full length and all the tries that are
    allowed; what is expected takes the averages of the newest scores, one try a question, and no answer that is kept already.
    """
    named = set(evaluators)
    by = [assignment for assignment in job.assignments if assignment.evaluator.name in named]
    end_ms = time.time_ns() // 1_000_000 if until is None else int(until.timestamp() * 1000)
    keys = tuple(assignment.key for assignment in by)
    after = Cursor(stored_ms=int(since.timestamp() * 1000))
    stretch = Reading(state=job.state, project=project, keys=keys, after=after, until_ms=end_ms)
    sums = {one.evaluator.name: _Sum(usage=_usage(job.store, project, evaluator=one.evaluator)) for one in by}
    for portion in job.portions(stretch, by):
        for one in by:
            found = sums[one.evaluator.name]
            found.evaluations += portion.count(one)
            if isinstance(one.evaluator, Costs):
                found.add(one.evaluator, (candidate.context for candidate in portion.candidates(one)))
    return [sums[one.evaluator.name].estimate(one.evaluator) for one in by]


@dataclass(slots=True, kw_only=True)
class _Sum:
    """What one evaluator comes to so far; `usage` is what its model took before, if that is known."""

    usage: Usage | None
    evaluations: int = 0
    at_most_usd: float = 0.0
    expected_usd: float = 0.0

    def add(self, evaluator: Costs, contexts: Iterable[Context]) -> None:
        for context in contexts:
            self.at_most_usd += evaluator.estimate_usd(context)
            if self.usage is not None and isinstance(evaluator, Expects):
                self.expected_usd += evaluator.expected_usd(context, self.usage)

    def estimate(self, evaluator: Evaluator) -> Estimate:
        # A model may be charged for more than a token a byte by what a template adds; the bound stays the bound.
        expected_usd = None if self.usage is None else min(self.expected_usd, self.at_most_usd)
        return Estimate(
            evaluator=evaluator.name,
            evaluations=self.evaluations,
            at_most_usd=self.at_most_usd if isinstance(evaluator, Costs) else None,
            expected_usd=expected_usd,
            of_one_call=getattr(evaluator, "estimates_one_call", False),
        )


def _usage(store: Store, project: str, *, evaluator: Evaluator) -> Usage | None:
    """Return what the evaluator's model took in its newest scores; `None` where it says nothing, or there are too few."""
    if not isinstance(evaluator, Expects):
        return None
    asked = {"project": project, "evaluator": evaluator.name, "version": evaluator.version, "most": MAX_SCORES}
    row = store.query(load(SQL, "judge_usage"), asked)[0]
    asked_bytes, answers = int(row["asked_bytes"]), int(row["answers"])
    if answers < MIN_ANSWERS:
        return None
    input_tokens, output_tokens = int(row["input_tokens"]), int(row["output_tokens"])
    return Usage(tokens_per_byte=input_tokens / asked_bytes, tokens_per_answer=output_tokens / answers)
