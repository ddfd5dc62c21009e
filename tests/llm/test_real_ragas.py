"""Metrics of the real ragas with a real model, from spans to rows: transport, accounting and bounds, never the judgement."""

from collections.abc import Iterator

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.judges.endpoint import EndpointSettings
from spanhouse_evaluators.judges.ragas_metric import RagasMetric
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.selection import Selection
from tests.conftest import CLIENTS
from tests.evaluators.conftest import answered, ran, retrieved, table
from tests.llm.model_server import ModelServer
from tests.llm.recorder import Recorder, recording

pytestmark = [pytest.mark.llm, pytest.mark.store, pytest.mark.client("ragas")]

_PYTHON = str(CLIENTS / "ragas" / "bin" / "python")
# One number for each of its two prompts; and lists of statements, of which this model seldom finds the end.
_METRICS = ("ContextRelevance", "Faithfulness")
_OUTPUT_TOKENS = 48


@pytest.fixture
def recorder(language_model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    with recording(language_model.base_url) as recorder:
        # What the library may want to tell its makers would go this way.
        monkeypatch.setenv("HTTPS_PROXY", recorder.url)
        yield recorder


@pytest.fixture
def metrics(language_model: ModelServer, recorder: Recorder, state: State) -> Iterator[list[RagasMetric]]:
    settings = EndpointSettings(
        url=f"{recorder.url}/v1",
        model=language_model.model,
        timeout_s=60.0,
        tries=1,
        max_output_tokens=_OUTPUT_TOKENS,
        input_usd_per_million=1.0,
        output_usd_per_million=1.0,
    )
    found = [RagasMetric(name, settings, budget=Budget(state, "ragas"), interpreter=_PYTHON) for name in _METRICS]
    yield found
    for metric in found:
        metric.close()


def test_metrics_of_ragas_become_rows_and_their_tokens_are_what_the_server_reported(
    store: Store, state: State, metrics: list[RagasMetric], recorder: Recorder
) -> None:
    call = answered("Arthur's Magazine", "Which magazine was started first?")
    store.insert("spans", [retrieved("Arthur's Magazine began in 1844.", trace_id=call["trace_id"]), call])
    chosen = [Assignment(evaluator=metric, selection=Selection(kinds=("llm",))) for metric in metrics]
    counts = ran(QualityJob(store=store, state=state, assignments=tuple(chosen)), "r1")
    assert counts.scored + counts.failed + counts.unscored == len(_METRICS)

    rows = table(store, "SELECT name, status, value, reason, cost_usd, attributes FROM scores FINAL ORDER BY name")
    assert [row["name"] for row in rows] == [f"ragas.{name}" for name in _METRICS]
    for row in rows:
        if row["status"] == "scored":
            assert 0.0 <= row["value"] <= 1.0
        else:
            assert (row["status"], row["value"]) == ("failed", None)
            assert row["reason"] in {"truncated", "nan", "out_of_range"}

    input_tokens, output_tokens = recorder.tokens()
    assert min(input_tokens, output_tokens) > 0
    taken = [row["attributes"] for row in rows]
    assert sum(int(one["judge.calls"]) for one in taken) == len(recorder.calls)
    assert sum(int(one["gen_ai.usage.input_tokens"]) for one in taken) == input_tokens
    assert sum(int(one["gen_ai.usage.output_tokens"]) for one in taken) == output_tokens
    usd = (input_tokens + output_tokens) / 1_000_000
    assert sum(float(row["cost_usd"]) for row in rows) == pytest.approx(usd)
    spent = Budget(state, "ragas").spent()
    assert (spent.calls, spent.input_tokens, spent.output_tokens) == (len(recorder.calls), input_tokens, output_tokens)
    assert spent.usd == pytest.approx(usd)

    for body, used in recorder.calls:
        assert body["response_format"]["type"] == "json_schema"
        assert used["completion_tokens"] <= body["max_tokens"] == _OUTPUT_TOKENS
    assert recorder.outside == [], "the library spoke to somebody else"
