"""What a dry run says a judge costs at most, beside what the same stretch then really costs at a fake endpoint."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import State, Store
from spanhouse_evaluators import estimate as of_estimates
from spanhouse_evaluators.estimate import MIN_ANSWERS, estimate
from spanhouse_evaluators.jobs.quality import Assignment, QualityJob
from spanhouse_evaluators.judges.endpoint import Endpoint, EndpointSettings
from spanhouse_evaluators.judges.judge import Judge
from spanhouse_evaluators.judges.prompts import GROUNDED
from spanhouse_evaluators.judges.spending import Budget
from spanhouse_evaluators.runs import Counts
from tests.evaluators.conftest import START, answered, ran, retrieved
from tests.evaluators.judge_server import JudgeServer, Told, serving

pytestmark = [pytest.mark.store, pytest.mark.net]

N = 12
MAX_OUTPUT_TOKENS = 64


@pytest.fixture
def server() -> Iterator[JudgeServer]:
    with serving() as found:
        yield found


def priced(url: str) -> EndpointSettings:
    return EndpointSettings(
        url=url,
        model="tiny",
        tries=1,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        input_usd_per_million=1.0,
        output_usd_per_million=10.0,
    )


def sent_bytes(body: dict[str, Any]) -> int:
    """Return the size of what a model may be shown: the messages, and the schema of its answer."""
    return len(json.dumps([body["messages"], body.get("response_format")], ensure_ascii=False).encode())


def dearest(body: dict[str, Any]) -> dict[str, int]:
    """Every byte is a token, and the answer as long as it may be."""
    return {"prompt_tokens": sent_bytes(body), "completion_tokens": MAX_OUTPUT_TOKENS}


def usual(body: dict[str, Any]) -> dict[str, int]:
    """English has some four bytes a token."""
    return {"prompt_tokens": sent_bytes(body) // 4, "completion_tokens": 20}


def telling(usage: Callable[[dict[str, Any]], dict[str, int]]) -> Callable[[dict[str, Any]], Told]:
    return lambda body: Told(usage=usage(body))


def ask_about(store: Store, numbers: Iterable[int], *, start: datetime = START) -> None:
    """Store calls with what was retrieved for them, the longer the higher their number."""
    for number in numbers:
        call = answered(f"In Paris, the {number}th time.", "Where? " * (1 + number), start_time=start)
        found = retrieved({"content": "Paris is a city. " * (1 + number)}, trace_id=call["trace_id"], start_time=start)
        store.insert("spans", [call, found])


@pytest.mark.parametrize(("usage", "shares"), [(dearest, (0.8, 1.0)), (usual, (0.1, 0.5))])
def test_a_dry_run_is_never_too_low_and_near_where_a_model_takes_all_it_may(
    server: JudgeServer, store: Store, state: State, usage: Any, shares: tuple[float, float]
) -> None:
    server.answer = lambda body: Told(usage=usage(body))
    ask_about(store, range(N))
    endpoint = Endpoint(priced(server.url))
    judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))
    (dry,) = estimate(job, "default", evaluators=["judge"], since=START - timedelta(days=1))
    assert server.asked == []
    counts = ran(job, "r1")
    endpoint.close()
    assert (dry.evaluations, counts.scored, len(server.asked)) == (N, N, N)
    assert dry.at_most_usd is not None
    assert dry.expected_usd is None
    assert counts.cost_usd == pytest.approx(judge.budget.spent().usd, abs=1e-9 * N)
    assert shares[0] <= counts.cost_usd / dry.at_most_usd <= shares[1]


@pytest.mark.parametrize("usage", [dearest, usual])
def test_what_is_expected_is_near_what_a_run_then_costs_and_not_above_at_most(
    server: JudgeServer, store: Store, state: State, usage: Any
) -> None:
    server.answer = lambda body: Told(usage=usage(body))
    endpoint = Endpoint(priced(server.url))
    judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))
    ask_about(store, range(MIN_ANSWERS))
    ran(job, "r1")
    # Longer questions than those the averages come from.
    ask_about(store, range(50, 50 + N))
    (dry,) = estimate(job, "default", evaluators=["judge"], since=START - timedelta(days=1))
    counts = ran(job, "r2")
    endpoint.close()
    assert (dry.evaluations, counts.scored) == (N, N)
    assert dry.expected_usd is not None
    assert dry.at_most_usd is not None
    assert counts.cost_usd / 2 <= dry.expected_usd <= 2 * counts.cost_usd
    assert dry.expected_usd <= dry.at_most_usd


def test_what_is_expected_follows_the_newest_scores_and_so_reads_no_more_of_them(
    server: JudgeServer, store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_estimates, "MAX_SCORES", MIN_ANSWERS)
    endpoint = Endpoint(priced(server.url))
    judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))
    # Also where the newer calls are judged first, as those of a backfill are judged after what is new.
    for hours, usage in ((1, usual), (0, dearest)):
        server.answer = telling(usage)
        ask_about(store, range(100 * hours, 100 * hours + MIN_ANSWERS), start=START + timedelta(hours=hours))
        ran(job, f"r{hours}")
    ask_about(store, range(50, 50 + N))
    (dry,) = estimate(job, "default", evaluators=["judge"], since=START - timedelta(days=1))
    server.answer = telling(usual)
    counts = ran(job, "r2")
    endpoint.close()
    assert (dry.evaluations, counts.scored) == (N, N)
    assert dry.expected_usd == pytest.approx(counts.cost_usd, rel=0.05)


@pytest.mark.parametrize(("numbers", "reported"), [(MIN_ANSWERS - 1, True), (MIN_ANSWERS, False)])
def test_nothing_is_expected_from_too_few_answers_or_from_those_without_tokens(
    server: JudgeServer, store: Store, state: State, numbers: int, reported: bool
) -> None:
    server.answer = lambda body: Told(usage=usual(body) if reported else {})
    endpoint = Endpoint(priced(server.url))
    judge = Judge(name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge"))
    job = QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))
    ask_about(store, range(numbers))
    ran(job, "r1")
    ask_about(store, range(N))
    (dry,) = estimate(job, "default", evaluators=["judge"], since=START - timedelta(days=1))
    endpoint.close()
    assert dry.expected_usd is None


def test_what_a_spent_budget_refused_is_refused_once_and_asked_again_under_a_higher_cap(
    server: JudgeServer, store: Store, state: State
) -> None:
    server.answer = telling(usual)
    endpoint = Endpoint(priced(server.url))

    def job(cap_usd_per_day: float) -> QualityJob:
        judge = Judge(
            name="judge", prompt=GROUNDED, endpoint=endpoint, budget=Budget(state, "judge", cap_usd_per_day=cap_usd_per_day)
        )
        return QualityJob(store=store, state=state, assignments=(Assignment(evaluator=judge),))

    ask_about(store, range(3))
    capped = job(1e-6)
    first = ran(capped, "r1")
    assert (first.scored, first.failed) == (1, 2)
    assert ran(capped, "r2") == Counts()
    # A span that comes later is refused, too, and says so: missing is never unexplained.
    ask_about(store, [3])
    assert ran(capped, "r3") == Counts(failed=1)
    (dry,) = estimate(capped, "default", evaluators=["judge"], since=START - timedelta(days=1))
    assert dry.evaluations == 3
    again = ran(job(1.0), "r4")
    endpoint.close()
    assert (again.scored, again.failed) == (3, 0)
