"""The adapter to ragas, against a library that misbehaves in each of the ways ragas has."""

import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanhouse_collector.storage import State
from spanhouse_evaluators.contract import PASSING, Context, Failure, FailureKind, Outcome, Score, Unscored, direction
from spanhouse_evaluators.judges.endpoint import EndpointSettings
from spanhouse_evaluators.judges.ragas_metric import RagasMetric
from spanhouse_evaluators.judges.spending import Budget, Spent
from spanhouse_evaluators.run import run

CALL = Context(input="q", output="a", documents=("d",), reference="r")

# Stands for ragas 0.4.3, instructor and openai: the names that the worker uses, and metrics that go wrong.
FAKE_RAGAS = """
import os, sys, time

class Result:
    def __init__(self, value):
        self.value = value

class Fine:
    def __init__(self, llm, name="fine"):
        self.create = llm.create
    async def ascore(self, user_input: str, response: str, retrieved_contexts: list) -> Result:
        print("a library that prints")
        for _ in range(2):
            await self.create(messages=[{"role": "user", "content": "x" * 1_000}])
        return Result(self.number)
    number = 0.25

class Swallows(Fine):
    async def ascore(self, response: str) -> Result:
        for _ in range(2):
            try:
                await self.create(messages=[{"role": "user", "content": "x" * 1_000}])
            except Exception:
                return Result(float("nan"))
        return Result(1.0)

class TooLarge(Fine):
    number = 664.0

class NotANumber(Fine):
    number = float("nan")

class Text(Fine):
    number = "high"

class IncompleteOutputException(Exception):
    pass

class CutOff(Fine):
    async def ascore(self, response: str) -> Result:
        raise IncompleteOutputException("the output is incomplete")

class Hangs(Fine):
    async def ascore(self, response: str) -> Result:
        if response == "hang":
            time.sleep(60)
        return Result(1.0)

class Dies(Fine):
    async def ascore(self, response: str) -> Result:
        os._exit(3)

class AsksAndDies(Fine):
    async def ascore(self, response: str) -> Result:
        await self.create(messages=[{"role": "user", "content": "x" * 1_000}])
        os._exit(3)

class Tracks:
    async def ascore(self, reference: str, response: str) -> Result:
        return Result(float(os.environ["RAGAS_DO_NOT_TRACK"] == "true"))

class Embeds:
    def __init__(self, llm, embeddings): ...
    async def ascore(self, response: str) -> Result: ...
"""

MakeMetric = Callable[..., RagasMetric]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "ragas/__init__.py": "",
        "ragas/metrics/__init__.py": "",
        "ragas/metrics/collections.py": FAKE_RAGAS,
        "ragas/llms/__init__.py": "",
        "ragas/llms/base.py": """
            class InstructorLLM:
                def __init__(self, client, model, provider, max_tokens, max_retries):
                    assert max_retries == 0
                    self.create = client.create
            """,
        "openai.py": """
            class Usage:
                prompt_tokens, completion_tokens = 100, 20
            class Response:
                usage = Usage()
            class APIConnectionError(Exception):
                pass
            class APITimeoutError(APIConnectionError):
                pass
            class RateLimitError(Exception):
                status_code = 429
                class response:
                    headers = {"retry-after": "3"}
            class Completions:
                async def create(self, messages):
                    fault = FAULTS.pop(0) if FAULTS else None
                    if fault:
                        raise globals()[fault]("not now")
                    return Response()
            import os
            FAULTS = os.environ.get("FAULTS", "").split()
            class Chat:
                completions = Completions()
            class AsyncOpenAI:
                def __init__(self, **settings):
                    self.chat = Chat()
            """,
        "instructor.py": """
            class Mode:
                JSON_SCHEMA = "json_schema"
            class from_openai:
                def __init__(self, client, mode):
                    assert mode == "json_schema"
                    self.create = client.chat.completions.create
            """,
    }
    for name, text in files.items():
        path = tmp_path / "library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture
def make_metric(library: Path, state: State) -> Iterator[MakeMetric]:
    made = []

    def make(name: str, *, cap: float | None = None, timeout_s: float = 10.0) -> RagasMetric:
        settings = EndpointSettings(
            url="http://127.0.0.1:9/v1",
            model="tiny",
            timeout_s=timeout_s,
            tries=1,
            input_usd_per_million=1.0,
            output_usd_per_million=10.0,
        )
        made.append(RagasMetric(name, settings, budget=Budget(state, "ragas", cap_usd_per_day=cap), interpreter=sys.executable))
        return made[-1]

    yield make
    for metric in made:
        metric.close()
        metric.close()


def outcome(metric: RagasMetric, context: Context = CALL) -> Outcome:
    return run(metric, context)[metric.name]


