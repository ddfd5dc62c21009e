"""What evaluating a stretch of what is stored would come to, without asking anybody."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from spanhouse_evaluators.contract import Context
from spanhouse_evaluators.jobs.asking import AskingJob
from spanhouse_evaluators.reading import Reading
from spanhouse_evaluators.selection import Cursor


@runtime_checkable
class Costs(Protocol):
    """An evaluator that asks a model and knows what a question costs at most.

    It may have `estimates_one_call`, where that holds for one call and not for all that a question takes.
    """

    def estimate_usd(self, context: Context, /) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """How many evaluations an evaluator would make; `at_most_usd` is `None` for one that asks no model.

    With `of_one_call` that is the cost of one call an evaluation, and nobody knows beforehand how many it makes.
    """

    evaluator: str
    evaluations: int
    at_most_usd: float | None
    of_one_call: bool = False


def estimate(
    job: AskingJob, project: str, *, evaluators: Iterable[str], since: datetime, until: datetime | None = None
) -> list[Estimate]:
    """Return the estimate of each of these evaluators that the job has, over what was stored from `since` to `until`.

    What is scored already costs nothing. A bound and no forecast: it takes a token for each byte, answers of full length and
    all the tries that are allowed.
    """
    named = set(evaluators)
    by = [assignment for assignment in job.assignments if assignment.evaluator.name in named]
    end_ms = time.time_ns() // 1_000_000 if until is None else int(until.timestamp() * 1000)
    keys = tuple(assignment.key for assignment in by)
    after = Cursor(stored_ms=int(since.timestamp() * 1000))
    stretch = Reading(state=job.state, project=project, keys=keys, after=after, until_ms=end_ms)
    evaluations, usd = dict.fromkeys(named, 0), dict.fromkeys(named, 0.0)
    for portion in job.portions(stretch, by):
        for one in by:
            evaluations[one.evaluator.name] += portion.count(one)
            if isinstance(one.evaluator, Costs):
                usd[one.evaluator.name] += sum(one.evaluator.estimate_usd(found.context) for found in portion.candidates(one))
    return [
        Estimate(
            evaluator=one.evaluator.name,
            evaluations=evaluations[one.evaluator.name],
            at_most_usd=usd[one.evaluator.name] if isinstance(one.evaluator, Costs) else None,
            of_one_call=getattr(one.evaluator, "estimates_one_call", False),
        )
        for one in by
    ]
