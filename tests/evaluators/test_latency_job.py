"""The latency job on the real engine."""

from datetime import timedelta

import numpy as np
import pytest

from spanhouse_collector.errors import StoreUnavailable
from spanhouse_collector.storage import Query, State, Store
from spanhouse_evaluators.jobs.latency import LatencyJob
from spanhouse_evaluators.runs import Counts
from tests.evaluators.conftest import START, a_span, ran, table
from tests.stores import break_disk

pytestmark = pytest.mark.store


def measured(store: Store, name: str) -> list[dict[str, object]]:
    return table(
        store,
        "SELECT toString(window_start) AS start, segment, status, unit, value, details['n'] AS n FROM measurements FINAL "  # noqa: S608 - a test's own text
        f"WHERE evaluator = 'latency' AND name = '{name}' ORDER BY window_start, mapValues(segment)",
    )


def test_percentiles_are_those_of_the_calls_of_each_window_model_and_release(store: Store, state: State) -> None:
    random = np.random.default_rng(1)
    durations = random.lognormal(7, 1, 500).astype(int).tolist()
    calls = [a_span(duration_ns=ms * 1_000_000) for ms in durations]
    other = a_span(duration_ns=3_000_000, request_model="large", start_time=START + timedelta(minutes=5))
    store.insert("spans", [*calls, other, a_span(kind="tool")])
    assert ran(LatencyJob(store=store, state=state), "r1") == Counts(scored=2)
    for rank, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        first, second = measured(store, f"duration_{rank}")
        assert first == {
            "start": "2026-11-23 12:00:00.000",
            "segment": {"model": "small", "release": "1.0"},
            "status": "scored",
            "unit": "ms",
            "value": pytest.approx(float(np.quantile(durations, share)), rel=0.05),
            "n": 500,
        }
        assert (second["value"], second["start"]) == (3, "2026-11-23 12:05:00.000")


def test_streamed_calls_have_a_time_to_first_token_and_the_others_none(store: Store, state: State) -> None:
    streamed = a_span(time_to_first_chunk_ns=200_000_000, output_tokens=11)
    plain = a_span(request_model="large")
    store.insert("spans", [streamed, plain])
    ran(LatencyJob(store=store, state=state), "r1")
    large, small = measured(store, "time_to_first_token_p95")
    assert (small["value"], small["n"], small["status"]) == (200, 1, "scored")
    assert (large["value"], large["n"], large["status"]) == (None, 0, "unscored")
    _, small = measured(store, "time_per_output_token_p50")
    assert small["value"] == pytest.approx(80)


def test_a_late_call_corrects_its_window_and_leaves_the_others(store: Store, state: State) -> None:
    job = LatencyJob(store=store, state=state)
    store.insert("spans", [a_span(), a_span(start_time=START + timedelta(hours=1), stored_at=START - timedelta(minutes=5))])
    ran(job, "r1")
    late = a_span(duration_ns=9_000_000_000, stored_at=START + timedelta(hours=2))
    store.insert("spans", [late])
    assert ran(job, "r2") == Counts(scored=1)
    assert [(row["value"], row["n"]) for row in measured(store, "duration_p99")] == [(9_000, 2), (1_000, 1)]


def test_a_call_sent_twice_counts_once(store: Store, state: State) -> None:
    call = a_span()
    for seconds in (0, 1):
        store.insert("spans", [{**call, "stored_at": START + timedelta(seconds=seconds)}])
    ran(LatencyJob(store=store, state=state), "r1")
    assert measured(store, "duration_p50")[0]["n"] == 1


def test_tokens_per_second_are_told_by_model_provider_and_prompt(store: Store, state: State) -> None:
    columns = {"provider": "openai", "prompt_name": "greeting", "prompt_version": "3"}
    # The slowest tenth of calls is at the low end here: percentiles of a speed read from the other side.
    store.insert("spans", [a_span(output_tokens=n * 10, **columns) for n in (1, 2, 3)])
    ran(LatencyJob(store=store, state=state), "r1")
    rows = measured(store, "output_tokens_per_second_p50")
    assert {(row["value"], row["unit"], row["n"]) for row in rows} == {(20, "tokens/s", 3)}
    assert sorted(str(row["segment"]) for row in rows) == [
        "{'model': 'small', 'release': '1.0'}",
        "{'prompt': 'greeting', 'version': '3'}",
        "{'provider': 'openai'}",
    ]


def test_windows_are_marked_as_measured_only_once_the_disk_has_the_measurements(
    store: Store, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.insert("spans", [a_span()])
    job = LatencyJob(store=store, state=state)

    with monkeypatch.context() as broken:
        break_disk(broken)
        with pytest.raises(StoreUnavailable):
            ran(job, "r1")
    store.execute(Query(name="a_power_cut", text="TRUNCATE TABLE measurements"))
    assert ran(job, "r2") == Counts(scored=1)
    assert [row["n"] for row in measured(store, "duration_p50")] == [1]
