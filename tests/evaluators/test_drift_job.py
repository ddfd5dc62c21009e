"""The drift job on the real engine, against references that stay."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spanhouse_collector.storage import Query, State, Store
from spanhouse_evaluators.drift.bins import FrozenBins, count, freeze, ks_of_counts
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.frozen import Segment, forget_references, references
from spanhouse_evaluators.drift.tails import anderson_darling
from spanhouse_evaluators.jobs import drift_counting
from spanhouse_evaluators.jobs.drift import DriftJob
from spanhouse_evaluators.runs import Counts
from tests.evaluators.conftest import START, a_span, ran, table

pytestmark = pytest.mark.store

N = 400


def calls(hour: int, factor: float = 1.0, n: int = N, **columns: Any) -> list[dict[str, Any]]:
    """Return calls spread over an hour after START, with log-normal latencies times a factor."""
    random = np.random.default_rng(hour)
    stored = START + timedelta(hours=hour + 1)
    return [
        a_span(
            start_time=START + timedelta(hours=hour, seconds=1 + 3_500 * i / n),
            duration_ns=int(duration * factor * 1e9),
            stored_at=stored,
            **columns,
        )
        for i, duration in enumerate(random.lognormal(0, 1, n))
    ]


def found(store: Store, where: str = "empty(segment)") -> list[dict[str, Any]]:
    return table(
        store,
        "SELECT name, dateDiff('hour', toDateTime('2026-11-23 12:00:00', 'UTC'), window_start) AS hour, status, value, "  # noqa: S608 - a test's own text
        f"alarm, reason, segment, details FROM measurements FINAL WHERE evaluator = 'drift' AND {where} "
        "ORDER BY name, hour, mapValues(segment)",
    )


def test_a_slower_release_is_found_and_the_same_one_is_not(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0), *calls(1), *calls(2, 1.5, release="2.0")])
    job = DriftJob(store=store, state=state, max_reference=N)
    ran(job, "r1")
    assert [(row["name"], row["hour"], row["alarm"]) for row in found(store)] == [
        ("duration", 1, False),
        ("duration", 2, True),
    ]
    assert [row["alarm"] for row in found(store, "segment['model'] = 'small'")] == [False, True]


def test_a_measurement_carries_the_figures_behind_it(store: Store, state: State) -> None:
    reference, current = calls(0), calls(1, 1.5)
    store.insert("spans", [*reference, *current])
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    (row,) = found(store)
    left, right = ([float(call["duration_ns"]) for call in side] for side in (reference, current))
    exact = stats.ks_2samp(left, right, method="asymp")
    assert row["details"]["n_reference"] == row["details"]["n_current"] == N
    assert row["value"] == row["details"]["ks"] == row["details"]["effect"] == pytest.approx(exact.statistic, abs=1 / 200)
    assert row["details"]["ks_p_value"] == pytest.approx(exact.pvalue, rel=0.9)
    assert row["details"]["psi"] > 0.05
    assert row["details"]["psi_p_value"] < 0.001
    assert row["details"]["p_value"] <= row["details"]["p_adjusted"] < 0.01
    assert row["reason"].startswith("against release '1.0'")


def test_the_reference_stays_frozen_whatever_arrives_later(store: Store, state: State) -> None:
    store.insert("spans", calls(1))
    job = DriftJob(store=store, state=state)
    ran(job, "r1")
    before = references(state, "default")
    store.insert("spans", [{**call, "stored_at": START + timedelta(hours=9)} for call in calls(0, 20.0)])
    ran(job, "r2")
    assert references(state, "default") == before
    forget_references(state, "default")
    assert references(state, "default") == {}


def test_a_named_release_is_the_reference(store: Store, state: State) -> None:
    store.insert("spans", [*calls(0, 3.0, release="0.9"), *calls(1), *calls(2)])
    ran(DriftJob(store=store, state=state, release="1.0", max_reference=N), "r1")
    assert [(row["hour"], row["alarm"], row["reason"]) for row in found(store)] == [(2, False, "against release '1.0'")]


def test_too_few_calls_are_unscored_and_say_so(store: Store, state: State) -> None:
    job = DriftJob(store=store, state=state)
    store.insert("spans", calls(0, n=199))
    assert ran(job, "r1") == Counts()
    store.insert("spans", [*calls(1, n=10), *calls(2, release="2.0", n=30)])
    # All calls, their model and the second release.
    assert ran(job, "r2") == Counts(unscored=3)
    row = found(store)[0]
    assert (row["status"], row["value"], row["reason"]) == ("unscored", None, "fewer than 50 calls in the window")
    assert row["details"] == {"n_current": 30}


def test_late_calls_correct_their_window(store: Store, state: State) -> None:
    job = DriftJob(store=store, state=state)
    store.insert("spans", [*calls(0), *calls(1, n=100)])
    ran(job, "r1")
    assert [row["details"]["n_current"] for row in found(store)] == []
    store.insert("spans", calls(2, n=100))
    ran(job, "r2")
    store.insert("spans", [{**call, "stored_at": START + timedelta(hours=5)} for call in calls(2, n=60)])
    ran(job, "r3")
    assert [(row["hour"], row["details"]["n_current"]) for row in found(store)] == [(2, 160)]


@pytest.mark.parametrize(
    ("feature", "column", "value"),
    [
        ("time_to_first_token", "time_to_first_chunk_ns", lambda x: int(x * 1e8)),
        ("output_tokens", "output_tokens", lambda x: int(x * 100)),
        ("input_tokens", "input_tokens", lambda x: int(x * 100)),
        ("cost", "cost_usd", lambda x: f"{x / 100:.6f}"),
        ("input_length", "content", lambda x: {"gen_ai.input.messages": "?" * int(x * 100)}),
        ("output_length", "content", lambda x: {"gen_ai.output.messages": "!" * int(x * 100)}),
    ],
)
def test_each_feature_is_watched(store: Store, state: State, feature: str, column: str, value: Callable[[float], object]) -> None:
    random = np.random.default_rng(7)
    spans = [*calls(0), *calls(1), *calls(2)]
    for i, span in enumerate(spans):
        span[column] = value(random.lognormal(0, 1) * (3 if i >= 2 * N else 1))
    store.insert("spans", spans)
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    assert [(row["hour"], row["alarm"]) for row in found(store, f"name = '{feature}' AND empty(segment)")] == [
        (1, False),
        (2, True),
    ]


def test_a_model_that_moved_is_named_among_those_that_did_not(store: Store, state: State) -> None:
    for model, factor in (("small", 1.0), ("large", 2.0)):
        store.insert("spans", [*calls(0, request_model=model), *calls(1, factor, request_model=model)])
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    rows = found(store, "mapContains(segment, 'model')")
    assert {row["segment"]["model"]: row["alarm"] for row in rows} == {"small": False, "large": True}


def test_the_models_that_moved_most_are_named_in_order(store: Store, state: State) -> None:
    for model, factor in (("still", 1.0), ("slower", 2.0), ("slowest", 8.0)):
        store.insert("spans", [*calls(0, request_model=model), *calls(1, factor, request_model=model)])
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    (row,) = found(store, "name = 'duration' AND empty(segment)")
    assert row["alarm"]
    assert re.fullmatch(r"against release '1.0'; moved most: slowest \(0\.\d\d\), slower \(0\.\d\d\)", row["reason"])
    assert [row["reason"] for row in found(store, "segment['model'] = 'slower'")] == ["against release '1.0'"]


def test_windows_are_counted_alike_in_portions(store: Store, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = [call for hour in range(4) for model in ("small", "large") for call in calls(hour, 1 + hour, request_model=model)]
    store.insert("spans", spans)
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    at_once = found(store, "true")
    store.execute(Query(name="truncate", text="TRUNCATE TABLE measurements"))
    monkeypatch.setattr(drift_counting, "MAX_CELLS", 1)
    store.insert("spans", [{**call, "stored_at": START + timedelta(days=1)} for call in spans])
    ran(DriftJob(store=store, state=state, max_reference=N), "r2")
    assert found(store, "true") == at_once
    assert len(at_once) > 6


def test_every_segment_is_counted_into_its_own_bins(store: Store, state: State) -> None:
    spans = {
        model: [*calls(0, factor, request_model=model), *calls(1, 2 * factor, request_model=model)]
        for model, factor in (("small", 1.0), ("large", 5.0))
    }
    store.insert("spans", [call for ones in spans.values() for call in ones])
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    for model, ones in spans.items():
        bins = references(state, "default")["duration", Segment(key="model", value=model)].bins
        assert isinstance(bins, FrozenBins)
        later = [call["duration_ns"] / 1e6 for call in ones[N:]]
        expected = ks_of_counts(bins, count(bins, later))
        (row,) = found(store, f"segment['model'] = '{model}'")
        assert isinstance(expected, Comparison)
        assert (row["value"], row["details"]["ks_p_value"]) == pytest.approx((expected.statistic, expected.p_value), abs=1e-12)
        of_tails = anderson_darling(bins.counts, count(bins, later))
        assert isinstance(of_tails, Comparison)
        assert row["details"]["anderson_darling"] == pytest.approx(of_tails.statistic, rel=1e-9)


@given(values=st.lists(st.integers(0, 10**12), min_size=1), beside=st.integers(0, 10**12))
@pytest.mark.parametrize(("feature", "per_unit"), [("duration", 1e6), ("cost", 1e12), ("output_tokens", 1.0)])
def test_stored_numbers_are_counted_as_in_their_unit(feature: str, per_unit: float, values: list[int], beside: int) -> None:
    bins = freeze([value / per_unit for value in values])
    assert isinstance(bins, FrozenBins)
    edges = drift_counting.stored_edges(feature, np.array([-np.inf, *bins.edges]))
    for stored in (*values, *(value + 1 for value in values), beside):
        lower = edges[np.searchsorted(edges, stored, side="right") - 1]
        assert drift_counting.places(bins, [lower / per_unit]) == drift_counting.places(bins, [stored / per_unit])


@pytest.mark.parametrize(
    ("feature", "column"),
    [
        ("time_to_first_token", "time_to_first_chunk_ns"),
        ("input_tokens", "input_tokens"),
        ("output_tokens", "output_tokens"),
        ("cost", "cost_usd"),
    ],
)
def test_a_number_that_stops_arriving_is_found(store: Store, state: State, feature: str, column: str) -> None:
    spans = [*calls(0), *calls(1), *calls(2)]
    for i, span in enumerate(spans):
        # One in ten is missing, later one in five.
        span[column] = None if i % (5 if i >= 2 * N else 10) == 0 else 7
    store.insert("spans", spans)
    ran(DriftJob(store=store, state=state, max_reference=N), "r1")
    rows = found(store, f"name = '{feature}_missing' AND empty(segment)")
    assert [(row["hour"], row["alarm"], row["value"]) for row in rows] == [
        (1, False, pytest.approx(0.0)),
        (2, True, pytest.approx(0.1)),
    ]
    table_of = [[9 * N // 10, N // 10], [4 * N // 5, N // 5]]
    expected = stats.chi2_contingency(table_of, correction=False)
    assert rows[1]["details"]["chi_square"] == pytest.approx(expected.statistic, abs=1e-9)
    assert rows[1]["details"]["chi_square_p_value"] == pytest.approx(expected.pvalue, abs=1e-9)


def test_a_release_is_compared_with_the_one_before(store: Store, state: State) -> None:
    job = DriftJob(store=store, state=state, max_reference=N, against="previous_release")
    store.insert("spans", calls(0))
    assert ran(job, "r1") == Counts()
    # Both run at the same time; only the newer one is compared.
    store.insert("spans", [*calls(1), *calls(1, 2.0, release="2.0"), *calls(2, 2.0, release="2.0")])
    ran(job, "r2")
    against = [(row["hour"], row["alarm"], row["reason"].partition(";")[0]) for row in found(store)]
    assert against == [(1, True, "against release '1.0'"), (2, True, "against release '1.0'")]
    assert [row["details"]["n_current"] for row in found(store)] == [N, N]
    store.insert("spans", calls(3, 2.0, release="3.0"))
    ran(job, "r3")
    row = found(store)[-1]
    assert (row["hour"], row["alarm"], row["reason"]) == (3, False, "against release '2.0'")


def test_the_drift_of_each_release_is_kept_when_the_next_one_comes(store: Store, state: State) -> None:
    job = DriftJob(store=store, state=state, max_reference=N, against="previous_release")
    store.insert("spans", [*calls(0), *calls(1, 3.0, release="2.0")])
    ran(job, "r1")
    store.insert("spans", calls(2, 3.0, release="3.0"))
    ran(job, "r2")
    assert [(row["hour"], row["alarm"]) for row in found(store)] == [(1, True), (2, False)]
