"""What a stretch would cost, without asking anybody."""

from datetime import timedelta

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.contract import Answers, Context, Need
from spanhouse_evaluators.estimate import Estimate, estimate
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.selection import Selection
from tests.evaluators.conftest import START, answered, ran

pytestmark = pytest.mark.store


class Dear:
    name, version, bounds = "dear", "1", None
    needs: Need = "span"

    def evaluate(self, context: Context, /) -> Answers:
        return len(context.output)

    def estimate_usd(self, context: Context, /) -> float:
        return 0.25 * len(context.output)


def test_only_what_is_due_and_not_scored_yet_is_counted(store: Store, state: State) -> None:
    chosen = Assignment(evaluator=Dear(), selection=Selection(models=("small",)))
    job = QualityJob(store=store, state=state, assignments=(chosen, Assignment(evaluator=refusal)))
    store.insert("spans", [answered("a"), answered("b", request_model="large")])
    ran(job, "r1")
    store.insert("spans", [answered("c"), answered("d", request_model="large")])
    found = estimate(job, "default", evaluators=["dear", "refusal"], since=START - timedelta(days=1))
    assert found == [
        Estimate(evaluator="dear", evaluations=1, at_most_usd=0.25),
        Estimate(evaluator="refusal", evaluations=2, at_most_usd=None),
    ]
    assert estimate(job, "default", evaluators=["dear"], since=START + timedelta(days=1))[0].evaluations == 0
