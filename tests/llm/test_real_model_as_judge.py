"""A judge against a real model: transport, accounting and bounds. What the model thinks is not asserted."""

import pytest

from spanhouse_collector.storage import State
from spanhouse_evaluators.contract import Context, Score
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointSettings
from spanhouse_evaluators.judges.judge import Judge
from spanhouse_evaluators.judges.prompts import GROUNDED, Rating, rubric
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.run import run
from tests.llm.model_server import ModelServer

pytestmark = pytest.mark.llm

CALL = Context(
    input="Which magazine was started first?",
    output="Arthur's Magazine",
    documents=("Arthur's Magazine (1844-1846) was an American literary periodical. First for Women is from 1989.",),
)


@pytest.mark.parametrize("prompt", [GROUNDED, rubric("The answer is correct.")], ids=["grounded", "rubric"])
def test_a_real_model_gives_a_verdict_within_bounds_and_its_tokens_are_counted(
    language_model: ModelServer, state: State, prompt: Rating
) -> None:
    settings = EndpointSettings(
        url=language_model.base_url, model=language_model.model, input_usd_per_million=1.0, output_usd_per_million=1.0
    )
    endpoint = Endpoint(settings)
    judge = Judge(name="judge", prompt=prompt, endpoint=endpoint, budget=Budget(state, "judge"))
    try:
        found = run(judge, CALL, timeout_s=120)["judge"]
    finally:
        endpoint.close()
    assert isinstance(found, Score), found
    assert found.value in prompt.values.values()
    spent = judge.budget.spent()
    assert spent.calls == 1
    assert spent.input_tokens > 50
    assert 0 < spent.output_tokens <= settings.max_output_tokens
    assert found.took is not None
    assert found.took.cost_usd == pytest.approx((spent.input_tokens + spent.output_tokens) / 1_000_000)