def test_a_score_comes_with_the_calls_and_tokens_that_ragas_drops(make_metric: MakeMetric, state: State) -> None:
    found = outcome(make_metric("Fine"))
    assert isinstance(found, Score)
    assert found.value == 0.25
    assert found.took is not None
    assert found.took.cost_usd == pytest.approx(0.0006)
    assert found.took.attributes["judge.calls"] == "2"
    assert Budget(state, "ragas").spent() == Spent(usd=0.0006, calls=2, input_tokens=200, output_tokens=40)


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("TooLarge", FailureKind.OUT_OF_RANGE),
        ("NotANumber", FailureKind.NOT_A_NUMBER),
        ("Text", FailureKind.WRONG_TYPE),
        ("CutOff", FailureKind.TRUNCATED),
        ("Dies", FailureKind.CRASH),
        ("Missing", FailureKind.EXCEPTION),
        ("Embeds", FailureKind.EXCEPTION),
    ],
)
def test_what_is_no_score_is_a_failure_of_its_kind(make_metric: MakeMetric, metric: str, kind: FailureKind) -> None:
    found = outcome(make_metric(metric))
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert found.reason


def test_a_metric_that_hangs_is_ended_and_the_next_sample_is_scored(make_metric: MakeMetric) -> None:
    metric = make_metric("Hangs", timeout_s=2.0)
    hung = outcome(metric, Context(output="hang"))
    assert hung == Failure(FailureKind.TIMEOUT, "ragas gave no answer within 2 s", hung.took)
    assert outcome(metric).value == 1.0  # type: ignore[union-attr]  # a Score


def test_a_sample_without_what_the_metric_needs_is_unscored(make_metric: MakeMetric) -> None:
    assert outcome(make_metric("Fine"), Context(input="q", output="a")) == Unscored("no retrieved_contexts")


def test_telemetry_is_off_before_the_library_is_imported(make_metric: MakeMetric) -> None:
    assert outcome(make_metric("Tracks")).value == 1.0  # type: ignore[union-attr]  # a Score


def test_a_library_that_does_not_import_says_which_module_is_missing(make_metric: MakeMetric, library: Path) -> None:
    (library / "ragas/metrics/collections.py").write_text("import langchain_community.chat_models.vertexai")
    found = outcome(make_metric("Fine"))
    assert isinstance(found, Failure)
    assert "No module named 'langchain_community'" in found.reason


@pytest.mark.parametrize("metric", ["Fine", "Swallows"])
def test_the_cap_stops_a_metric_between_two_of_its_calls(make_metric: MakeMetric, state: State, metric: str) -> None:
    # A call costs 0.0003 USD: the first one crosses the cap, so that the second one is not made.
    found = outcome(make_metric(metric, cap=0.0002))
    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == (FailureKind.BUDGET, "the budget of 0.0002 USD a day is spent")
    assert found.took is not None
    assert found.took.cost_usd == 0.0003
    assert Budget(state, "ragas").spent() == Spent(usd=0.0003, calls=1, input_tokens=100, output_tokens=20)


def test_calls_whose_end_is_unknown_stay_booked_at_the_most_they_can_cost(make_metric: MakeMetric, state: State) -> None:
    found = outcome(make_metric("AsksAndDies"))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.CRASH
    spent = Budget(state, "ragas").spent()
    assert spent.calls == 1
    assert spent.usd > 0.0003
    assert found.took is not None
    assert found.took.cost_usd == pytest.approx(spent.usd)
    assert found.took.attributes["judge.calls"] == "1"


def test_a_spent_budget_starts_nothing(make_metric: MakeMetric) -> None:
    metric = make_metric("Fine", cap=0.0)
    assert outcome(metric) == Failure(FailureKind.BUDGET, "the budget of 0.0 USD a day is spent")
    assert not metric._process.is_running


@pytest.mark.parametrize(("metric", "higher_is_better"), [("Faithfulness", True), ("NoiseSensitivity", False)])
def test_a_gate_knows_which_end_of_a_metric_is_the_good_one(make_metric: MakeMetric, metric: str, higher_is_better: bool) -> None:
    assert direction(make_metric(metric)) is higher_is_better


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("RateLimitError", FailureKind.ENDPOINT),
        ("APIConnectionError", FailureKind.ENDPOINT),
        ("APITimeoutError", FailureKind.TIMEOUT),
    ],
)
def test_an_endpoint_that_does_not_answer_is_a_passing_failure_and_is_not_asked_again_for_the_sample(
    make_metric: MakeMetric, state: State, monkeypatch: pytest.MonkeyPatch, fault: str, kind: FailureKind
) -> None:
    """Also of a metric that makes something of it."""
    assert kind in PASSING
    monkeypatch.setenv("FAULTS", fault)
    for calls, metric in enumerate(("Fine", "Swallows"), start=1):
        found = outcome(make_metric(metric))
        assert isinstance(found, Failure)
        assert (found.kind, found.reason) == (kind, f"{fault}: not now")
        assert Budget(state, "ragas").spent().calls == calls


def test_an_endpoint_that_wants_to_be_left_alone_is(make_metric: MakeMetric, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks for three seconds (Retry-After): the samples of that time are not sent."""
    monkeypatch.setenv("FAULTS", "RateLimitError")
    metric = make_metric("Fine")
    first, second = outcome(metric), outcome(metric)
    assert [found.kind for found in (first, second)] == [FailureKind.ENDPOINT] * 2  # type: ignore[union-attr]  # Failures
    assert second.took is None or second.took.attributes.get("judge.calls", "0") == "0"
    time.sleep(3)
    assert isinstance(outcome(metric), Score)
